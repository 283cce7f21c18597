#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The whole task on a real DolphinScheduler: our JUPYTER plugin against the stock one and against bare papermill.

Two servers side by side, one with our jars in front and one as it is; each is idle while the other works. One task's
time is read from its log: from the worker's first line to "Send task execute result", in milliseconds. The processor
time is what the kernel counts for the processes of the task; unlike the clock it does not depend on who else works.

    python3 benchmarks/ds_task.py [--rounds 11] [--many-rounds 3] [--requirements FILE]
"""

import argparse
import ctypes
import os
import re
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

import frame

from dsharness import bundle, notebooks, places
from dsharness.finished import own_lines
from dsharness.server import Server, java, tenant
from dsharness.venvs import venv
from dsharness.workflow import Workflow, notebook

DIRECTORY = places.WORK / "benchmark"
MANY = 10

#: The stock plugin knows environments through conda alone: `conda activate NAME` of a venv, at no cost worth naming.
CONDA = """
conda() {
  export PATH="%s/bin:$PATH"
}
"""


_PR_SET_CHILD_SUBREAPER = 36


def environment():
    """The venv of the measured notebooks."""
    return venv(places.PROJECT / "examples" / "requirements-demo.txt", say=print)


class Orphans:
    """Adopts the processes that leave a worker's process tree, as those of our plugins do, so that their processor time is
    counted here."""

    def __init__(self):
        if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise RuntimeError("this system has no subreapers")

    def wait(self, servers):
        """Returns when all are waited for; `servers` are our own children, which live on."""
        while True:
            left = [pid for pid in _children() if pid not in servers]
            if not left:
                return
            for pid in left:
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.002)


def _children():
    me = os.getpid()
    with open("/proc/%d/task/%d/children" % (me, me)) as children:
        return [int(pid) for pid in children.read().split()]


class Scheduler:
    """A server with two workflows of the same notebook: one node, and MANY nodes at once."""

    def __init__(self, name, plugins, environment_name, conda, orphans):
        self.name = name
        self.orphans = orphans
        self.place = DIRECTORY / name
        self.environment_name = environment_name
        self.server = Server(DIRECTORY / ("ds-" + name), plugins=plugins, properties={"conda.path": conda}, port=0)

    def prepare(self, source):
        client = self.server.client()
        client.tenant(tenant())
        self.project = client.project("benchmark")
        self.place.mkdir(parents=True)
        self.one = self._create("one", source, 1)
        self.many = self._create("many", source, MANY)

    def _create(self, name, source, count):
        nodes = [
            notebook(
                "%s-%d" % (name, number),
                source,
                self.place / ("%s-%d.ipynb" % (name, number)),
                self.environment_name,
                '{"greeting": "hello"}',
            )
            for number in range(count)
        ]
        return self.project.create(Workflow(name, nodes), tenant())

    def run(self, code):
        """(first line, result sent) of each task, as times."""
        instance = self.project.start(code)
        self.project.wait(instance)
        tasks = self.project.tasks(instance)
        for each in tasks:
            if each["state"] != "SUCCESS":
                raise RuntimeError("%s: %s" % (each["name"], " | ".join(own_lines(self.project.log(each["id"]))[-3:])))
        return [span(self.project.log(each["id"])) for each in tasks]

    def cpu(self):
        # Nothing of a task runs at this moment: the servers are the only children that live.
        self.orphans.wait(SERVERS)
        return children_of(self.server.program.pid) + children_of(os.getpid())

    def seconds_of_one(self):
        [(begin, end)] = self.run(self.one)
        return (end - begin).total_seconds()

    def seconds_of_many(self):
        spans = self.run(self.many)
        return (max(end for _, end in spans) - min(begin for begin, _ in spans)).total_seconds()


#: The process ids of the servers.
SERVERS = set()


def children_of(pid):
    """Processor seconds of all ended processes that `pid` and its children have waited for."""
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def span(log):
    heads = re.findall(r"^\[[A-Z]+\] (\S+ \S+) [+-]\d{4} - (.*)", log, re.MULTILINE)
    moment = "%Y-%m-%d %H:%M:%S.%f"
    end = next(when for when, message in heads if message.startswith("Send task execute result"))
    return datetime.strptime(heads[0][0], moment), datetime.strptime(end, moment)


class Bare:
    """papermill from the same venv without a scheduler."""

    name = "papermill"

    def __init__(self, source, environment_path, orphans):
        self.orphans = orphans
        self.place = DIRECTORY / "bare"
        self.place.mkdir(parents=True)
        self.command = [str(environment_path / "bin" / "papermill"), str(source)]
        self.env = dict(os.environ, PATH="%s:%s" % (environment_path / "bin", os.environ["PATH"]))

    def _start(self, number):
        target = str(self.place / ("%d.ipynb" % number))
        return subprocess.Popen(
            [*self.command, target, "-p", "greeting", "hello"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.env,
        )

    def _seconds(self, count):
        begin = time.monotonic()
        codes = [process.wait() for process in [self._start(number) for number in range(count)]]
        seconds = time.monotonic() - begin
        if any(codes):
            raise RuntimeError("exit codes %s" % codes)
        return seconds

    def cpu(self):
        self.orphans.wait(SERVERS)
        return children_of(os.getpid())

    def seconds_of_one(self):
        return self._seconds(1)

    def seconds_of_many(self):
        return self._seconds(MANY)


def measured(contender, measure, attempts=3):
    for _ in range(attempts):
        before = contender.cpu()
        try:
            seconds = getattr(contender, measure)()
            used = contender.cpu() - before
            # The heartbeat and the log of the last task must not fall into the next one.
            time.sleep(1.0)
            return seconds, used
        except RuntimeError as failed:
            print("%s failed and is measured again: %s" % (contender.name, str(failed).strip().splitlines()[-1]))
    raise RuntimeError("%s failed %d times" % (contender.name, attempts))


def rows(contenders, seen):
    clock = [[seconds for seconds, _ in results] for results in seen]
    used = [[seconds for _, seconds in results] for results in seen]
    for contender, seconds, processor in zip(contenders, clock, used):
        yield [
            contender.name,
            frame.seconds(seconds),
            "%.2f s" % min(seconds),
            frame.Ratio(seconds, clock[0]),
            frame.Ratio(seconds, clock[1]),
            frame.seconds(processor),
            frame.Ratio(processor, used[0]),
            frame.Ratio(processor, used[1]),
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11, help="rounds of one task")
    parser.add_argument("--many-rounds", type=int, default=3, help="rounds of %d tasks at once" % MANY)
    parser.add_argument("--requirements", help="what the notebooks run in; by default the environment of the demo")
    chosen = parser.parse_args()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    where = venv(Path(chosen.requirements), say=print) if chosen.requirements else environment()
    source = notebooks.save(DIRECTORY / "trivial.ipynb", notebooks.cell("greeting = 'unset'", "parameters"), "print(greeting)")
    conda = DIRECTORY / "conda.sh"
    conda.write_text(CONDA % where)
    orphans = Orphans()
    ours = Scheduler("ours", bundle.build(print), str(where), conda, orphans)
    stock = Scheduler("stock", (), "venv", conda, orphans)
    report = frame.Report(
        "ds_task",
        dict(
            frame.java_version(java()),
            DolphinScheduler="3.1.1",
            **frame.versions(where / "bin/python", "papermill", "ipykernel", "mlflow"),
        ),
    )
    with stock.server, ours.server:
        SERVERS.update((stock.server.program.pid, ours.server.program.pid))
        for each in (ours, stock):
            each.prepare(source)
        contenders = [Bare(source, where, orphans), stock, ours]
        for title, measure, turns in (
            ("one task", "seconds_of_one", chosen.rounds),
            ("ten at once, first start to last end", "seconds_of_many", chosen.many_rounds),
        ):
            seen = frame.alternate(contenders, lambda each: measured(each, measure), turns)
            report.table(
                title,
                ("", "median", "fastest", "to papermill", "to stock", "processor", "to papermill", "to stock"),
                rows(contenders, seen),
                turns,
            )


if __name__ == "__main__":
    main()
