#!/usr/bin/env python3
"""Imports a workflow file into DolphinScheduler, runs it and waits for its end; standard library only.

    run_workflow.py --url http://127.0.0.1:12345/dolphinscheduler --project demo \\
        ../../iris/workflow.json --set notebook=/opt/iris.ipynb

The password of --user is read from DOLPHINSCHEDULER_PASSWORD; with DOLPHINSCHEDULER_TOKEN, an access token of the web
interface, no user is needed. Exit code: 0 when the workflow ended as SUCCESS, else 1. For DolphinScheduler 3.1 and 3.2.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

FINAL = ("SUCCESS", "FAILURE", "STOP", "PAUSE", "BLOCK", "KILL")


class Refused(Exception):
    """The server's own words."""


class DolphinScheduler:
    """The REST API, as much of it as this takes."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.headers = {}

    def call(self, method, path, fields=None, body=None, headers=None):
        """The `data` of the answer. Fields go into the address of a GET and into the body of a POST, as of a form."""
        encoded = urllib.parse.urlencode(fields or {})
        address = self.url + path
        if method == "GET" and encoded:
            address += "?" + encoded
        elif body is None and method == "POST":
            body = encoded.encode("ascii")
        request = urllib.request.Request(address, data=body, method=method, headers={**self.headers, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found = json.loads(answer.read().decode("utf-8"))
        except urllib.error.HTTPError as error:
            raise Refused("%s %s: HTTP %d" % (method, path, error.code)) from error
        if found.get("code") != 0:
            raise Refused("%s %s: %s" % (method, path, found.get("msg")))
        return found.get("data")

    def log_in(self, user, password):
        session = self.call("POST", "/login", {"userName": user, "userPassword": password})["sessionId"]
        self.headers = {"sessionId": session, "Cookie": "sessionId=" + session}

    def use_token(self, token):
        self.headers = {"token": token}

    def pages(self, path, **fields):
        """Everything that a list in pages has."""
        number = 1
        while True:
            page = self.call("GET", path, dict(fields, pageNo=number, pageSize=100))
            yield from page["totalList"]
            if number >= page["totalPage"]:
                return
            number += 1

    def project(self, name):
        """The code of the project; made where it is missing."""
        for each in self.pages("/projects", searchVal=name):
            if each["name"] == name:
                return each["code"]
        return self.call("POST", "/projects", {"projectName": name, "description": ""})["code"]

    def import_workflow(self, project, name, content):
        """What "Import Workflow" does; returns the code of what it made."""
        path = "/projects/%d/process-definition" % project
        before = {each["code"] for each in self.pages(path)}
        boundary = uuid.uuid4().hex
        body = ('--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
                "Content-Type: application/json\r\n\r\n" % (boundary, name)).encode("ascii")
        body += content + ("\r\n--%s--\r\n" % boundary).encode("ascii")
        self.call("POST", path + "/import", body=body,
                  headers={"Content-Type": "multipart/form-data; boundary=" + boundary})
        [made] = [each["code"] for each in self.pages(path) if each["code"] not in before]
        self.call("POST", "%s/%d/release" % (path, made), {"releaseState": "ONLINE", "name": ""})
        return made

    def start(self, project, workflow, parameters):
        """Returns the id of the instance, as soon as the master has made it."""
        path = "/projects/%d" % project
        self.call("POST", path + "/executors/start-process-instance", {
            "processDefinitionCode": workflow, "scheduleTime": "", "failureStrategy": "CONTINUE", "warningType": "NONE",
            "warningGroupId": 0, "processInstancePriority": "MEDIUM", "workerGroup": "default",
            "startParams": json.dumps(parameters)})
        for _ in range(120):
            for each in self.pages(path + "/process-instances", processDefineCode=workflow):
                return each["id"]
            time.sleep(0.5)
        raise Refused("the master made no instance of workflow %d within a minute" % workflow)

    def wait(self, project, instance):
        """Waits for its end and prints each change of a task's state; returns the state."""
        path = "/projects/%d/process-instances/%d" % (project, instance)
        seen = {}
        while True:
            state = self.call("GET", path)["state"]
            for task in sorted(self.tasks(project, instance), key=lambda each: each["id"]):
                if seen.get(task["id"]) != task["state"]:
                    seen[task["id"]] = task["state"]
                    print("%-24s %s" % (task["name"], task["state"]), flush=True)
            if state in FINAL:
                return state
            time.sleep(1)

    def tasks(self, project, instance):
        return self.call("GET", "/projects/%d/process-instances/%d/tasks" % (project, instance))["taskList"] or []


def outputs(task):
    """What a task has handed on: {name: value}."""
    return {each["prop"]: each["value"] for each in json.loads(task.get("varPool") or "[]") if each["direct"] == "OUT"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workflow", help="an exported workflow, such as ../../iris/workflow.json")
    parser.add_argument("--url", default="http://127.0.0.1:12345/dolphinscheduler")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--project", default="ml-examples", help="made where it is missing")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a global parameter")
    chosen = parser.parse_args()
    parameters = dict(each.split("=", 1) for each in chosen.set if "=" in each)
    if len(parameters) != len(chosen.set):
        parser.error("--set takes NAME=VALUE, each name once")
    server = DolphinScheduler(chosen.url)
    if os.environ.get("DOLPHINSCHEDULER_TOKEN"):
        server.use_token(os.environ["DOLPHINSCHEDULER_TOKEN"])
    else:
        server.log_in(chosen.user, os.environ.get("DOLPHINSCHEDULER_PASSWORD", ""))
    project = server.project(chosen.project)
    with open(chosen.workflow, "rb") as stream:
        workflow = server.import_workflow(project, os.path.basename(chosen.workflow), stream.read())
    instance = server.start(project, workflow, parameters)
    state = server.wait(project, instance)
    for task in server.tasks(project, instance):
        for name, value in outputs(task).items():
            print("%-24s %s = %s" % (task["name"], name, value))
    print(state)
    return 0 if state == "SUCCESS" else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refused, OSError) as trouble:
        sys.exit("run_workflow.py: %s" % trouble)
