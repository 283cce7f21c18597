# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the program as the worker does, with real DVC, real Git repositories and real stores."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
ROOTS = [PROJECT / module / "src/main/resources/dolphinml" for module in ("task-ml-common", "task-dvc")]
for root in ROOTS:
    sys.path.insert(0, str(root.parent))
sys.path.insert(0, str(PROJECT / "integration-tests/harness"))
sys.path.insert(0, str(PROJECT / "task-ml-common/src/test/python"))

from dsharness.processes import living, signal_all  # noqa: E402
from dsharness.waiting import wait_until  # noqa: E402

#: What git would take from the machine of whoever runs the tests.
PLAIN_GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def git(*arguments, cwd=None):
    author = {
        "GIT_%s_%s" % (role, kind): value
        for role in ("AUTHOR", "COMMITTER")
        for kind, value in (("NAME", "a person"), ("EMAIL", "person@example.com"))
    }
    done = subprocess.run(
        ["git"] + [str(each) for each in arguments],
        cwd=str(cwd) if cwd else None,
        env=dict(os.environ, **PLAIN_GIT, **author),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def dvc(runner, folder, *arguments):
    """Runs a command of DVC in a clone."""
    done = subprocess.run(
        [str(runner.python), "-m", "dvc"] + list(arguments),
        cwd=str(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
        env=dict(os.environ, DVC_NO_ANALYTICS="1", DVC_SITE_CACHE_DIR=str(folder) + ".site"),
    )
    assert done.returncode == 0, done.stdout


class Ended:
    """What a run left: exit code, log and report."""

    def __init__(self, code, log, report):
        self.code, self.log, self.report = code, log, report
        self.lines = log.rstrip("\n").split("\n")

    @property
    def outputs(self):
        assert self.code == 0, self.log
        return {name[len("dvc.") :]: value for name, value in self.report["outputs"].items()}

    @property
    def fault(self):
        """The sentence why the run failed: the last line of its log."""
        assert self.code == 1, self.log
        assert "Traceback" not in self.log, self.log
        assert self.report["error"] == self.lines[-1]
        return self.lines[-1]


class Runner:
    """A task's directory, and the program that runs in it."""

    def __init__(self, directory, repository, python=sys.executable):
        self.directory = directory
        self.repository = str(repository)
        self.python = python
        self.run_id = uuid.uuid4().hex
        self.variables = dict(PLAIN_GIT)

    def start(self, action, secrets=(), secrets_directory=None, environment=None, **request):
        settings = dict(
            {"action": action, "repository": self.repository, "location": "data/iris.csv", "path": "iris.csv"}, **request
        )
        return self.start_program("dvc/run_dvc.py", {"data": settings}, secrets, secrets_directory, environment)

    def start_program(self, program, parts, secrets=(), secrets_directory=None, environment=None, later=None):
        """`later` is the request of a program that runs after this one."""
        control = self.directory / ("control-" + uuid.uuid4().hex[:6])
        programs = control / "python" / "dolphinml"
        programs.mkdir(parents=True)
        for root in ROOTS:
            for folder in root.iterdir():
                if not (programs / folder.name).exists():
                    os.symlink(str(folder), str(programs / folder.name))
        request_file = control / "request.json"
        request_file.write_text(
            json.dumps(
                {
                    "task": {"name": "data"},
                    "workdir": str(self.directory),
                    "secrets": list(secrets),
                    "outputs": [],
                    "secretsDirectory": secrets_directory and str(secrets_directory),
                    **parts,
                }
            )
        )
        if later is not None:
            (control / "later-request.json").write_text(json.dumps(later))
        variables = dict(os.environ, DOLPHINML_RUN=self.run_id, **self.variables)
        variables.update(environment or {})
        process = subprocess.Popen(
            [str(self.python), str(programs / program), str(request_file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=str(self.directory),
            env=variables,
        )
        process.control = control
        return process

    def finish(self, process, timeout=600):
        log = process.communicate(timeout=timeout)[0].decode("utf-8")
        report = process.control / "report.json"
        ended = Ended(process.returncode, log, json.loads(report.read_text()) if report.exists() else None)
        shutil.rmtree(str(process.control))
        return ended

    def run(self, action, **request):
        return self.finish(self.start(action, **request))

    def upload(self, content="sepal,petal\n1,2\n", version="v1", **request):
        path = self.directory / request.get("path", "iris.csv")
        if isinstance(content, dict):
            for name, text in content.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        elif content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return self.run("upload", version=version, **request)

    def download(self, version="v1", path="there.csv", **request):
        return self.run("download", version=version, path=path, **request)

    def left(self):
        """What is in the task's directory."""
        return sorted(path.name for path in self.directory.iterdir())

    def living(self):
        return sorted(living("DOLPHINML_RUN=" + self.run_id))


@pytest.fixture(scope="session")
def dvc_home(tmp_path_factory):
    """What DVC keeps for itself, away from that of whoever runs the tests."""
    return tmp_path_factory.mktemp("dvc-home")


@pytest.fixture
def bare(tmp_path):
    """A shared repository without anything in it, on a branch main."""
    path = tmp_path / "shared.git"
    git("init", "-q", "--bare", "--initial-branch=main", path)
    return path


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def runner(tmp_path, bare):
    (tmp_path / "task").mkdir()
    made = Runner(tmp_path / "task", "file://%s" % bare)
    yield made
    signal_all(made.living())


@pytest.fixture
def other(tmp_path, bare):
    """Another task on another worker, which has nothing in common with the first one but the repository."""
    (tmp_path / "other").mkdir()
    made = Runner(tmp_path / "other", "file://%s" % bare)
    yield made
    signal_all(made.living())


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """A shared repository that the program has initialized for the store beside it."""
    directory = tmp_path_factory.mktemp("initialized")
    bare = directory / "shared.git"
    git("init", "-q", "--bare", "--initial-branch=main", bare)
    (directory / "task").mkdir()
    assert Runner(directory / "task", "file://%s" % bare).run("init", storeUrl=str(directory / "store")).code == 0
    return bare


@pytest.fixture
def initialized(runner, bare, store, example, tmp_path):
    """A runner on a repository with DVC in it: a copy of the example, which has the test's own store instead."""
    shutil.rmtree(str(bare))
    shutil.copytree(str(example), str(bare))
    clone = tmp_path / "initialized"
    git("clone", "-q", bare, clone)
    config = clone / ".dvc" / "config"
    config.write_text(config.read_text().replace(str(example.parent / "store"), str(store)))
    git("commit", "-q", "--all", "--amend", "--no-edit", cwd=clone)
    git("push", "-q", "--force", "origin", "main", cwd=clone)
    shutil.rmtree(str(clone))
    return runner


def tags(bare):
    return git("--git-dir", bare, "tag").split()


def commits(bare, branch="main"):
    return git("--git-dir", bare, "log", "--format=%H", branch).split()


def shown(bare, path, revision="main"):
    return git("--git-dir", bare, "show", "%s:%s" % (revision, path))


__all__ = ["wait_until"]
