"""Imports the three workflows of this example into a DolphinScheduler and joins them.

    python3 import.py ADDRESS PROJECT [--user USER]

ADDRESS is that of the API server, as in http://127.0.0.1:12345/dolphinscheduler. The password is asked for, or taken
from DS_PASSWORD. An import gives every workflow a new code, so the parent's two nodes have to be told the codes of the
workflows that they run: by hand that is one choice in each node's form.
"""

import argparse
import getpass
import json
import os
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parent
PARENT = "train-and-deploy.json"


class Server:
    def __init__(self, address):
        self._address = address.rstrip("/")
        self._session = None

    def login(self, user, password):
        self._session = self.post("/login", userName=user, userPassword=password)["sessionId"]

    def get(self, path, **fields):
        return self._call(path + "?" + urllib.parse.urlencode(fields))

    def post(self, path, **fields):
        return self._call(path, urllib.parse.urlencode(fields).encode("ascii"))

    def upload(self, path, name, content):
        boundary = uuid.uuid4().hex
        head = '--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n' % (boundary, name)
        body = (head + "Content-Type: application/json\r\n\r\n").encode() + content
        return self._call(path, body + ("\r\n--%s--\r\n" % boundary).encode(), "multipart/form-data; boundary=" + boundary)

    def _call(self, path, data=None, kind="application/x-www-form-urlencoded"):
        request = urllib.request.Request(self._address + path, data)
        if data is not None:
            request.add_header("Content-Type", kind)
        if self._session:
            request.add_header("sessionId", self._session)
        with urllib.request.urlopen(request, timeout=60) as stream:
            answer = json.loads(stream.read().decode("utf-8"))
        if answer.get("code") != 0:
            raise SystemExit("%s: %s" % (path.partition("?")[0], answer.get("msg")))
        return answer.get("data")


def project_code(server, name):
    for each in server.get("/projects", pageNo=1, pageSize=100, searchVal=name)["totalList"]:
        if each["name"] == name:
            return each["code"]
    return server.post("/projects", projectName=name, description="")["code"]


class Workflows:
    """The workflows of one project."""

    def __init__(self, server, project):
        self._server = server
        self._path = "/projects/%d/process-definition" % project

    def _codes(self):
        listed = self._server.get(self._path, pageNo=1, pageSize=100)["totalList"]
        return {each["code"]: each["name"] for each in listed}

    def add(self, name, content):
        """Imports one file and switches its workflow on; returns its code."""
        before = self._codes()
        self._server.upload(self._path + "/import", name, json.dumps(content).encode("utf-8"))
        code = max(set(self._codes()) - set(before))
        self._server.post(self._path + "/%d/release" % code, releaseState="ONLINE", name="")
        print("%-22s %d  %s" % (name, code, self._codes()[code]))
        return code


def joined(parent, codes):
    """The parent's export with the new codes of the workflows that its nodes run."""
    for task in parent[0]["taskDefinitionList"]:
        if task["taskType"] == "SUB_PROCESS":
            task["taskParams"]["processDefinitionCode"] = codes[task["name"]]
    return parent


def read(name):
    return json.loads((HERE / name).read_text("utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("address", help="of the API server, as in http://127.0.0.1:12345/dolphinscheduler")
    parser.add_argument("project", help="made where it is missing")
    parser.add_argument("--user", default="admin")
    chosen = parser.parse_args()
    server = Server(chosen.address)
    try:
        server.login(chosen.user, os.environ.get("DS_PASSWORD") or getpass.getpass("Password of %s: " % chosen.user))
        workflows = Workflows(server, project_code(server, chosen.project))
        codes = {name: workflows.add(name + ".json", read(name + ".json")) for name in ("train", "deploy")}
        workflows.add(PARENT, joined(read(PARENT), codes))
    except urllib.error.URLError as error:
        sys.exit("%s: %s" % (chosen.address, error))


if __name__ == "__main__":
    main()
