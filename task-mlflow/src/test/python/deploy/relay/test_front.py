# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The front of a deployment as a real process, with a small program in place of the model server."""

import contextlib
import io
import os
import signal
import socket
import sys
from types import SimpleNamespace

import pytest
from conftest import alive, free_port, wait_until
from fronts import SERVER, got

from dolphinml.common.console import Console
from dolphinml.common.masking import Secrets
from dolphinml.common.program import Stopped, Task
from dolphinml.mlflow.deploy.engines import process
from dolphinml.mlflow.deploy.model.source import RegisteredModel
from dolphinml.mlflow.deploy.relay import control
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.takeover import Takeover


@pytest.fixture
def full_disk(tmp_path):
    """full_disk(True) keeps the record from being written, full_disk(False) lets it be again."""

    def fill(full):
        part = tmp_path / record.PREPARED_NAME
        part.mkdir() if full else part.rmdir()

    return fill


#: Says where a request has reached it.
SERVER_WITH_A_SOCKET = """
import http.server, socket, socketserver, sys, threading
class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        text = b"socket" if self.server.address_family == socket.AF_UNIX else b"port"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *words):
        pass
class BySocket(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
threading.Thread(target=BySocket(sys.argv[3], Answers).serve_forever, daemon=True).start()
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


def test_a_server_is_reached_through_its_socket(fronts, port, tmp_path):
    path = tmp_path / "server-1.sock"
    path.touch()  # as a machine leaves it that was switched off
    session = fronts.session()
    fronts.start(session, 1, words=["{socket}"], program=SERVER_WITH_A_SOCKET)
    known = fronts.switch(session, 1)["record"]
    assert got(port) == "socket"
    os.kill(known["serverPid"], signal.SIGKILL)
    wait_until(lambda: fronts.hello()["record"].get("restarts") == 1)
    assert got(port) == "socket"
    session.query("stop")
    assert not path.exists()


def test_a_server_without_a_socket_is_reached_at_its_port(fronts, port):
    session = fronts.session()
    fronts.start(session, 1, words=["{socket}"])
    fronts.switch(session, 1)
    assert got(port) == "one"


def test_a_full_disk_leaves_the_service_that_was(fronts, full_disk, port):
    before = fronts.serve(1)
    session, other = fronts.session(), free_port()
    full_disk(True)
    for number, at in ((2, port), (3, other)):
        fronts.start(session, number, port=at)
        with pytest.raises(control.FrontRefused, match=record.PREPARED_NAME):
            fronts.switch(session, number)
        said = fronts.hello()
        assert (said["record"], said["port"], said["serverPort"]) == (before, port, before["serverPort"])
        assert (got(port), got(other)) == ("one", None)
        session.query("abandon", generation=number)
    assert record.read_record(fronts.directory) == before
    full_disk(False)
    fronts.start(session, 3, port=other)
    fronts.switch(session, 3)
    assert (got(port), got(other)) == (None, "three")


def test_a_full_disk_at_the_first_deployment_leaves_nothing(fronts, full_disk, port):
    session = fronts.session()
    pid = session.query("hello")["pid"]
    fronts.start(session, 1)
    full_disk(True)
    with pytest.raises(control.FrontRefused):
        fronts.switch(session, 1)
    session.close()
    wait_until(lambda: not alive(pid))
    assert got(port) is None


def test_a_full_disk_keeps_no_server_from_being_started_again(fronts, full_disk, port):
    fronts.serve(1)
    full_disk(True)
    for restarts in (1, 2):
        os.kill(fronts.hello()["record"]["serverPid"], signal.SIGKILL)
        wait_until(lambda: fronts.hello()["record"].get("restarts") == restarts)
        assert got(port) == "one"


class Deployment:
    """The task's own way of a model from its folder to a server that has taken over."""

    def __init__(self, folder, directory, port):
        self.printed = io.BytesIO()
        self.task = Task({}, Console(self.printed, Secrets(())), Secrets(()), str(folder))
        self._folder = folder
        self._directory = directory
        self._settings = Settings({"model": str(folder), "port": port, "name": "it", "host": "127.0.0.1", "force": True})

    @property
    def log(self):
        return self.printed.getvalue().decode()

    def go(self):
        (self._folder / "model").mkdir(exist_ok=True)
        (self._folder / "model/MLmodel").write_text("flavors: {}")
        (self._folder / "model/server.py").write_text(SERVER)
        model = SimpleNamespace(uri=str(self._folder / "model"), requested="", how="", name="m", version="1")
        engine = process.ModelServerProcess(self.task, self._settings, self._directory, record.read_record(self._directory))
        try:
            return Takeover(self.task, self._settings, engine, RegisteredModel.of_node(self.task, self._settings)).run(model)
        finally:
            engine.close()


@pytest.fixture
def deploying(tmp_path, fronts, port, monkeypatch):
    pytest.importorskip("mlflow.artifacts", reason="needs an environment with MLflow")
    monkeypatch.setattr(
        process.ModelServerProcess,
        "argv",
        lambda engine, candidate: [
            sys.executable,
            os.path.join(candidate.files, "server.py"),
            "{port}",
            os.path.basename(candidate.files),
        ],
    )
    return lambda: Deployment(tmp_path, fronts.directory, port)


def stopped_meanwhile(query, task):
    def asked(connection, op, **parameters):
        if op == "switch":
            task.handle_stop()
        return query(connection, op, **parameters)

    return asked


def answered_too_late(query, task):
    def asked(connection, op, **parameters):
        if op == "switch":
            connection._read = lambda deadline: None
        try:
            return query(connection, op, **parameters)
        finally:
            vars(connection).pop("_read", None)

    return asked


@pytest.mark.parametrize(
    "what, expected", [(stopped_meanwhile, pytest.raises(Stopped)), (answered_too_late, contextlib.nullcontext())]
)
def test_a_server_that_took_over_in_the_last_moment_keeps_its_files(deploying, fronts, port, monkeypatch, what, expected):
    deploying().go()
    second = deploying()
    with monkeypatch.context() as meanwhile, expected:
        meanwhile.setattr(control.FrontConnection, "query", what(control.FrontConnection.query, second.task))
        second.go()
    assert ("already, and continues" in second.log) == (what is stopped_meanwhile)
    assert got(port) == "model-2"
    os.kill(record.read_record(fronts.directory)["serverPid"], signal.SIGKILL)
    wait_until(lambda: fronts.hello()["record"].get("restarts") == 1)
    assert got(port) == "model-2"


@pytest.mark.parametrize("begins", ["before", "after"])
def test_a_foreground_service_that_ends_takes_nothing_of_the_next_with_it(fronts, port, begins):
    first, second = fronts.session(), fronts.session()
    old = fronts.start(first, 1, words=["slow"])
    fronts.switch(first, 1, foreground=True)
    if begins == "before":
        fronts.start(second, 2)
    first.close()
    wait_until(lambda: got(port) is None)
    if begins == "after":
        fronts.start(second, 2)
    described = fronts.switch(second, 2)["record"]
    wait_until(lambda: "the service ended" in fronts.log)
    assert not alive(old["pid"])
    assert record.read_record(fronts.directory) == described == fronts.hello()["record"]
    assert got(port) == "two"


def test_a_front_that_ends_is_waited_for_and_followed_by_another(fronts, deploying, port):
    session = fronts.session()
    fronts.start(session, 1, words=["slow"])
    before = fronts.switch(session, 1)["record"]
    session.close()
    os.kill(before["pid"], signal.SIGTERM)
    wait_until(lambda: got(port) is None)
    known = deploying().go()
    assert not alive(before["pid"])
    assert known["pid"] != before["pid"] and got(port) == "model-2"


def test_another_host_of_the_same_port_is_moved_to_or_nothing_changes(fronts, port):
    fronts.serve(1)
    session = fronts.session()
    with socket.socket() as other:
        other.bind(("127.0.0.3", port))
        other.listen(1)
        fronts.start(session, 2, host="0.0.0.0")
        with pytest.raises(control.FrontRefused, match="Address already in use"):
            fronts.switch(session, 2)
        assert (fronts.hello()["host"], got(port), got(port, "127.0.0.2")) == ("127.0.0.1", "one", None)
    fronts.switch(session, 2)
    assert (fronts.hello()["host"], got(port), got(port, "127.0.0.2")) == ("0.0.0.0", "two", "two")
    fronts.start(session, 3, host="127.0.0.2")
    fronts.switch(session, 3)
    assert (got(port), got(port, "127.0.0.2")) == (None, "three")


def test_a_front_that_was_stopped_leaves_nothing(fronts):
    pid = fronts.serve(1)["pid"]
    fronts.session().query("stop")
    wait_until(lambda: not alive(pid))
    assert fronts.log.endswith("front ended\n") and "Errno" not in fronts.log
    assert not os.path.exists(os.path.join(fronts.directory, control.SOCKET_NAME))


def test_an_address_that_the_host_has_twice_is_listened_on_once(monkeypatch, port):
    monkeypatch.setattr(sys, "path", list(sys.path))
    from dolphinml.mlflow.deploy.relay import front

    found = socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **more: found * 2)
    bound = front.bind("twice", port)
    front.close(bound)
    assert len(bound) == 1
