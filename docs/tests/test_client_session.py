# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""ds_client.py keeps its session where a server ends it: from 3.3 on another login of the same user does."""

import http.server
import json
import sys
import threading
import urllib.parse

import pytest
from book import PROJECT

sys.path.insert(0, str(PROJECT / "examples"))
import ds_client


class OneSession(http.server.BaseHTTPRequestHandler):
    """An API server on which a user has one session, that of the last login, and some paths are nobody's."""

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("ascii"))
        if not self.path.endswith("/login"):
            self.answer_session()
        elif form["userPassword"] != [self.server.password]:
            self.answer(200, {"code": 10013, "msg": "user name or password error"})
        else:
            self.server.logins += 1
            self.answer(200, {"code": 0, "data": {"sessionId": "session-%d" % self.server.logins}})

    def do_GET(self):
        self.answer_session()

    def answer_session(self):
        current = "session-%d" % self.server.logins
        known = current in (self.headers.get("Cookie") or "") or self.headers.get("token") == "t0ken"
        if known and "/closed" not in self.path:
            self.answer(200, {"code": 0, "data": "answer"})
        else:
            self.answer(401, {"code": 401})

    def answer(self, status, content):
        body = json.dumps(content).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneSession)
    running.logins, running.password = 0, "right"
    running.url = "http://127.0.0.1:%d/dolphinscheduler" % running.server_port
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def api(server):
    return ds_client.Api(server.url).login("admin", "right")


@pytest.mark.parametrize("ask", [lambda api: api.get("/projects"), lambda api: api.post("/projects", name="p")])
def test_it_logs_in_again_when_another_login_has_ended_its_session(server, api, ask):
    ds_client.Api(server.url).login("admin", "right")
    assert ask(api) == "answer"
    assert server.logins == 3
    assert ask(api) == "answer" and server.logins == 3


def test_what_a_new_session_may_not_either_is_refused(server, api):
    with pytest.raises(ds_client.Refused, match="GET /closed: HTTP 401"):
        api.get("/closed")
    assert server.logins == 2
    assert api.get("/projects") == "answer"


def test_a_password_that_is_right_no_longer_is_what_it_says(server, api):
    ds_client.Api(server.url).login("admin", "right")
    server.password = "changed"
    with pytest.raises(ds_client.Refused, match="user name or password error"):
        api.get("/projects")


def test_a_token_that_is_refused_is_not_replaced_by_a_login(server):
    with pytest.raises(ds_client.Refused, match="HTTP 401"):
        ds_client.Api(server.url).use_token("wrong").get("/projects")
    assert ds_client.Api(server.url).use_token("t0ken").get("/projects") == "answer"
    assert server.logins == 0
