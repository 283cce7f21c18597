#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A DVC node's upload and download against git and dvc themselves in the same environment, alternating.

    python3 benchmarks/data_versions.py [PYTHON] [--runs 3] [--megabytes 1000] [--files 10000] [--directory DIRECTORY]

PYTHON is that of an environment with DVC; without it the one of the tests is made. The data is one large file, and many small
ones.
Compared are whole processes, from start to exit, on a repository and a store in directories of this machine:

upload    our action against `dvc add` and `dvc push`, which neither commit nor push to Git
first     our download without a cache against `git clone` and `dvc pull`
second    our download of the same version with the worker's cache against the same
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import frame

from dsharness.venvs import venv

FOLDERS = [("task-ml-common", "common"), ("task-ml-common", "data"), ("task-dvc", "dvc")]
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
    "DVC_NO_ANALYTICS": "1",
}


class Cost:
    """Seconds of the clock and of the processor."""

    def __init__(self):
        self.clock, self.processor = [], []

    def add(self, clock, processor):
        self.clock.append(clock)
        self.processor.append(processor)


def measured(*commands):
    """(clock, processor) of commands, each (argv, folder)."""
    begin, before = time.monotonic(), frame.processor_of_children()
    for argv, folder in commands:
        done = subprocess.run(
            [str(each) for each in argv],
            cwd=str(folder),
            env=dict(os.environ, **GIT),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit("%s:\n%s" % (" ".join(map(str, argv)), done.stdout))
    return time.monotonic() - begin, frame.processor_of_children() - before


class Contest:
    """One kind of data in a folder of its own."""

    def __init__(self, python, folder, write):
        self.dvc = [python, "-m", "dvc"]
        self.python = python
        self.folder = folder
        self.write = write
        folder.mkdir()
        write(folder / "data")
        self.costs = {name: Cost() for name in ("upload", "dvc add, dvc push", "first", "second", "git clone, dvc pull")}
        self.programs = frame.stage(folder / "python", *FOLDERS)

    def ours(self, action, **asked):
        control = self.folder / ("control-" + uuid.uuid4().hex[:8])
        control.mkdir()
        request = control / "request.json"
        data = dict({"action": action, "repository": "file://%s" % self.repository, "location": "data"}, **asked)
        request.write_text(
            json.dumps({"task": {"name": "data"}, "workdir": str(control), "secrets": [], "outputs": [], "data": data})
        )
        return [self.python, self.programs / "dvc" / "run_dvc.py", request], control

    def prepare(self, turn):
        """A repository and a store that nobody has used."""
        self.repository, self.store = self.folder / ("git-%s" % turn), self.folder / ("store-%s" % turn)
        measured((["git", "init", "-q", "--bare", "--initial-branch=main", self.repository], self.folder))
        measured(self.ours("init", storeUrl=str(self.store)))

    def turn(self, number):
        self.prepare("theirs-%d" % number)
        clone = self.folder / ("clone-%d" % number)
        measured(
            (["git", "clone", "-q", self.repository, clone], self.folder), (["cp", "-r", self.folder / "data", clone], clone)
        )
        self.costs["dvc add, dvc push"].add(
            *measured((self.dvc + ["add", "-q", "data"], clone), (self.dvc + ["push", "-q"], clone))
        )
        self._remove(clone, self.store, self.repository)

        self.prepare("ours-%d" % number)
        self.costs["upload"].add(*measured(self.ours("upload", path=str(self.folder / "data"), version="v1")))

        pulled = self.folder / ("pulled-%d" % number)
        self.costs["git clone, dvc pull"].add(
            *measured(
                (["git", "clone", "-q", "--branch", "v1", self.repository, pulled], self.folder),
                (self.dvc + ["pull", "-q"], pulled),
            )
        )
        self._remove(pulled)
        there = self.folder / "there"
        self.costs["first"].add(*measured(self.ours("download", path=str(there), version="v1")))
        self._remove(there, self.folder / ".there.dvc-version.json")
        cached = {"path": str(there), "version": "v1", "cacheDir": str(self.folder / "cache")}
        measured(self.ours("download", **cached))
        self._remove(there, self.folder / ".there.dvc-version.json")
        self.costs["second"].add(*measured(self.ours("download", **cached)))
        self._remove(there, self.folder / ".there.dvc-version.json", self.folder / "cache", self.store, self.repository)
        for control in self.folder.glob("control-*"):
            self._remove(control)

    @staticmethod
    def _remove(*paths):
        for path in paths:
            if path.is_dir():
                shutil.rmtree(str(path))
            elif path.exists():
                path.unlink()

    def rows(self):
        """The costs of ours, of theirs, and their ratio, for each of what is compared."""
        pairs = (("upload", "dvc add, dvc push"), ("first", "git clone, dvc pull"), ("second", "git clone, dvc pull"))
        for ours, theirs in pairs:
            for kind in ("clock", "processor"):
                mine, other = getattr(self.costs[ours], kind), getattr(self.costs[theirs], kind)
                yield ["%s, %s" % (ours, kind), frame.seconds(mine), frame.seconds(other), frame.Ratio(mine, other)]


def one_file(megabytes):
    def write(path):
        with path.open("wb") as stream:
            for _ in range(megabytes):
                stream.write(os.urandom(1000000))

    return write


def many_files(count):
    def write(path):
        for number in range(count):
            folder = path / ("%02d" % (number % 100))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ("%d.bin" % number)).write_bytes(os.urandom(1000))

    return write


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=10000)
    parser.add_argument("--directory", help="on the disk to measure; without it where temporary files go")
    options = parser.parse_args()
    python = options.python or str(venv(frame.PROJECT / ".ci/requirements-dvc.txt", say=print) / "bin/python")
    report = frame.Report("data_versions", frame.versions(python, "dvc"))
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        for title, name, write in (
            ("one large file", "large", one_file(options.megabytes)),
            ("many small files", "small", many_files(options.files)),
        ):
            contest = Contest(python, Path(directory) / name, write)
            for number in range(options.runs):
                contest.turn(number)
            report.table(title, ["", "ours", "git and dvc", "ratio"], contest.rows(), options.runs)


if __name__ == "__main__":
    main()
