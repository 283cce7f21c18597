# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A new version that gets a share of real requests through the front before it takes over or goes."""

import io
import os
import signal
import sys
from types import SimpleNamespace

import pytest
from conftest import end_processes_of, wait_until
from load import Load

from dolphinml.common.console import Console
from dolphinml.common.masking import Secrets
from dolphinml.common.program import Task, TaskFailure
from dolphinml.mlflow.deploy.engines import process
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.takeover import Takeover

#: Answers with its name; the version "bad" fails one prediction in five.
SERVER = """
import http.server, itertools, socketserver, sys
port, name = int(sys.argv[1]), sys.argv[2]
counted = itertools.count(1)
class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
    def do_GET(self):
        self.answer(200, "pong")
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        fails = name == "bad" and next(counted) % 5 == 0
        self.answer(500 if fails else 200, "broken" if fails else name)
    def log_message(self, *words):
        pass
socketserver.ThreadingTCPServer.daemon_threads = True
socketserver.ThreadingTCPServer.request_queue_size = 128
socketserver.ThreadingTCPServer(("127.0.0.1", port), Answers).serve_forever()
"""


class Source:
    """Models that are the name of what the server answers."""

    shown = ""

    def fetch(self, model, target):
        os.mkdir(target)

    def about(self, model, target):
        return {"uri": model.uri, "name": model.name, "version": model.version}

    def example(self, target):
        return None

    def is_same(self, model, known):
        return False


class Server(process.ServerProcess):
    KIND = "MLFLOW"

    def argv(self, candidate):
        return [sys.executable, "-c", SERVER, process.PORT_WORD, candidate.model.name]


class Deployment:
    def __init__(self, directory, port):
        self.port = port
        self.directory = directory
        self._printed = io.BytesIO()

    def deploy(self, name, **more):
        self._printed = io.BytesIO()
        task = Task({}, Console(self._printed, Secrets(())), Secrets(()), str(self.directory))
        settings = Settings(dict({"model": name, "port": self.port, "name": "it", "host": "127.0.0.1"}, **more))
        engine = Server(task, settings, str(self.directory), record.read_record(str(self.directory)))
        try:
            return Takeover(task, settings, engine, Source()).run(SimpleNamespace(uri=name, name=name, version=name))
        finally:
            engine.close()

    @property
    def log(self):
        return self._printed.getvalue().decode()


@pytest.fixture
def deployment(tmp_path, port, beside_a_task):
    made = Deployment(tmp_path, port)
    made.deploy("old")
    yield made
    end_processes_of(tmp_path)


@pytest.fixture
def load(deployment, port):
    running = Load("http://127.0.0.1:%d" % port, rate=60, body="{}").start()
    running.wait_for(10)
    yield running
    running.stop()


def answers_from_now_on(load, port):
    """The answers to requests that are sent after this call; `load` ends, and all that it has sent is answered."""
    load.stop()
    later = Load("http://127.0.0.1:%d" % port, rate=60, body="{}").start()
    later.wait_for(20)
    later.stop()
    assert later.failures == []
    return set(later.answers)


def test_a_good_version_gets_its_share_and_takes_over(deployment, load, port):
    deployment.deploy("new", canary=0.3, canaryTime=4, canaryTolerance=10)
    load.wait_for(20, "new")
    load.stop()
    assert load.failures == []
    assert "Canary: the new version gets 30% of the requests for 4 s" in deployment.log
    rows = [line for line in deployment.log.split("\n") if "95th percentile" in line]
    assert [row.split()[0] for row in rows] == ["old", "new"]
    answers = [int(row.split()[2]) for row in rows]
    assert 0.15 < answers[1] / float(sum(answers)) < 0.45
    assert record.read_record(str(deployment.directory))["model"]["uri"] == "new"


@pytest.mark.parametrize("turn", range(int(os.environ.get("DOLPHINML_CANARIES", "3"))))
def test_a_version_that_fails_one_request_in_five_does_not_take_over(deployment, load, port, turn):
    before = record.read_record(str(deployment.directory))
    refusal = "mlflow.canary: the new version does not take over: .*% of its answers are 5xx"
    with pytest.raises(TaskFailure, match=refusal) as failure:
        deployment.deploy("bad", canary=0.3, canaryTime=60)
    assert [line.split()[0] for line in failure.value.block[:2]] == ["old", "new"]
    assert "serves old as before" in deployment.log
    assert answers_from_now_on(load, port) == {"old"}
    assert set(load.failures) == {"HTTP 500: broken"}
    assert record.read_record(str(deployment.directory)) == before


def test_without_requests_nothing_is_decided_and_the_old_version_stays(deployment):
    with pytest.raises(TaskFailure, match="the new version answered 0 requests in that time, and fewer than 20 are too few"):
        deployment.deploy("new", canary=0.5, canaryTime=1)
    assert record.read_record(str(deployment.directory))["model"]["uri"] == "old"


def test_the_first_version_has_nothing_to_be_compared_with(tmp_path, port, beside_a_task):
    deployment = Deployment(tmp_path, port)
    try:
        deployment.deploy("first", canary=0.5)
        assert "No canary: nothing serves that the new version could be compared with" in deployment.log
    finally:
        end_processes_of(tmp_path)


def test_a_kill_in_the_middle_leaves_the_old_version(deployment, load, port):
    child = os.fork()
    if not child:
        try:
            deployment.deploy("new", canary=0.5, canaryTime=900)
        finally:
            os._exit(0)
    load.wait_for(5, "new")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    wait_until(lambda: "is withdrawn" in (deployment.directory / "front.log").read_text())
    assert answers_from_now_on(load, port) == {"old"}
    assert load.failures == []
    assert record.read_record(str(deployment.directory))["model"]["uri"] == "old"
