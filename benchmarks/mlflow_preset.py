#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""An MLFLOW node's preset against `python train.py` of the same preset in the same environment, alternating.

    python3 benchmarks/mlflow_preset.py [PYTHON] [--runs 5]

PYTHON is the Python of an environment with what the presets need, without one that of the project's tests; its MLflow also serves
the runs, on loopback. Whole processes are timed, from start to exit, after one run of each that does not count: a training of ten
seconds or more, a tiny one, and a search of AutoML of a second.
"""

import argparse
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import frame

from dsharness.mlflow_server import MlflowServer
from dsharness.venvs import venv

FOLDERS = [("task-ml-common", "common"), ("task-ml-common", "environment"), ("task-mlflow", "mlflow")]
TINY = {"algorithm": "lr", "params": "", "searchParams": ""}
AUTOML = {"jobType": "AutoML", "automlTool": "flaml", "algorithm": None, "params": "time_budget=1;max_iter=1", "searchParams": ""}
LONG = {"algorithm": "svm", "params": "gamma=0.5", "searchParams": "C=[1.0, 10.0, 100.0]"}
ENOUGH = 10.0


class Contestants:
    """The two commands for one training."""

    def __init__(self, python, directory, server, rows, fields):
        self.python = python
        self.directory = directory
        self.server = server
        self.data = directory / ("data-%d.csv" % rows)
        write_data(self.data, rows)
        self.preset = dict(
            {
                "jobType": "BasicAlgorithm",
                "automlTool": None,
                "isSearchParams": None,
                "dataPath": str(self.data),
                "labelColumn": "label",
                "registerModel": False,
                "modelName": None,
                "promoteIf": None,
            },
            **fields,
        )
        self.bare_programs = self._programs("bare")

    def _programs(self, name):
        return frame.stage(self.directory / ("%s-%s" % (name, uuid.uuid4().hex[:8])), *FOLDERS)

    def bare(self):
        request = self.directory / "request.json"
        request.write_text(json.dumps(self.preset))
        return [
            self.python,
            str(self.bare_programs / "mlflow/preset/train.py"),
            str(request),
            str(self.directory / "result.json"),
        ]

    def ours(self):
        # Staged for each run, as the worker does: nothing is compiled before.
        programs = self._programs("ours")
        private = programs.parent / "private"
        private.mkdir()
        (private / "request.json").write_text(
            json.dumps(
                {
                    "task": {"name": "a task", "instanceId": 1},
                    "workdir": str(self.directory),
                    "secrets": [],
                    "outputs": [],
                    "project": {
                        "trackingUri": self.server.address,
                        "experimentName": "benchmark",
                        "outputs": [],
                        "preset": self.preset,
                        "presetEnvironment": {},
                    },
                }
            )
        )
        return [self.python, str(programs / "mlflow/project/run_project.py"), str(private / "request.json")]

    def seconds(self, argv):
        """(seconds of the clock, seconds of processor time)"""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        environment.update(
            MLFLOW_TRACKING_URI=self.server.address,
            MLFLOW_EXPERIMENT_NAME="benchmark",
            DOLPHINML_RUN=uuid.uuid4().hex,
            NO_PROXY="127.0.0.1",
        )
        begin, before = time.monotonic(), processor()
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=str(self.directory),
        )
        span = time.monotonic() - begin, processor() - before
        if done.returncode:
            raise SystemExit("a run failed:\n" + done.stdout.decode("utf-8", "replace"))
        return span


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_data(path, rows):
    """Two classes that overlap, twelve columns."""
    chance = random.Random(7)
    with path.open("w") as stream:
        stream.write(",".join("c%d" % number for number in range(12)) + ",label\n")
        for row in range(rows):
            values = ["%.3f" % chance.gauss(0.4 * (row % 2), 1.0) for _ in range(12)]
            stream.write(",".join(values) + ",%d\n" % (row % 2))


def compared(what, contestants, turns):
    ours, bare = frame.alternate([contestants.ours, contestants.bare], lambda make: contestants.seconds(make()), turns)
    for number, unit in enumerate(("clock", "processor")):
        a, b = [each[number] for each in ours], [each[number] for each in bare]
        more = "%.2f s" % statistics.median(one - other for one, other in zip(a, b))
        yield "%s, %s" % (what, unit), frame.seconds(a), frame.seconds(b), frame.Ratio(a, b), more


def long_enough(python, directory, server):
    """A training that takes ten seconds or more, of processor time: the clock of a busy machine says little."""
    rows = 2000
    while True:
        contestants = Contestants(python, directory, server, rows, LONG)
        if contestants.seconds(contestants.bare())[1] >= ENOUGH:
            return contestants
        rows = int(rows * 1.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, stack: sys.exit(1))
    python = options.python or str(venv(frame.PROJECT / ".ci/requirements-python.txt", say=print) / "bin/python")
    report = frame.Report("mlflow_preset", frame.versions(python, "mlflow", "scikit-learn", "pandas", "flaml"))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with MlflowServer(directory / "server", Path(python).parents[1], port=0) as server:
            rows = list(compared("a tiny training", Contestants(python, directory, server, 150, TINY), options.runs))
            rows += compared("a search of AutoML", Contestants(python, directory, server, 151, AUTOML), options.runs)
            rows += compared("a training of ten seconds", long_enough(python, directory, server), options.runs)
    report.table("A preset against its own train.py", ("", "ours", "train.py", "ratio", "more"), rows, options.runs)


if __name__ == "__main__":
    main()
