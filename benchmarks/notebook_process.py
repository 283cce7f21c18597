#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Our program for a notebook against the bare `papermill` command of the same environment, in one run, alternating.

    python3 benchmarks/notebook_process.py PYTHON [--runs 15] [--parallel 10] [--rounds 5]

PYTHON is the Python of an environment with papermill and ipykernel. Whole processes are timed, from start to exit. The
processor time is what the kernel counts for them and their children; unlike the clock it depends little on who else works.
"""

import argparse
import collections
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
FOLDERS = {"common": "task-ml-common", "jupyter": "task-jupyter"}
NOTEBOOK = {
    "cells": [{"cell_type": "code", "id": "one", "metadata": {}, "execution_count": None, "outputs": [],
               "source": "print('hello')"}],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4, "nbformat_minor": 5,
}


class Contestants:
    """`options` are fields of our program's request."""

    def __init__(self, python, directory, **options):
        self.python = python
        self.options = options
        self.directory = directory
        self.source = directory / "in.ipynb"
        self.source.write_text(json.dumps(NOTEBOOK))
        self.count = 0
        self.programs = directory / "python" / "dolphinml"
        self.programs.mkdir(parents=True)
        for folder, module in FOLDERS.items():
            # Copied as the worker stages them: without compiled files beside them.
            shutil.copytree(PROJECT / module / "src/main/resources/dolphinml" / folder, self.programs / folder,
                            ignore=shutil.ignore_patterns("__pycache__"))

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
        request.write_text(json.dumps({
            "task": {}, "workdir": str(self.directory), "secrets": [], "outputs": [],
            "notebook": dict({"input": str(self.source), "output": output, "parameters": {}, "parameterTypes": "exact",
                              "others": [], "report": "none", "resume": True, "runKey": "1/a", "outputLimit": 65536},
                             **self.options),
        }))
        return [self.python, str(self.programs / "jupyter" / "run_notebook.py"), str(request)]


def start(argv):
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env=dict(os.environ, DOLPHINML_RUN=uuid.uuid4().hex))


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
    for _ in range(attempts):
        span, used, failed = measured([contestant() for _ in range(count)])
        if not failed:
            return span, used
        losses[contestant.__name__] += failed
    raise SystemExit("%s fails at every attempt" % contestant.__name__)


def compare(title, contestants, runs, count):
    turns = [contestants.ours, contestants.bare]
    losses = collections.Counter()
    for contestant in turns:
        whole(contestant, count, losses)
    seen = {contestant: [] for contestant in turns}
    for number in range(runs):
        # Who is first changes with every round.
        for contestant in turns if number % 2 else reversed(turns):
            seen[contestant].append(whole(contestant, count, losses))
    for unit, column in (("clock", 0), ("processor", 1)):
        ours, bare = ([each[column] for each in seen[contestant]] for contestant in turns)
        pairs = [a / b for a, b in zip(ours, bare)]
        print("%s, %s: ours %.3f s, papermill %.3f s, ratio of medians %.2f, of pairs %.2f (%.2f to %.2f), %d runs"
              % (title, unit, statistics.median(ours), statistics.median(bare),
                 statistics.median(ours) / statistics.median(bare), statistics.median(pairs), min(pairs), max(pairs),
                 runs), flush=True)
    if losses:
        print("%s: runs that failed and were measured again: %s" % (title, dict(losses)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--parallel", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        contestants = Contestants(options.python, Path(directory))
        compare("one notebook", contestants, options.runs, 1)
        compare("%d at once" % options.parallel, contestants, options.rounds, options.parallel)


if __name__ == "__main__":
    main()
