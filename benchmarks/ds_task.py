#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The whole task on a real DolphinScheduler: our JUPYTER plugin against the stock one and against bare papermill.

Two servers side by side, one with our jars in front and one as it is; each is idle while the other works. One task's
time is read from its log: from the worker's first line to "Send task execute result", in milliseconds. The processor
time is what the kernel counts for the processes of the task; unlike the clock it does not depend on who else works.

    python3 benchmarks/ds_task.py [--rounds 15] [--many-rounds 5]
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration-tests" / "harness"))

from dsharness import bundle, notebooks, places  # noqa: E402
from dsharness.finished import own_lines  # noqa: E402
from dsharness.server import Server, tenant  # noqa: E402
from dsharness.venvs import venv  # noqa: E402
from dsharness.workflow import Workflow, notebook  # noqa: E402

DIRECTORY = places.WORK / "benchmark"
MANY = 10

#: The stock plugin knows environments through conda alone: `conda activate NAME` of a venv, at no cost worth naming.
CONDA = """
conda() {
  export PATH="%s/bin:$PATH"
}
"""


def environment():
    """The venv of the measured notebooks."""
    return venv(places.PROJECT / "examples" / "requirements-demo.txt", say=print)


class Scheduler:
    """A server with two workflows of the same notebook: one node, and MANY nodes at once."""

    def __init__(self, name, plugins, environment_name, conda):
        self.name = name
        self.place = DIRECTORY / name
        self.environment_name = environment_name
        self.server = Server(DIRECTORY / ("ds-" + name), plugins=plugins, properties={"conda.path": conda},
                             port=0)

    def prepare(self, source):
        client = self.server.client()
        client.tenant(tenant())
        self.project = client.project("benchmark")
        self.place.mkdir(parents=True)
        self.one = self._create("one", source, 1)
        self.many = self._create("many", source, MANY)

    def _create(self, name, source, count):
        nodes = [notebook("%s-%d" % (name, number), source, self.place / ("%s-%d.ipynb" % (name, number)),
                          self.environment_name, '{"greeting": "hello"}') for number in range(count)]
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
        return children_of(self.server.program.pid)

    def seconds_of_one(self):
        [(begin, end)] = self.run(self.one)
        return (end - begin).total_seconds()

    def seconds_of_many(self):
        spans = self.run(self.many)
        return (max(end for _, end in spans) - min(begin for begin, _ in spans)).total_seconds()


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

    def __init__(self, source, environment_path):
        self.place = DIRECTORY / "bare"
        self.place.mkdir(parents=True)
        self.command = [str(environment_path / "bin" / "papermill"), str(source)]
        self.env = dict(os.environ, PATH="%s:%s" % (environment_path / "bin", os.environ["PATH"]))

    def _start(self, number):
        target = str(self.place / ("%d.ipynb" % number))
        return subprocess.Popen([*self.command, target, "-p", "greeting", "hello"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)

    def _seconds(self, count):
        begin = time.monotonic()
        codes = [process.wait() for process in [self._start(number) for number in range(count)]]
        seconds = time.monotonic() - begin
        if any(codes):
            raise RuntimeError("exit codes %s" % codes)
        return seconds

    def cpu(self):
        return children_of(os.getpid())

    def seconds_of_one(self):
        return self._seconds(1)

    def seconds_of_many(self):
        return self._seconds(MANY)


def alternate(contenders, measure, rounds):
    """{name: [(seconds, processor seconds)]}; one uncounted round first, and the order turns with every round.

    A failed measurement is reported and repeated: kernels that start at once can lose a race for a TCP port.
    """
    seen = {each.name: [] for each in contenders}
    for number in range(rounds + 1):
        turn = number % len(contenders)
        for each in contenders[turn:] + contenders[:turn]:
            result = measured(each, measure)
            if number:
                seen[each.name].append(result)
            # The heartbeat and the log of the last task must not fall into the next one.
            time.sleep(1.0)
    return seen


def measured(contender, measure, attempts=3):
    for _ in range(attempts):
        before = contender.cpu()
        try:
            seconds = getattr(contender, measure)()
            return seconds, contender.cpu() - before
        except RuntimeError as failed:
            print("%s failed and is measured again: %s" % (contender.name, str(failed).strip().splitlines()[-1]))
    raise RuntimeError("%s failed %d times" % (contender.name, attempts))


def report(title, seen):
    clock = {name: [seconds for seconds, _ in results] for name, results in seen.items()}
    median = {name: statistics.median(seconds) for name, seconds in clock.items()}
    print("\n### %s\n" % title)
    print("| | median s | fastest | slowest | to papermill | to stock (median of pairs) | processor s |")
    print("|---|---|---|---|---|---|---|")
    for name, seconds in clock.items():
        pairs = statistics.median(one / stock for one, stock in zip(seconds, clock["stock"]))
        print("| %s | %.2f | %.2f | %.2f | %.2f | %.2f (%.2f) | %.2f |" % (
            name, median[name], min(seconds), max(seconds), median[name] / median["papermill"],
            median[name] / median["stock"], pairs, statistics.median(cpu for _, cpu in seen[name])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="rounds of one task")
    parser.add_argument("--many-rounds", type=int, default=5, help="rounds of %d tasks at once" % MANY)
    chosen = parser.parse_args()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    where = environment()
    source = notebooks.save(DIRECTORY / "trivial.ipynb", notebooks.cell("greeting = 'unset'", "parameters"),
                            "print(greeting)")
    conda = DIRECTORY / "conda.sh"
    conda.write_text(CONDA % where)
    ours = Scheduler("ours", bundle.build(print), str(where), conda)
    stock = Scheduler("stock", (), "venv", conda)
    with stock.server, ours.server:
        for each in (ours, stock):
            each.prepare(source)
        contenders = [Bare(source, where), stock, ours]
        report("One task, %d rounds" % chosen.rounds, alternate(contenders, "seconds_of_one", chosen.rounds))
        report("%d tasks at once, first start to last end, %d rounds" % (MANY, chosen.many_rounds),
               alternate(contenders, "seconds_of_many", chosen.many_rounds))


if __name__ == "__main__":
    main()
