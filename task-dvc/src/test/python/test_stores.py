# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Stores and Git servers beside those in a directory: S3, Git over HTTP with a password, a disk that is full."""

import base64
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.parse

import pytest
from conftest import ROOTS, git, tags, wait_until

from dolphinml.common import user
from dsharness.faulty_http import FaultyServer
from dsharness.s3 import S3Server
from dsharness.small_disk import resize, small_disk
from dsharness.venvs import constraints

SECRET = "it's a s3cret-%s/+@:"


@pytest.fixture
def s3():
    """The address of an S3 server with a bucket."""
    pytest.importorskip("moto.server", reason="moto, the S3 server of these tests, is not installed")
    with S3Server(sys.executable) as server:
        yield server.address


@pytest.fixture
def keys():
    return {"AWS_ACCESS_KEY_ID": "an-access-key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


def test_an_s3_store(runner, other, bare, s3, keys):
    runner.variables.update(keys)
    other.variables.update(keys)
    ended = runner.run("init", storeUrl="s3://bucket/data", storeConfig={"endpointurl": s3})
    assert ended.code == 0, ended.log
    files = {"%d.txt" % number: "x" * number for number in range(1, 30)}
    uploaded = runner.upload(files, path="images", location="images").outputs
    assert uploaded["url"].startswith("s3://bucket/data/")
    assert runner.upload(None, path="images", location="images").outputs == uploaded
    there = other.download(path="images", location="images")
    assert there.outputs["md5"] == uploaded["md5"]
    assert (other.directory / "images/29.txt").read_text() == "x" * 29
    checked = other.run("check", version="v1", location="images", pollInterval=1)
    assert checked.outputs["md5"] == uploaded["md5"]
    for log in (ended.log, there.log, checked.log):
        assert SECRET not in log


def test_an_s3_store_that_refuses_is_the_reason(runner, bare, s3, keys):
    runner.variables.update(keys)
    fault = runner.run("init", storeUrl="s3://no-such-bucket/data", storeConfig={"endpointurl": s3}).fault
    assert fault.startswith("dvcStoreUrl: an object could not be written in s3://no-such-bucket/data")
    assert "bucket" in fault.lower()
    assert git("--git-dir", bare, "for-each-ref") == ""


@pytest.fixture
def faulty(s3):
    """An S3 server that can be given faults, in front of the real one."""
    server = FaultyServer(int(s3.rpartition(":")[2]), [])
    yield server
    server.close()


IMAGES = {"%02d.bin" % number: os.urandom(1000) for number in range(20)}


@pytest.fixture
def on_s3(runner, bare, faulty, keys):
    """A runner on a repository whose store is that server; a request that fails is not repeated for minutes."""
    runner.variables.update(keys, AWS_MAX_ATTEMPTS="2")
    ended = runner.run("init", storeUrl="s3://bucket/data", storeConfig={"endpointurl": "http://" + faulty.address})
    assert ended.code == 0, ended.log
    return runner


def test_a_store_that_fails_half_way_leaves_the_repository_alone(on_s3, bare, faulty):
    before = git("--git-dir", bare, "for-each-ref")
    faulty.add(match="PUT /bucket/data/files", fault="403", after=7)
    fault = on_s3.upload(IMAGES, path="images", location="images", jobs=4).fault
    assert fault.startswith("The store s3://bucket/data/files/md5 did not take %s" % (on_s3.directory / "images")), fault
    assert git("--git-dir", bare, "for-each-ref") == before
    assert on_s3.left() == ["images"]


def test_the_next_upload_sends_what_the_store_does_not_have(on_s3, other, bare, faulty, keys):
    faulty.add(match="PUT /bucket/data/files", fault="403", after=7, times=13)
    assert on_s3.upload(IMAGES, path="images", location="images", jobs=1).code == 1
    ended = on_s3.upload(None, path="images", location="images")
    assert ended.code == 0 and "(13 of 20 files sent)" in ended.log, ended.log
    other.variables.update(keys)
    assert other.download(path="images", location="images").outputs["md5"] == ended.outputs["md5"]


def test_a_download_that_breaks_half_way_leaves_the_former_data(on_s3, other, faulty, keys):
    on_s3.upload({"a": "old"}, path="images", location="images", version="v1")
    assert on_s3.upload(IMAGES, path="images", location="images", version="v2").code == 0
    other.variables.update(keys, AWS_MAX_ATTEMPTS="2")
    assert other.download("v1", path="images", location="images").code == 0
    faulty.add(match="GET /bucket/data/files", fault="cut", after=5)
    fault = other.download("v2", path="images", location="images").fault
    assert fault.startswith("The download of images failed: "), fault
    assert [path.name for path in (other.directory / "images").iterdir()] == ["a"]
    assert sorted(other.left()) == [".images.dvc-version.json", "images"]


def test_an_upload_that_is_killed_in_the_middle_of_its_transfer_is_healed_by_the_next(on_s3, other, bare, faulty, keys):
    before = git("--git-dir", bare, "for-each-ref")
    faulty.add(match="PUT /bucket/data/files", fault="hang", after=7, times=1)
    (on_s3.directory / "images").mkdir()
    for name, content in IMAGES.items():
        (on_s3.directory / "images" / name).write_bytes(content)
    for number in (signal.SIGTERM, signal.SIGKILL):
        taken = faulty.held
        process = on_s3.start("upload", version="v1", path="images", location="images", jobs=1)
        wait_until(lambda taken=taken: faulty.held > taken or process.poll() is not None, what="the store holds an object")
        assert process.poll() is None, on_s3.finish(process).log
        process.send_signal(number)
        process.communicate()
        wait_until(lambda: not on_s3.living(), what="no process of the task is left")
        assert git("--git-dir", bare, "for-each-ref") == before
        faulty.add(match="PUT /bucket/data/files", fault="hang", times=1)
    faulty.release()
    uploaded = on_s3.upload(None, path="images", location="images").outputs
    other.variables.update(keys)
    assert other.download(path="images", location="images").outputs["md5"] == uploaded["md5"]
    assert tags(bare) == ["v1"]


def test_a_download_that_is_killed_in_the_middle_of_its_transfer_is_healed_by_the_next(on_s3, other, faulty, keys):
    uploaded = on_s3.upload(IMAGES, path="images", location="images").outputs
    other.variables.update(keys)
    faulty.add(match="GET /bucket/data/files", fault="hang", after=5, times=1)
    process = other.start("download", version="v1", path="images", location="images")
    wait_until(lambda: faulty.held or process.poll() is not None, what="the store holds an object")
    assert process.poll() is None, other.finish(process).log
    process.send_signal(signal.SIGTERM)
    ended = other.finish(process)
    assert ended.code == 143
    wait_until(lambda: not other.living(), what="no process of the task is left")
    assert other.left() == []
    assert other.download(path="images", location="images").outputs["md5"] == uploaded["md5"]


class GitOverHttp(http.server.ThreadingHTTPServer):
    """git's own server for HTTP, behind a password."""

    def __init__(self, root, user, password):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.expected = "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()

    def handle_error(self, request, client_address):
        """A client that goes away is not a fault of the server's."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *arguments):
        pass

    def _serve(self):
        if self.headers.get("Authorization") != self.server.expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        variables = dict(
            os.environ,
            GIT_PROJECT_ROOT=str(self.server.root),
            GIT_HTTP_EXPORT_ALL="1",
            PATH_INFO=path,
            QUERY_STRING=query,
            REQUEST_METHOD=self.command,
            REMOTE_USER="somebody",
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
        )
        body = self._body()
        variables["CONTENT_LENGTH"] = str(len(body))
        done = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, env=variables, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while True:
            size = int(self.rfile.readline().strip() or b"0", 16)
            if not size:
                self.rfile.readline()
                return body
            body += self.rfile.read(size)
            self.rfile.readline()

    do_GET = do_POST = _serve


@pytest.fixture
def http_git(tmp_path, bare):
    git("--git-dir", bare, "config", "http.receivepack", "true")
    server = GitOverHttp(tmp_path, "ci", SECRET)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield "http://%s127.0.0.1:%d/shared.git" % ("%s", server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def watched(runner, **request):
    """Runs an upload, and returns it with all arguments of processes that were seen meanwhile."""
    process = runner.start("upload", **request)
    seen = set()
    while process.poll() is None:
        for pid in runner.living():
            try:
                with open("/proc/%d/cmdline" % pid, "rb") as stream:
                    seen.add(stream.read().decode("utf-8", "replace"))
            except OSError:
                pass
    return runner.finish(process), seen


def test_git_over_http_takes_the_password_of_the_options(runner, bare, store, http_git):
    runner.repository = http_git % ""
    options = {"gitUser": "ci", "gitPassword": SECRET, "secrets": [SECRET]}
    assert runner.run("init", storeUrl=str(store), **options).code == 0
    (runner.directory / "iris.csv").write_text("1")
    ended, seen = watched(runner, version="v1", **options)
    assert ended.code == 0, ended.log
    assert tags(bare) == ["v1"]
    assert any("git" in each for each in seen) and not any(SECRET in each for each in seen)
    assert SECRET not in ended.log
    assert SECRET not in json.dumps(ended.report)


def test_git_over_http_takes_the_password_of_the_address(runner, bare, store, http_git):
    quoted = urllib.parse.quote(SECRET, safe="")
    runner.repository = http_git % ("ci:%s@" % quoted)
    ended = runner.run("init", storeUrl=str(store), secrets=[SECRET, quoted])
    assert ended.code == 0, ended.log
    assert SECRET not in ended.log and quoted not in ended.log
    assert runner.repository not in ended.log


def test_git_over_http_takes_secrets_by_reference(runner, bare, store, http_git, tmp_path):
    folder = tmp_path / "secrets" / user.name()
    folder.mkdir(parents=True)
    (folder / "password").write_text(SECRET + "\n")
    (folder / "address").write_text(http_git % ("ci:%s@" % urllib.parse.quote(SECRET, safe="")))
    runner.repository = http_git % ""
    options = {"gitUser": "ci", "gitPassword": {"secretReference": "password", "field": "dvc.gitPassword"}}
    ended = runner.run("init", storeUrl=str(store), secrets_directory=tmp_path / "secrets", **options)
    assert ended.code == 0 and "Secrets read: password" in ended.log, ended.log
    runner.repository = {"secretReference": "address", "field": "dvcRepository"}
    (runner.directory / "iris.csv").write_text("1")
    ended = runner.run("upload", version="v1", secrets_directory=tmp_path / "secrets")
    assert ended.code == 0 and tags(bare) == ["v1"], ended.log
    assert SECRET not in ended.log and urllib.parse.quote(SECRET, safe="") not in ended.log


def test_a_missing_secret_is_reported_before_git_runs(runner, store):
    runner.repository = "http://127.0.0.1:1/data.git"
    reference = {"secretReference": "env:NO_SUCH_TOKEN", "field": "dvc.gitPassword"}
    fault = runner.run("init", storeUrl=str(store), gitPassword=reference).fault
    assert fault.startswith("dvc.gitPassword: there is no environment variable NO_SUCH_TOKEN for the secret env:NO_SUCH_TOKEN")


def test_a_token_in_the_place_of_a_user_is_hidden(runner, http_git, store):
    runner.repository = http_git % "gh-t0ken@"
    ended = runner.run("init", storeUrl=str(store), gitName="gh-t0ken says")
    assert ended.code == 1 and "gh-t0ken" not in ended.log, ended.log


def test_a_wrong_password_is_the_reason_and_git_does_not_prompt(runner, http_git, store):
    runner.repository = http_git % ""
    wrong = {"gitUser": "ci", "gitPassword": "wrong-password"}
    for options, reason in (({}, "could not read Username"), (wrong, "uthentication failed")):
        fault = runner.run("init", storeUrl=str(store), **options).fault
        assert fault.startswith("dvcRepository: %s cannot be read: " % runner.repository)
        assert reason in fault


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "small", "256k") as path:
        yield path


def test_a_store_that_is_full_leaves_the_repository_alone(runner, bare, disk):
    store = disk / "store"
    assert runner.run("init", storeUrl=str(store)).code == 0
    before = git("--git-dir", bare, "for-each-ref")
    files = {"%d.bin" % number: os.urandom(60000) for number in range(8)}
    fault = runner.upload(files, path="images", location="images").fault
    assert "No space left on device" in fault and fault.startswith("The store %s" % disk)
    assert git("--git-dir", bare, "for-each-ref") == before
    resize(disk, "4m")
    assert runner.upload(None, path="images", location="images").code == 0
    assert tags(bare) == ["v1"]


def test_a_disk_that_becomes_full_in_the_middle_of_a_download(on_s3, other, keys, disk):
    """DVC does not have the size of a part of a folder, so that nothing can be said before it is fetched."""
    uploaded = on_s3.upload(
        {"a/%02d" % number: os.urandom(30000) for number in range(10)}, path="big", location="big", version="v2"
    ).outputs
    on_s3.upload({"00": "small"}, path="small", location="small", version="v1")
    other.variables.update(keys)
    assert other.download("v1", path=str(disk / "data"), location="small").code == 0
    before = sorted(path.name for path in disk.iterdir())
    for options in (
        {"location": "big/a", "path": str(disk / "data")},
        {"location": "big/a", "path": "data", "cacheDir": str(disk / "cache")},
    ):
        fault = other.download("v2", **options).fault
        field, folder = (
            ("ml.dvc.cacheDir", disk / "cache" / user.name()) if "cacheDir" in options else ("dvcLoadSaveDataPath", disk)
        )
        assert fault.startswith("%s: the disk of %s is full; " % (field, folder)), fault
        assert fault.endswith(" of big/a had been fetched.")
        assert (disk / "data/00").read_text() == "small"
    assert [path for path in (disk / "cache").glob("*/*") if path.is_dir()] == []
    assert other.left() == []
    assert sorted(path.name for path in disk.iterdir()) == sorted(before + ["cache"])

    resize(disk, "4m")
    for options in ({"path": str(disk / "data")}, {"path": "data", "cacheDir": str(disk / "cache")}):
        assert other.download("v2", location="big", **options).outputs["md5"] == uploaded["md5"]


@pytest.fixture
def built(tmp_path):
    """A command that is the Python of an environment which the worker's cache builds of `dvc[s3]` where it is missing."""
    order = {
        "field": "dvc.environment",
        "source": str(tmp_path / "dvc[s3]==3.67.1"),
        "kind": "requirements",
        "cacheDir": str(tmp_path / "environments"),
        "addIfMissing": ["dvc"],
    }
    (tmp_path / "dvc[s3]==3.67.1").write_text("dvc[s3]==3.67.1\n")
    (tmp_path / "order.json").write_text(json.dumps(order))
    fixed = constraints("dvc", sys.version)
    tools = tmp_path / "tools"
    tools.mkdir()
    uv = os.environ.get("DOLPHINML_TEST_UV") or shutil.which("uv")
    if uv:
        (tools / "uv").symlink_to(uv)
    command = tmp_path / "python-of-dvc"
    command.write_text(
        """#!/bin/bash
order=$(mktemp -d -p '%(folder)s')/request.json
cp '%(folder)s/order.json' "$order"
export PATH='%(tools)s':$PATH %(fixed)s
exec '%(python)s' -E -s '%(program)s' "$order" bash -c 'exec "${DOLPHINML_PREPARED#*:}/bin/python" "$@"' python "$@"
"""
        % {
            "folder": tmp_path,
            "tools": tools,
            "python": sys.executable,
            "fixed": "PIP_CONSTRAINT='%s' UV_CONSTRAINT='%s'" % (fixed[0], fixed[0]) if fixed else "",
            "program": ROOTS[0] / "environment" / "prepare_environment.py",
        }
    )
    command.chmod(0o755)
    return command


def test_dvc_of_the_cache_of_environments_and_a_store_on_s3(runner, other, s3, keys, built):
    for each in (runner, other):
        each.python = built
        each.variables.update(keys)
    began = runner.run("init", storeUrl="s3://bucket/data", storeConfig={"endpointurl": s3})
    assert began.code == 0 and "Environment of dvc[s3]==3.67.1: built by " in began.log, began.log
    uploaded = runner.upload({"a": "1", "b": "22"}, path="images", location="images").outputs
    assert uploaded["url"].startswith("s3://bucket/data/")
    there = other.download(path="images", location="images")
    assert there.outputs["md5"] == uploaded["md5"]
    assert "Environment of dvc[s3]==3.67.1: " in there.log and "building it at" not in there.log
    assert (other.directory / "images/b").read_text() == "22"
