"""The front of a deployment as a real process, with a small program in the place of the model server."""

import os
import signal
import sys
import urllib.error
import urllib.request

import pytest
from conftest import ENOUGH, alive, free_port, processes_of, signal_all, wait_until

from dolphinml.mlflow.deploy import control, launch, record

#: Answers each GET with its name.
SERVER = """
import http.server, socketserver, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(sys.argv[2])))
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


def got(port, host="127.0.0.1"):
    """What GET / answers: its text, the code of a refusal, or None where nothing listens."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open("http://%s:%d/" % (host, port), timeout=ENOUGH) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


class Fronts:
    """Tasks' connections to the front of one directory, which the first of them starts."""

    def __init__(self, directory, port):
        self.directory = str(directory)
        self.port = port
        self._sessions = []

    def session(self):
        try:
            session = control.FrontConnection(self.directory)
        except control.FrontGone:
            session = launch.start_front(self.directory, "127.0.0.1", self.port)
        self._sessions.append(session)
        return session

    def hello(self):
        with control.FrontConnection(self.directory) as session:
            return session.ask("hello")

    def start(self, session, number, host="127.0.0.1", port=None, program=SERVER):
        """Starts a server that answers "one", "two" or "three" and waits until it does."""
        specification = {
            "argv": [sys.executable, "-c", program, "{port}", ("", "one", "two", "three")[number]],
            "env": dict(os.environ), "cwd": self.directory, "log": record.server_log(self.directory, number),
            "files": "model-%d" % number,
        }
        started = session.ask("start", host=host, port=port or self.port, number=number, specification=specification)
        wait_until(lambda: got(started["port"]) is not None)
        return started

    def switch(self, session, number, **more):
        given = dict({"drainSeconds": 1, "foreground": False, "restart": True}, **more)
        return session.ask("switch", generation=number, record={"name": "it", "number": number}, **given)

    def serve(self, number):
        session = self.session()
        self.start(session, number)
        return self.switch(session, number)["record"]

    def clean(self):
        for session in self._sessions:
            session.close()
        signal_all(processes_of(self.directory), signal.SIGTERM)
        wait_until(lambda: not processes_of(self.directory))


@pytest.fixture
def fronts(tmp_path, port, beside_a_task):
    made = Fronts(tmp_path, port)
    yield made
    made.clean()


@pytest.fixture
def full_disk(tmp_path):
    """full_disk(True) keeps the record from being written, full_disk(False) lets it be again."""
    def fill(full):
        part = tmp_path / record.PREPARED_NAME
        part.mkdir() if full else part.rmdir()

    return fill


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
        session.ask("abandon", generation=number)
    assert record.read(fronts.directory) == before
    full_disk(False)
    fronts.start(session, 3, port=other)
    fronts.switch(session, 3)
    assert (got(port), got(other)) == (None, "three")


def test_a_full_disk_at_the_first_deployment_leaves_nothing(fronts, full_disk, port):
    session = fronts.session()
    pid = session.ask("hello")["pid"]
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
