# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A worker on which tasks get their environments: the program as a process of its own, with real tools."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[3] / "main/resources"
sys.path[:0] = [str(RESOURCES), str(RESOURCES.parents[3] / "integration-tests/harness")]

from dsharness.processes import alive  # noqa: E402, F401
from dsharness.waiting import ENOUGH, wait_until  # noqa: E402, F401

SHOW = "import json, os; print(json.dumps([os.environ['DOLPHINML_PREPARED'], os.getpid()]))"
UV = shutil.which("uv", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]))

needs_uv = pytest.mark.skipif(UV is None, reason="uv is neither on PATH nor beside this Python")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may take another user's place or mount")


class Ended:
    """What a run left: exit code, log, report, and the environment that it went on in."""

    def __init__(self, code, log, directory):
        self.code, self.log = code, log
        self.lines = log.rstrip("\n").split("\n")
        report = directory / "private/report.json"
        self.report = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
        self.prefix = None
        if code == 0:
            self.prefix = Path(json.loads(self.lines[-1])[0].split(":", 1)[1])

    @property
    def built(self):
        return "building it at" in self.log


class Running:
    def __init__(self, process, directory, log):
        self.process, self.directory, self._log = process, directory, log

    @property
    def log(self):
        return self._log.read_text(encoding="utf-8")

    def ended(self, timeout=600):
        self.process.wait(timeout)
        return Ended(self.process.returncode, self.log, self.directory)

    def wait_for(self, text, timeout=300):
        wait_until(lambda: text in self.log or self.process.poll() is not None, timeout)
        assert text in self.log, self.log

    def kill(self, number=signal.SIGKILL):
        os.kill(self.process.pid, number)
        self.process.wait(ENOUGH)


class Worker:
    """A worker on which tasks of one user run."""

    def __init__(self, directory, tools):
        self.directory = directory
        self.tools = tools
        self.python = sys.executable
        self.cache = directory / "cache"
        self.work = directory / "work"
        self.work.mkdir(exist_ok=True)
        self.variables = {}
        self.wrapper = []
        self.running = []
        shutil.copytree(RESOURCES / "dolphinml", directory / "python/dolphinml", ignore=shutil.ignore_patterns("__pycache__"))

    @property
    def tree(self):
        return self.cache / pwd.getpwuid(os.geteuid()).pw_name

    def environments(self):
        """The environments in the tree, whole or not."""
        return sorted(path for path in self.tree.iterdir() if path.is_dir() and not path.is_symlink())

    def visible(self):
        return sorted(path.resolve() for path in self.tree.iterdir() if path.is_symlink())

    def file(self, name, text):
        path = self.work / name
        path.write_text(text, encoding="utf-8")
        return name

    def start(self, source="requirements.txt", kind="requirements", command=None, **request):
        control = self.directory / ("control-" + uuid.uuid4().hex[:8])
        private = control / "private"
        private.mkdir(parents=True)
        values = {
            "field": "condaEnvName",
            "source": source,
            "kind": kind,
            "cacheDir": str(self.cache),
            "cacheLimit": None,
            "refresh": False,
            "builder": "auto",
            "python": None,
            "condaRoot": None,
            "addIfMissing": [],
            "secrets": [],
            "task": {"name": "train", "instanceId": 7},
        }
        values.update(request)
        (private / "environment.json").write_text(json.dumps(values), encoding="utf-8")
        if self.wrapper:
            subprocess.run(["chmod", "-R", "a+rwX", str(control)], check=True)
        variables = {"PATH": "%s:/usr/bin:/bin" % self.tools, "HOME": str(self.directory), "LANG": "C.UTF-8"}
        variables.update(
            {
                name: value
                for name, value in os.environ.items()
                if "CERT" in name or "CA_BUNDLE" in name or name == "PIP_DEFAULT_TIMEOUT"
            }
        )
        variables.update(self.variables)
        program = self.directory / "python/dolphinml/environment/prepare_environment.py"
        log = control / "log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                self.wrapper
                + [self.python, "-E", "-s", "-S", "-B", str(program), str(private / "environment.json")]
                + (command or [self.python, "-c", SHOW]),
                cwd=str(self.work),
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Running(process, control, log)
        self.running.append(running)
        return running

    def run(self, *args, **request):
        return self.start(*args, **request).ended()

    def end(self):
        for running in self.running:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
