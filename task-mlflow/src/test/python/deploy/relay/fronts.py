# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Tasks' connections to the front of one directory, with a small program in place of the model server."""

import os
import pathlib
import subprocess
import sys
import threading
import urllib.error
import urllib.request

from conftest import ENOUGH, end_processes_of, wait_until

from dolphinml.mlflow.deploy.detached import launch
from dolphinml.mlflow.deploy.relay import control
from dolphinml.mlflow.deploy.state import record

#: Answers each GET and POST with its name; with one word more it heeds no SIGTERM, with "fails" it answers 500, and with a
#: number it takes so many seconds.
SERVER = """
import http.server, signal, socketserver, sys, time
class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if sys.argv[3:] and sys.argv[3][0].isdigit():
            time.sleep(float(sys.argv[3]))
        self.send_response(500 if sys.argv[3:] == ["fails"] else 200)
        self.send_header("Content-Length", str(len(sys.argv[2])))
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())
    do_POST = do_GET
    def log_message(self, *words):
        pass
class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
if sys.argv[3:] == ["slow"]:
    signal.signal(signal.SIGTERM, lambda number, frame: None)
Server(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


def got(port, host="127.0.0.1", path="/"):
    """What GET answers: its text, the code of a refusal, or None where nothing listens."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open("http://%s:%d%s" % (host, port, path), timeout=ENOUGH) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


class Fronts:
    """The sessions of tasks; the first one starts the front."""

    def __init__(self, directory, port):
        self.directory = str(directory)
        self.port = port
        self.bridge_seconds = 1.0
        self._sessions = []

    def session(self):
        try:
            session = control.FrontConnection(self.directory)
        except control.FrontGone:
            session = launch.start_front(self.directory, "127.0.0.1", self.port)
        self._sessions.append(session)
        return session

    def following(self, port=None, host="127.0.0.1"):
        """A session with a front that is to follow the one that runs."""
        self._sessions.append(launch.start_front(self.directory, host, port or self.port, follows=True))
        bridge = pathlib.Path(launch.copied_program(self.directory), "dolphinml/mlflow/deploy/relay/bridge.py")
        patient = "SECONDS_WITHOUT_A_REQUEST = 90.0"
        assert patient in bridge.read_text()
        bridge.write_text(bridge.read_text().replace(patient, "SECONDS_WITHOUT_A_REQUEST = %r" % self.bridge_seconds))
        return self._sessions[-1]

    def start_old(self):
        """A front of release 0.1.0, serving "one"."""
        read_end, write_end = os.pipe()
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "old_front.py")
        self.old = subprocess.Popen(
            [sys.executable, program, self.directory, "127.0.0.1", str(self.port), str(write_end)], pass_fds=(write_end,)
        )
        threading.Thread(target=self.old.wait, daemon=True).start()
        os.close(write_end)
        assert os.read(read_end, 5) == b"ready"
        os.close(read_end)
        return self.serve(1)

    @property
    def log(self):
        with open(os.path.join(self.directory, "front.log")) as stream:
            return stream.read()

    def hello(self):
        with control.FrontConnection(self.directory) as session:
            return session.query("hello")

    def start(self, session, number, host="127.0.0.1", port=None, words=(), program=SERVER):
        """Starts a server that answers "one", "two" or "three" and waits until it does."""
        specification = {
            "argv": [sys.executable, "-c", program, "{port}", ("", "one", "two", "three")[number]] + list(words),
            "env": dict(os.environ),
            "cwd": self.directory,
            "log": record.server_log(self.directory, number),
            "files": "model-%d" % number,
        }
        started = session.query("start", host=host, port=port or self.port, number=number, specification=specification)
        wait_until(lambda: got(started["port"]) is not None)
        return started

    def switch(self, session, number, **more):
        given = dict({"drainSeconds": 1, "foreground": False, "restart": True}, **more)
        described = {"name": "it", "number": number, "model": {"uri": "models:/m/%d" % number}}
        return session.query("switch", generation=number, record=described, **given)

    def serve(self, number, **more):
        session = self.session()
        self.start(session, number)
        return self.switch(session, number, **more)["record"]

    def clean(self):
        for session in self._sessions:
            session.close()
        end_processes_of(self.directory)
        if hasattr(self, "old"):
            self.old.wait(ENOUGH)
