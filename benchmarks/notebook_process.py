#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Our program for a notebook against the bare `papermill` command of the same environment, in one run, alternating.

    python3 benchmarks/notebook_process.py [PYTHON ...] [--runs 15] [--parallel 10] [--rounds 3]

PYTHON is the Python of an environment with papermill and ipykernel; without one, two environments are made: a small one and one
with MLflow, pandas and clients of object stores. Whole processes are timed, from start to exit. The processor time is what the
kernel counts for them and their children; unlike the clock it depends little on who else works. Where the environment has pandas
and scikit-learn, a notebook that imports them is measured too, with kernels that are ready.
"""

import argparse
import collections
import json
import os
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import frame

from dsharness.venvs import venv

FOLDERS = [("task-ml-common", "common"), ("task-jupyter", "jupyter")]
ENVIRONMENTS = {
    "small": "an environment with papermill and ipykernel",
    "full": "an environment with MLflow, pandas and clients of object stores",
}
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "id": "one", "metadata": {}, "execution_count": None, "outputs": [], "source": "print('hello')"}
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


LIBRARIES = ("pandas", "sklearn.linear_model")
IMPORTS = "import pandas\nfrom sklearn.linear_model import LogisticRegression\nprint('hello')"


class Contestants:
    """`options` are fields of our program's request."""

    def __init__(self, python, directory, **options):
        self.python = python
        self.options = options
        self.directory = directory
        self.source = directory / "in.ipynb"
        self.source.write_text(json.dumps(NOTEBOOK))
        self.count = 0
        self.programs = frame.stage(directory / "python", *FOLDERS)

    def processor_elsewhere(self):
        """Processor seconds of processes that are not children of this one."""
        return 0.0

    def _output(self):
        self.count += 1
        return str(self.directory / ("out-%d.ipynb" % self.count))

    def bare(self):
        return [self.python, "-m", "papermill", str(self.source), self._output(), "--inject-paths", "--progress-bar"]

    def ours(self):
        output = self._output()
        control = Path(output + ".control")
        control.mkdir()
        request = control / "request.json"
        request.write_text(
            json.dumps(
                {
                    "task": {},
                    "workdir": str(self.directory),
                    "secrets": [],
                    "outputs": [],
                    "notebook": dict(
                        {
                            "input": str(self.source),
                            "output": output,
                            "parameters": {},
                            "parameterTypes": "exact",
                            "others": [],
                            "report": "none",
                            "resume": True,
                            "runKey": "1/a",
                            "outputLimit": 65536,
                        },
                        **self.options,
                    ),
                }
            )
        )
        return [self.python, str(self.programs / "jupyter" / "run_notebook.py"), str(request)]


class ReadyContestants(Contestants):
    """The same with kernels that are ready, and a notebook that imports libraries or does more with them."""

    def __init__(self, python, directory, libraries=LIBRARIES, source=IMPORTS):
        super().__init__(python, directory, readyKernels={"libraries": list(libraries), "idleSeconds": 600})
        notebook = dict(NOTEBOOK, cells=[dict(NOTEBOOK["cells"][0], source=source)])
        self.source.write_text(json.dumps(notebook))
        self.parent = self._warmed_up(directory)

    def _warmed_up(self, directory):
        """The process id of the parent, which the second run starts."""
        folder = Path(tempfile.gettempdir(), "dolphinml-ready-%d" % os.getuid())
        before = set(folder.glob("*/socket"))
        for _ in range(2):
            measured([self.ours()])
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            for path in set(folder.glob("*/socket")) - before:
                self.socket = path
                return int(path.with_name("lock").read_text())
            time.sleep(0.1)
        raise SystemExit("no parent for kernels has started")

    def processor_elsewhere(self):
        stat = Path("/proc/%d/stat" % self.parent).read_text()
        # Of the parent and of those that it has waited for.
        ticks = map(int, stat.rpartition(")")[2].split()[11:15])
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """Ends the parent."""
        self.socket.unlink()


def start(argv, log=subprocess.DEVNULL):
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=dict(os.environ, DOLPHINML_RUN=uuid.uuid4().hex),
    )


def measured(commands):
    """(the span from the first start to the last exit, processor seconds of all)."""
    before = os.times()
    begin = time.monotonic()
    processes = [start(argv) for argv in commands]
    failed = sum(process.wait() != 0 for process in processes)
    span = time.monotonic() - begin
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return span, used, failed


def whole(contestant, count, losses, attempts=5):
    """(span, processor seconds) of a turn without a failure; those with one are counted in `losses` and measured again.

    Kernels that papermill starts at once lose a race for a TCP port now and then.
    """
    elsewhere = contestant.__self__.processor_elsewhere
    for _ in range(attempts):
        before = elsewhere()
        span, used, failed = measured([contestant() for _ in range(count)])
        if not failed:
            return span, used + elsewhere() - before
        losses[contestant.__name__] += failed
    raise SystemExit("%s fails at every attempt" % contestant.__name__)


def compared(contestants, turns, count, what=None):
    """Rows of a table: `count` notebooks at once, clock and processor time."""
    losses = collections.Counter()
    ours, bare = frame.alternate([contestants.ours, contestants.bare], lambda each: whole(each, count, losses), turns)
    if losses:
        print("%d at once: runs that failed and were measured again: %s" % (count, dict(losses)), flush=True)
    what = what or ("one notebook" if count == 1 else "ten at once" if count == 10 else "%d at once" % count)
    for unit, a, b in (("clock", *both(ours, bare, 0)), ("processor", *both(ours, bare, 1))):
        yield "%s, %s" % (what, unit), frame.seconds(a), frame.seconds(b), frame.Ratio(a, b)


def both(ours, bare, column):
    return [each[column] for each in ours], [each[column] for each in bare]


def has(python, *modules):
    return subprocess.run([python, "-c", "import " + ", ".join(modules)], stderr=subprocess.DEVNULL).returncode == 0


def with_ready_kernels(python, directory, turns):
    ready = directory / "ready"
    ready.mkdir()
    contestants = ReadyContestants(python, ready)
    try:
        yield from compared(contestants, turns, 1, "a ready kernel with pandas and scikit-learn")
    finally:
        contestants.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="*")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--parallel", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    measured_in = {python: python for python in options.python} or {
        title: str(venv(Path(__file__).with_name("requirements-notebook-%s.txt" % name), say=print) / "bin/python")
        for name, title in ENVIRONMENTS.items()
    }
    python = list(measured_in.values())[-1]
    report = frame.Report(
        "notebook_process", frame.versions(python, "papermill", "ipykernel", "mlflow", "pandas", "pyarrow", "boto3", "gcsfs")
    )
    for title, python in measured_in.items():
        with tempfile.TemporaryDirectory() as directory:
            contestants = Contestants(python, Path(directory))
            rows = list(compared(contestants, options.runs, 1))
            if options.rounds:
                rows += compared(contestants, options.rounds, options.parallel)
            if has(python, *LIBRARIES):
                rows += with_ready_kernels(python, Path(directory), options.runs)
        report.table(title, ("", "ours", "papermill", "ratio"), rows, options.runs)


if __name__ == "__main__":
    main()
