#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Time and memory against size: what a task or a command takes for a quarter, a half and the whole of a large piece of work.

    python3 benchmarks/growth.py [--only NAME ...]

The last column compares what the second half adds with what the second quarter adds, for as much work: 1.00 is a straight
line, 2.00 a square. It is made of processor time, which does not depend on who else works. Cells: clock, processor, most memory.
"""

import argparse
import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import frame
from notebook_process import NOTEBOOK, Contestants

from dsharness.ports import free_port
from dsharness.venvs import venv

ROUNDS = 3
PARTS = (4, 2, 1)
COMMON = frame.PROJECT / "task-ml-common/src/main/resources"
MLFLOW = frame.PROJECT / "task-mlflow/src/main/resources"
sys.path[:0] = map(str, (COMMON, MLFLOW))

from dolphinml.mlflow.deploy.relay import control  # noqa: E402

# Starts the commands, because a process counts the memory of the one that has forked it as its own, and this one grows.
LAUNCHER = concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def run(argv, **variables):
    """(seconds, processor seconds, megabytes of the largest process) of a command, which must succeed."""
    return LAUNCHER.submit(launched, argv, variables).result()


def launched(argv, variables):
    """What `run` returns, seen from the process that starts the command."""
    begin = time.monotonic()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **variables),
    )
    said = process.stderr.read()
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise SystemExit("%s: %s" % (" ".join(argv), said.decode("utf-8", "replace")[-2000:]))
    return time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


class Notebooks:
    """Notebooks of different sizes by our program."""

    def __init__(self, python, directory, **request):
        self.contestants = Contestants(python, directory, **request)

    def close(self):
        """There is nothing to end."""

    def run(self, *cells, **request):
        cells = [dict(NOTEBOOK["cells"][0], source=source, id="c%d" % number) for number, source in enumerate(cells)]
        self.contestants.source.write_text(json.dumps(dict(NOTEBOOK, cells=cells)))
        self.contestants.options = request
        try:
            return run(self.contestants.ours())
        finally:
            for output in self.contestants.directory.glob("out-*"):
                shutil.rmtree(output) if output.is_dir() else output.unlink()


class Cells(Notebooks):
    what, size = "%s cells", 2000

    def measure(self, size):
        return self.run(*["pass"] * size)


class Lines(Notebooks):
    what, size = "10,000 lines printed in each of %s cells", 100

    def measure(self, size):
        return self.run(*["for number in range(10000): print('line', number)"] * size)


class Parameters(Notebooks):
    what, size = "%s MB of parameters", 50

    def measure(self, size):
        return self.run("pass", parameters={"text%d" % number: "x" * (1 << 20) for number in range(size)})


class Output(Notebooks):
    what, size = "an output notebook of %s MB", 200

    def measure(self, size):
        picture = "from IPython.display import display; display({'image/png': 'A' * (1 << 20)}, raw=True)"
        return self.run(*[picture] * size)


class Environments:
    """A cache of environments, which hold a few files each."""

    size = 500

    def __init__(self, python, directory):
        self.python = python
        self.root = directory

    def close(self):
        """There is nothing to end."""

    def fill(self, size):
        shutil.rmtree(self.root, ignore_errors=True)
        tree = self.root / "cache" / _user()
        tree.mkdir(parents=True, mode=0o700)
        for number in range(size):
            key = "%020x" % number
            name = key + "-%06x" % number
            (tree / name / "bin").mkdir(parents=True)
            (tree / name / "bin" / "python").symlink_to(sys.executable)
            (tree / name / "dolphinml-environment.lease").touch()
            (tree / name / "dolphinml-environment.json").write_text(
                json.dumps(
                    {"source": "requirements.txt", "python": "3.11", "tool": "pip", "size": 1000000, "kind": "requirements"}
                )
            )
            (tree / key).symlink_to(name)
        (self.root / "common.properties").write_text("ml.environment.cacheDir=%s\n" % (self.root / "cache"))

    def command(self, *words):
        return run(
            [self.python, "-m", "dolphinml.cache", "--properties", str(self.root / "common.properties"), *words],
            PYTHONPATH=str(COMMON),
        )


class ListEnvironments(Environments):
    what = "listing %s cached environments"

    def measure(self, size):
        self.fill(size)
        return self.command("list")


class PruneEnvironments(Environments):
    what = "removing %s cached environments"

    def measure(self, size):
        self.fill(size)
        return self.command("prune", "--limit", "0")


class FindEnvironment(Environments):
    what = "finding one of %s cached environments, a hundred times"

    FIND = (
        "import sys; from dolphinml.environment.store import EnvironmentStore\n"
        "for number in range(100): EnvironmentStore(sys.argv[1]).find('%020x' % number).release()"
    )

    def measure(self, size):
        self.fill(size)
        return run([self.python, "-c", self.FIND, str(self.root / "cache" / _user())], PYTHONPATH=str(COMMON))


class Deployments:
    """Deployments of this user: fronts as tasks leave them, each with a small server behind it. They grow in number and are
    ended when all is measured."""

    size = 200

    def __init__(self, python, directory):
        self.python = python
        self.directory = directory
        self.program = frame.stage(directory / "program", ("task-ml-common", "common"), ("task-mlflow", "mlflow"))
        (directory / "server.py").write_text(SERVER)
        (directory / "common.properties").write_text("ml.mlflow.stateDir=%s\n" % (directory / "state"))
        self.state = directory / "state" / _user() / os.uname().nodename.partition(".")[0]
        self.state.mkdir(parents=True, mode=0o700)
        self.state.parent.chmod(0o700)
        self.places = []

    def grow(self, size):
        while len(self.places) < size:
            self._deploy("deployment-%03d" % len(self.places))

    def _deploy(self, name):
        place = self.state / name
        place.mkdir(mode=0o700)
        self.places.append(place)
        port = free_port()
        reader, writer = os.pipe()
        with open(place / "front.log", "wb") as log:
            subprocess.run(
                [
                    self.python,
                    "-s",
                    "-S",
                    "-E",
                    str(self.program / "mlflow/deploy/relay/front.py"),
                    str(place),
                    "127.0.0.1",
                    str(port),
                    "first",
                    str(writer),
                ],
                pass_fds=(writer,),
                stdout=log,
                stderr=log,
                check=True,
            )
        os.close(writer)
        with open(reader, "rb") as ready:
            if ready.read(5) != b"ready":
                raise SystemExit((place / "front.log").read_text())
        session = control.FrontConnection(str(place))
        started = session.query(
            "start",
            number=1,
            host="127.0.0.1",
            port=port,
            specification={
                "argv": [self.python, "-s", "-S", "-E", str(self.directory / "server.py"), "{port}"],
                "env": dict(os.environ),
                "cwd": str(place),
                "log": str(place / "server-1.log"),
            },
        )
        known = {
            "name": name,
            "deployType": "MLFLOW",
            "model": {"uri": "models:/m/1"},
            "since": "2026-01-01T00:00:00+0000",
            "endpoint": "http://127.0.0.1:%d" % port,
            "serverPid": started.get("pid"),
            "generation": 1,
        }
        session.query("switch", generation=1, record=known, drainSeconds=1, foreground=False, restart=False)
        (place / "record.json").write_text(json.dumps(known))
        session.close()

    def command(self, *words):
        return run(
            [
                self.python,
                "-m",
                "dolphinml.deployments",
                "--properties",
                str(self.directory / "common.properties"),
                "--user",
                _user(),
                *words,
            ],
            PYTHONPATH="%s:%s" % (COMMON, MLFLOW),
        )

    def close(self):
        for place in self.places:
            self._end(place)

    @staticmethod
    def _end(place):
        pid = None
        try:
            with control.FrontConnection(str(place)) as front:
                pid = front.query("hello")["pid"]
                front.query("stop", drainSeconds=0)
        except Exception as error:  # one that does not answer must not keep the others from their end
            print("%s: %s" % (place.name, error), file=sys.stderr, flush=True)
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)


SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class ListDeployments(Deployments):
    what = "listing %s deployments with their states"

    def measure(self, size):
        self.grow(size)
        return self.command("list")


class ShowDeployment(Deployments):
    what = "the status of one of %s deployments"

    def measure(self, size):
        self.grow(size)
        return self.command("status", "deployment-000")


def _user():
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


KINDS = {
    "cells": Cells,
    "lines": Lines,
    "parameters": Parameters,
    "output": Output,
    "list": ListEnvironments,
    "prune": PruneEnvironments,
    "find": FindEnvironment,
    "deployments": ListDeployments,
    "status": ShowDeployment,
}


def measurements(measured, sizes, rounds):
    """{size: [what was measured]}, in turns; what only grows is measured several times at each size."""
    seen = {size: [] for size in sizes}
    turns = [size for size in sizes for _ in range(rounds)] if isinstance(measured, Deployments) else sizes * rounds
    for size in turns:
        seen[size].append(measured.measure(size))
    return seen


def row(kind, python, rounds):
    sizes = [kind.size // part for part in PARTS]
    with tempfile.TemporaryDirectory() as directory:
        measured = kind(python, Path(directory))
        try:
            seen = measurements(measured, sizes, rounds)
        finally:
            measured.close()
    clock, processor, memory = ([statistics.median(each[column] for each in seen[size]) for size in sizes] for column in range(3))
    cells = ["%.1f s, %.1f s, %.0f MB" % each for each in zip(clock, processor, memory)]
    first, second = processor[1] - processor[0], (processor[2] - processor[1]) / 2
    # What takes no time that differs from chance has no line.
    growth = "%.2f" % (second / first) if second > 0.2 and first > 0 else "flat"
    return [kind.what % format(kind.size, ","), *cells, growth]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(KINDS), default=list(KINDS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, stack: sys.exit(1))
    python = str(venv(Path(__file__).with_name("requirements-notebook-small.txt"), say=print) / "bin/python")
    report = frame.Report("growth", frame.versions(python, "papermill", "ipykernel"))
    rows = []
    for name in options.only:
        rows.append(row(KINDS[name], python, options.rounds))
        print(rows[-1], file=sys.stderr, flush=True)
    report.table("time and memory against size", ("", "a quarter", "a half", "the whole", "growth"), rows, options.rounds)


if __name__ == "__main__":
    main()
