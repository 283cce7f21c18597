# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the run frame work with: a tracking server, projects, runs of the program, a gate with a lock."""

import base64
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from started_program import ENOUGH, StartedProgram, free_port, wait_until  # noqa: E402, F401

from dsharness import processes  # noqa: E402

WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def own_environment(**more):
    """This process's environment without what would lead MLflow elsewhere."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + environment.get("PATH", "")
    environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1"
    environment.update(more)
    return environment


class Gate(http.server.ThreadingHTTPServer):
    """Lets through to the tracking server who knows the user and the password."""

    daemon_threads = True

    def __init__(self, address, user, password):
        self.target = address
        self.expected = "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()
        super().__init__(("127.0.0.1", 0), _GateHandler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _GateHandler(http.server.BaseHTTPRequestHandler):
    def _pass_on(self):
        if self.headers.get("Authorization") != self.server.expected:
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "authorization")}
        request = urllib.request.Request(self.server.target + self.path, body, kept, method=self.command)
        try:
            answer = WITHOUT_PROXY.open(request, timeout=600)
        except urllib.error.HTTPError as error:
            answer = error
        content = answer.read()
        self.send_response(answer.status if hasattr(answer, "status") else answer.code)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass_on

    def log_message(self, *_):
        pass


class Run(StartedProgram):
    """One run of a project."""

    @property
    def outputs(self):
        assert self.report["status"] == "success", self.log
        return self.report["outputs"]

    @property
    def run_id(self):
        """The run that the log names at its start."""
        return next(line for line in self.lines if line.startswith("Run ")).split()[1].rstrip(":")


#: What a killed run gets of a tracking server, of a backend and of an engine, where a test is not about its time.
PATIENT = {"SECONDS_TO_CLOSE_WHEN_STOPPED": "90", "GRACE_OF_REMOTE_WORK": 90, "SECONDS_TO_FIND": 90}


class Frame:
    """Starts the program with requests as the worker writes them."""

    def __init__(self, directory, address):
        import mlflow

        self.directory = directory
        self.address = address
        self.mlflow = mlflow.__version__
        self.runs = []

    def start(self, environment=(), outputs=(), python=sys.executable, limits=(), fetched=None, **project):
        """A run of the given part `project` of the request, after `fetched`, {name: facts} of versions of data."""
        name = uuid.uuid4().hex
        work = self.directory / ("task-" + name)
        about = {"projectCode": "11", "workflowCode": "22", "workflowInstanceId": "33", "name": "a task", "instanceId": 44}
        request = {
            "task": about,
            "workdir": str(work),
            "secrets": ["s3cret-value"],
            "outputs": [{"name": each, "type": "VARCHAR"} for each in outputs],
            "project": dict({"trackingUri": self.address, "experimentName": "", "outputs": []}, **project),
        }
        if fetched:
            request["inputsReport"] = str(self.directory / ("data-report-%s.json" % name))
            pathlib.Path(request["inputsReport"]).write_text(json.dumps({"outputs": fetched}))
        variables = own_environment(**dict(environment))
        self.runs.append(Run("mlflow/project/run_project.py", request, work, variables, name, self.directory, python, limits))
        return self.runs[-1]

    def project(self, repository, words=(), environment=(), outputs=(), **more):
        """Starts a custom project; `more` are keys of the command, or of the request where it has them."""
        keys = ("experimentName", "trackingUri", "python", "limits", "fetched")
        of_request = {key: more.pop(key) for key in keys if key in more}
        command = dict({"repository": str(repository), "words": list(words)}, **more)
        return self.start(environment=environment, outputs=outputs, command=command, **of_request)

    def end(self):
        for run in self.runs:
            run.kill()
            processes.signal_all(living(run.marker))


def living(marker):
    """The processes that carry the marker of a run."""
    return sorted(processes.living("DOLPHINML_RUN=" + marker))


def command_lines():
    """The command lines of all processes, as any user of the machine sees them."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % name, "rb") as stream:
                found.append(stream.read().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found


MLPROJECT = """
name: demo
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
      note: {type: string, default: none}
    command: "python main.py {alpha} {note}"
  strict:
    parameters:
      beta: {type: float}
    command: "python main.py {beta} strict"
"""

MAIN = """
import sys
import mlflow
with mlflow.start_run():
    mlflow.log_metric("accuracy", float(sys.argv[1]))
    mlflow.log_metric("rows", 150)
    mlflow.set_tag("note", sys.argv[2])
    print("trained with", sys.argv[2])
"""


def make_project(directory, main=MAIN, mlproject=MLPROJECT, files=()):
    directory.mkdir(parents=True)
    if mlproject is not None:
        (directory / "MLproject").write_text(mlproject)
    (directory / "main.py").write_text(main)
    for name, text in dict(files).items():
        (directory / name).write_text(text)
    return directory


def committed(directory, tag):
    """The directory as a git repository, with all that is in it committed and tagged."""
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", tag], ["tag", tag]):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"] + words,
            cwd=str(directory),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return directory
