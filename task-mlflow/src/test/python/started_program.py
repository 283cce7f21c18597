# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A program of ours as the worker starts it: with staged files, a request, a log and a report."""

import atexit
import compileall
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[4]
RESOURCES = [PROJECT / module / "src/main/resources/dolphinml" for module in ("task-ml-common", "task-mlflow")]

sys.path.insert(0, str(PROJECT / "integration-tests/harness"))

from dsharness.ports import free_port, is_free  # noqa: E402, F401
from dsharness.waiting import ENOUGH, wait_until  # noqa: E402, F401

# As the worker stages them, and in front of site-packages, which have a module "mlflow" of their own.
for resources in RESOURCES:
    if str(resources.parent) not in sys.path:
        sys.path.insert(0, str(resources.parent))


@functools.lru_cache(maxsize=None)
def _compiled():
    """The files that a worker stages, compiled once: each run would compile them again."""
    place = tempfile.mkdtemp(prefix="dolphinml-staged-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = pathlib.Path(place) / "dolphinml"
    folder.mkdir()
    for resources in RESOURCES:
        for package in resources.iterdir():
            shutil.copytree(str(package), str(folder / package.name), ignore=shutil.ignore_patterns("__pycache__"))
    assert compileall.compile_dir(str(folder), quiet=1)
    return folder


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _set(staged, name, value):
    found = 0
    for path in staged.rglob("*.py"):
        text = path.read_text("utf-8")
        changed, count = re.subn("(?m)^%s = .*" % name, "%s = %r" % (name, value), text)
        if count:
            for compiled in (path.parent / "__pycache__").glob(path.stem + ".*"):
                compiled.unlink()
            # Other runs have the same file.
            path.unlink()
            path.write_text(changed, "utf-8")
        found += count
    assert found == 1, name


class StartedProgram:
    """One run of a program; `log` is what it printed, `report` what it reported, `marker` what its processes carry."""

    def __init__(self, program, request, directory, environment, marker, cwd=None, python=sys.executable, limits=()):
        """Starts `program`, a path below dolphinml/, with its files and its request in `directory`.

        limits  {name of a constant of the program: what it is in this run}, where a test must not depend on seconds
        """
        self._private = directory / "control" / "private"
        self._private.mkdir(parents=True)
        staged = directory / "control" / "python" / "dolphinml"
        staged.parent.mkdir()
        shutil.copytree(str(_compiled()), str(staged), copy_function=_link)
        for limit in dict(limits).items():
            _set(staged, *limit)
        (self._private / "request.json").write_text(json.dumps(request))
        self._log = directory / "log"
        self.marker = marker
        with self._log.open("wb") as stream:
            self.process = subprocess.Popen(
                [str(python), str(staged / program), str(self._private / "request.json")],
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=str(cwd or directory),
                start_new_session=True,
                env=dict(environment, DOLPHINML_RUN=marker),
            )

    @property
    def log(self):
        return self._log.read_text("utf-8")

    @property
    def lines(self):
        return self.log.rstrip().split("\n")

    @property
    def last_line(self):
        return self.lines[-1]

    @property
    def report(self):
        return json.loads((self._private / "report.json").read_text("utf-8"))

    def finish(self, timeout=600):
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("still running:\n" + self.log)
        return self

    def until(self, text, timeout=300):
        deadline = time.monotonic() + timeout
        while text not in self.log:
            ended = self.process.poll() is not None
            assert not ended or text in self.log, "ended without '%s':\n%s" % (text, self.log)
            assert time.monotonic() < deadline, "no '%s' within %d s:\n%s" % (text, timeout, self.log)
            time.sleep(0.05)
        return self

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
