# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Environments built by real uv and real venv with pip, and what is said of it."""

import http.server
import json
import os
import subprocess
import sys
import threading

import pytest


def imports(prefix, *modules):
    program = "import " + ", ".join(modules)
    return subprocess.run([str(prefix / "bin/python"), "-I", "-c", program]).returncode == 0


def test_venv_and_pip_from_the_index(worker):
    worker.file("requirements.txt", "six==1.16.0  # from PyPI\n")
    first = worker.run()
    assert first.code == 0, first.log
    assert "built by venv in " in first.log and "Successfully installed six-1.16.0" in first.log
    assert imports(first.prefix, "six", "pip")
    second = worker.run()
    assert second.prefix == first.prefix and not second.built
    assert second.lines[0].startswith("Environment of requirements.txt: %s (Python 3." % first.prefix)


def test_uv_from_the_index(uv_worker):
    uv_worker.file("requirements.txt", "six==1.16.0\n")
    first = uv_worker.run()
    assert first.code == 0, first.log
    assert "built by uv in " in first.log and "+ six==1.16.0" in first.log
    assert imports(first.prefix, "six", "pip")
    uv_worker.file("again.txt", "six==1.16.0\n")
    second = uv_worker.run("again.txt")
    assert second.prefix == first.prefix and not second.built
    uv_worker.file("other.txt", "six==1.17.0\n")
    assert uv_worker.run("other.txt").prefix != first.prefix


def test_the_command_takes_the_place_of_the_program(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    for environment in ({}, {"DOLPHINML_RUN": "run-1"}):
        uv_worker.variables.update(environment)
        running = uv_worker.start()
        ended = running.ended()
        prepared, pid = json.loads(ended.lines[-1])
        assert pid == running.process.pid
        assert prepared.split(":", 1)[0] == environment.get("DOLPHINML_RUN", str(pid))


def test_what_jupyter_needs_is_added(uv_worker, tiny_wheel):
    tiny_wheel("papermill"), tiny_wheel("ipykernel")
    uv_worker.file("requirements.txt", "--no-index\n--find-links .\npapermill\n")
    ended = uv_worker.run(addIfMissing=["papermill", "ipykernel"])
    assert ended.code == 0, ended.log
    assert "requirements.txt lacks ipykernel, which this task needs; added" in ended.log
    assert imports(ended.prefix, "papermill", "ipykernel")
    assert uv_worker.run().prefix != ended.prefix


def test_without_an_index_pip_comes_from_python(uv_worker, tiny_wheel):
    """An index that cannot be reached must not keep a find-links environment from having pip."""
    tiny_wheel("tiny")
    uv_worker.file("requirements.txt", "--no-index\n--find-links .\ntiny\n")
    uv_worker.variables.update(UV_OFFLINE="1", UV_CACHE_DIR=str(uv_worker.directory / "empty"))
    ended = uv_worker.run()
    assert ended.code == 0, ended.log
    assert "uv could not fetch pip" in ended.log
    assert imports(ended.prefix, "tiny", "pip")


def test_hashes_admit_what_is_added(uv_worker, tiny_wheel):
    tiny_wheel("ipykernel")
    package = tiny_wheel("tiny")
    digest = subprocess.run(["sha256sum", str(package)], stdout=subprocess.PIPE, check=True).stdout.split()[0].decode()
    uv_worker.file("requirements.txt", "tiny==1.0 --hash=sha256:%s\n--no-index\n--find-links .\n" % digest)
    uv_worker.variables["UV_FIND_LINKS"] = str(uv_worker.work)
    ended = uv_worker.run(addIfMissing=["ipykernel"])
    assert ended.code == 0, ended.log
    assert imports(ended.prefix, "tiny", "ipykernel")


def test_refresh_rebuilds_and_leaves_the_old_to_its_users(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    user = uv_worker.start(command=["/bin/sleep", "900"])
    user.wait_for("built by uv")
    old = uv_worker.visible()[0]
    new = uv_worker.run(refresh=True)
    assert new.built and new.prefix != old
    assert old.exists() and uv_worker.visible() == [new.prefix]
    assert uv_worker.run().prefix == new.prefix
    user.kill()
    newest = uv_worker.run(refresh=True)
    assert uv_worker.environments() == [newest.prefix]


def test_an_environment_whose_python_is_gone_is_rebuilt(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    first = uv_worker.run()
    for name in os.listdir(str(first.prefix / "bin")):
        if name.startswith("python"):
            (first.prefix / "bin" / name).unlink()
    (first.prefix / "bin/python").symlink_to("/nowhere/python")
    second = uv_worker.run()
    assert second.built and imports(second.prefix, "tiny")
    assert uv_worker.environments() == [second.prefix]


def other_python():
    """An interpreter of another version than this one, with its version; the machine need not have one."""
    import glob

    own = "%d.%d" % sys.version_info[:2]
    paths = glob.glob("/usr/bin/python3.[0-9]*") + glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3.[0-9]*"))
    for path in sorted(paths):
        version = os.path.basename(path)[len("python") :]
        if version.replace(".", "").isdigit() and version != own and int(version.split(".")[1]) >= 8:
            return path, version
    return None, None


def test_another_python_is_found_on_path(uv_worker, tiny_wheel):
    path, version = other_python()
    if path is None:
        pytest.skip("this machine has no second Python")
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    # A shim that leads nowhere stands before it, as pyenv has them.
    shims = uv_worker.directory / "shims"
    shims.mkdir()
    (shims / ("python" + version)).write_text("#!/bin/sh\nexit 127\n")
    (shims / ("python" + version)).chmod(0o755)
    (uv_worker.tools / ("python" + version)).symlink_to(path)
    uv_worker.variables["PATH"] = "%s:%s:/usr/bin:/bin" % (shims, uv_worker.tools)
    ended = uv_worker.run(python=version)
    assert ended.code == 0, ended.log
    assert "(Python %s." % version in ended.log
    assert uv_worker.run().prefix != ended.prefix


def test_a_python_that_is_not_there(worker):
    worker.file("requirements.txt", "six\n")
    ended = worker.run(python="3.5", builder="venv")
    assert ended.code == 1
    assert ended.lines[-1].startswith("environment.python: Python 3.5 is not available on this worker (venv: ")
    assert "%d.%d.%d" % sys.version_info[:3] in ended.lines[-1].split("there:")[1]


@pytest.mark.parametrize(
    "fixture, reason", [("uv_worker", "unsatisfiable"), ("worker", "No matching distribution")], ids=["uv", "venv"]
)
def test_requirements_that_cannot_be_resolved(request, fixture, reason, tiny_wheel):
    worker = request.getfixturevalue(fixture)
    tiny_wheel("tiny")
    worker.file("requirements.txt", "--no-index\n--find-links .\ntiny==2.0\n")
    ended = worker.run()
    assert ended.code == 1
    start = [line for line in ended.lines if line.startswith("condaEnvName: ")]
    assert "could not build the environment of requirements.txt (exit code 1 after" in start[0]
    last = "\n".join(ended.lines[ended.lines.index(start[0]) + 1 :])
    assert "tiny==2.0" in last and reason in last
    assert ended.report["status"] == "failure" and "tiny==2.0" in ended.report["error"]
    assert worker.environments() == [] and worker.visible() == []


def test_a_missing_source(worker):
    ended = worker.run("absent.txt")
    assert ended.code == 1 and len(ended.lines) == 1
    assert ended.lines[0].startswith("condaEnvName: there is no file absent.txt (")


def test_a_tool_that_is_not_there(worker):
    worker.file("requirements.txt", "six\n")
    worker.file("environment.yml", "dependencies: [python]\n")
    ended = worker.run(builder="uv")
    assert ended.lines[-1].startswith("environment.builder: neither PATH nor conda.path has uv on this worker")
    ended = worker.run("environment.yml", "condaFile")
    assert "has micromamba or mamba or conda on this worker" in ended.lines[-1]


class Index(http.server.SimpleHTTPRequestHandler):
    """A package index that wants a name and a password."""

    def do_GET(self):
        if self.headers.get("Authorization") != "Basic Ym9iOnMzY3JldC1wYXNz":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def index(tmp_path, tiny_wheel):
    os.makedirs(str(tmp_path / "index/simple/tiny"))
    os.replace(str(tiny_wheel("tiny")), str(tmp_path / "index/simple/tiny/tiny-1.0-py3-none-any.whl"))

    class Here(Index):
        def translate_path(self, path):
            return str(tmp_path / "index") + path

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Here)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "http://bob:s3cret-pass@127.0.0.1:%d/simple" % server.server_address[1]
    server.shutdown()


@pytest.mark.parametrize("builder", ["uv", "venv"])
def test_credentials_of_an_index_stay_out_of_the_log(request, builder, index):
    worker = request.getfixturevalue("uv_worker" if builder == "uv" else "worker")
    worker.file("requirements.txt", "--index-url %s\ntiny\n" % index)
    worker.file("unresolvable.txt", "--index-url %s\ntiny==2.0\n" % index)
    good, bad = worker.run(), worker.run("unresolvable.txt") if builder == "uv" else None
    assert good.code == 0, good.log
    assert imports(good.prefix, "tiny")
    for ended in filter(None, (good, bad)):
        assert "s3cret" not in ended.log
    assert bad is None or (bad.code == 1 and "s3cret" not in json.dumps(bad.report))


def test_uv_uses_the_index_that_is_configured_for_pip(uv_worker, index):
    uv_worker.file("requirements.txt", "tiny\n")
    uv_worker.file("pip.conf", "[global]\nindex-url = %s\n" % index)
    uv_worker.variables["PIP_CONFIG_FILE"] = str(uv_worker.work / "pip.conf")
    ended = uv_worker.run()
    assert ended.code == 0, ended.log
    assert imports(ended.prefix, "tiny") and "s3cret" not in ended.log


@pytest.mark.parametrize("by_file", [False, True])
def test_uv_asks_no_index_where_pip_must_not(uv_worker, tiny_wheel, index, by_file):
    """The index has the package, too; the folder of wheels is the one that may be asked."""
    tiny_wheel("other")
    uv_worker.file("requirements.txt", "other\n")
    uv_worker.file("unresolvable.txt", "tiny\n")
    if by_file:
        settings = "[global]\nindex-url = %s\nno-index = true\nfind-links = %s\n" % (index, uv_worker.work)
        uv_worker.file("pip.conf", settings)
        uv_worker.variables["PIP_CONFIG_FILE"] = str(uv_worker.work / "pip.conf")
    else:
        uv_worker.variables.update(PIP_INDEX_URL=index, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(uv_worker.work))
    good, bad = uv_worker.run(), uv_worker.run("unresolvable.txt")
    assert good.code == 0, good.log
    assert "built by uv" in good.log and imports(good.prefix, "other", "pip")
    assert bad.code == 1 and "tiny was not found in the provided package locations" in bad.log


def referring(worker, **secrets):
    """A task's request that refers to secrets, {field: name}."""
    request = {
        "secretsDirectory": str(worker.directory / "secrets"),
        "part": {field: {"secretReference": name, "field": field} for field, name in secrets.items()},
    }
    path = worker.directory / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    return str(path)


def test_a_missing_secret_is_said_before_an_environment_is_built(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    request = referring(uv_worker, parameters="warehouse/password", password="env:NO_SUCH_SECRET")
    ended = uv_worker.run(taskRequests=[request])
    assert ended.code == 1 and not ended.built and not uv_worker.cache.exists(), ended.log
    assert ended.lines[-2].startswith("parameters: the secret warehouse/password cannot be read from ")
    assert ended.lines[-1].startswith("password: there is no environment variable NO_SUCH_SECRET ")
    assert ended.report["error"] == ended.lines[-2]


def test_a_secret_that_is_there_keeps_nothing_from_being_built(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    uv_worker.variables["DB_PASSWORD"] = "s3cret-value"
    request = referring(uv_worker, password="env:DB_PASSWORD")
    ended = uv_worker.run(taskRequests=[request])
    assert ended.code == 0 and ended.built and "s3cret-value" not in ended.log, ended.log
    assert os.path.exists(request), "the program has not read it yet"
