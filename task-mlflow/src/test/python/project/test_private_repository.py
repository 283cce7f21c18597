# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A repository behind a user and a password: a real git server over HTTP."""

import base64
import http.server
import os
import subprocess
import threading

import pytest
from frame import command_lines, committed, make_project

USER, TOKEN = "alice", "t0ken/with@signs"


class GitServer(http.server.ThreadingHTTPServer):
    """`git http-backend` behind basic authentication; `seen` are the processes of the machine while it was asked."""

    daemon_threads = True

    def __init__(self, directory):
        self.directory = directory
        self.seen = []
        self.expected = "Basic " + base64.b64encode(("%s:%s" % (USER, TOKEN)).encode()).decode()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def address(self, user_info=""):
        return "http://%s127.0.0.1:%d/proj" % (user_info, self.server_address[1])


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen += command_lines()
        if self.headers.get("Authorization") != self.server.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        variables = dict(
            os.environ,
            GIT_PROJECT_ROOT=str(self.server.directory),
            GIT_HTTP_EXPORT_ALL="1",
            PATH_INFO=path,
            QUERY_STRING=query,
            REQUEST_METHOD=self.command,
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            CONTENT_LENGTH=str(len(body)),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
            REMOTE_USER=USER,
        )
        answer = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, env=variables).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def git_server(tmp_path):
    committed(make_project(tmp_path / "git" / "proj"), "v1")
    server = GitServer(tmp_path / "git")
    yield server
    server.shutdown()


def test_credentials_in_the_address_open_it_and_are_not_shown(frame, client, git_server):
    address = git_server.address("alice:t0ken%2Fwith%40signs@")
    run = frame.project(address, version="v1", experimentName="private").finish()
    assert run.report["status"] == "success", run.log
    recorded = client.get_run(run.run_id)
    assert recorded.data.metrics["accuracy"] == 0.5
    assert recorded.data.tags["mlflow.source.name"] == git_server.address()
    assert any("git-remote-http" in line for line in git_server.seen)
    for place in git_server.seen + [run.log, str(recorded.data.tags)]:
        assert "t0ken" not in place and "alice:" not in place


@pytest.mark.parametrize(
    "user_info, words",
    [
        ("", "fatal: could not read Username for 'http://127.0.0.1:"),
        ("alice:s3cret-value@", "fatal: Authentication failed for 'http://127.0.0.1:"),
    ],
)
@pytest.mark.parametrize("version", [None, "v1"])
def test_a_refused_login_is_one_sentence(monkeypatch, tmp_path, git_server, user_info, words, version):
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from mlflow.projects import utils

    from dolphinml.mlflow.project import git_credentials, project_source
    from dolphinml.mlflow.project.in_child import Fault

    monkeypatch.setattr(utils, "_fetch_project", utils._fetch_project)
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.delenv("GIT_ASKPASS", raising=False)
    address, user, password = git_credentials.split_credentials(git_server.address(user_info))
    if user:
        for name, value in git_credentials.credential_variables(user, password, str(tmp_path)).items():
            monkeypatch.setenv(name, value)
    with pytest.raises(Fault) as fault:
        project_source.fetch_source(address, version)
    assert str(fault.value).startswith("mlflowProjectRepository: '%s' cannot be fetched (%s" % (git_server.address(), words))
    assert str(fault.value).endswith("; give a user and a token that may read it, as in https://user:token@host/path")
    assert "s3cret" not in str(fault.value) and "\n" not in str(fault.value)
