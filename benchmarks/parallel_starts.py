#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Many one-cell notebooks, several at once, on a real DolphinScheduler: how many fail.

Kernels that start together can lose a race for a TCP port, and a notebook fails without a fault of its own. A worker
of as many threads as notebooks are to run at once works off workflows of BATCH nodes.

    python3 benchmarks/parallel_starts.py [--count 1000] [--at-once 10]
"""

import argparse
import shutil
import sys
import time

import frame
from ds_task import environment, span

from dsharness import bundle, notebooks, places
from dsharness.finished import own_lines
from dsharness.server import Server, java, tenant
from dsharness.workflow import Workflow, notebook

DIRECTORY = places.WORK / "parallel"
BATCH = 50


def run_batch(project, source, where, count):
    """The tasks of one workflow of `count` notebooks, when it has ended."""
    place = DIRECTORY / ("batch-%d" % time.time())
    place.mkdir()
    nodes = [notebook("n%d" % number, source, place / ("%d.ipynb" % number), str(where)) for number in range(count)]
    instance = project.start(project.create(Workflow(place.name, nodes), tenant()))
    project.wait(instance, seconds=3600, every=1.0)
    return project.tasks(instance)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="how many notebooks")
    parser.add_argument("--at-once", type=int, default=10, help="how many of them run at the same time")
    chosen = parser.parse_args()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir(parents=True)
    where = environment()
    source = notebooks.save(DIRECTORY / "one-cell.ipynb", "print('hello')")
    jars = bundle.build(print)
    failed, seconds, begin = [], [], time.monotonic()
    with Server(DIRECTORY / "ds", plugins=jars, worker_threads=chosen.at_once, port=0) as server:
        client = server.client()
        client.tenant(tenant())
        project = client.project("parallel")
        while len(failed) + len(seconds) < chosen.count:
            tasks = run_batch(project, source, where, min(BATCH, chosen.count - len(failed) - len(seconds)))
            for task in tasks:
                log = project.log(task["id"])
                if task["state"] == "SUCCESS":
                    first, end = span(log)
                    seconds.append((end - first).total_seconds())
                else:
                    failed.append(task["id"])
                    print("%s %s: %s" % (task["name"], task["state"], " | ".join(own_lines(log)[-3:])))
            print("%d of %d done, %d failed" % (len(failed) + len(seconds), chosen.count, len(failed)), flush=True)
    report = frame.Report(
        "parallel_starts",
        dict(
            frame.java_version(java()), DolphinScheduler="3.1.1", **frame.versions(where / "bin/python", "papermill", "ipykernel")
        ),
    )
    report.table(
        "many notebooks, some at once",
        ("notebooks", "at once", "failed", "median of one", "slowest", "all"),
        [
            [
                format(chosen.count, ","),
                str(chosen.at_once),
                str(len(failed)),
                frame.seconds(seconds),
                "%.1f s" % max(seconds),
                "%.0f s" % (time.monotonic() - begin),
            ]
        ],
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
