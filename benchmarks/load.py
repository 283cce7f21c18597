#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Many tasks at once on one worker: heap and threads of its JVM, for our JUPYTER plugin and for the stock one.

What a task runs is a stand-in that sleeps: the JVM is measured, and a hundred real kernels would fill the machine. Two
servers, one after the other; each is measured idle, with all tasks at work, and after their end, the heap after a
collection of garbage.

    python3 benchmarks/load.py [--tasks 100]
"""

import argparse
import re
import shutil
import subprocess
import time
from pathlib import Path

import frame

from dsharness import bundle, places
from dsharness.server import Server, java, tenant
from dsharness.workflow import Workflow, notebook

DIRECTORY = places.WORK / "load"
SECONDS = 60

#: Our program's place: sleeps, and reports success.
PYTHON = """#!/bin/bash
touch "%(started)s/$$"
sleep %(seconds)d
echo '{"status": "success", "outputs": {}}' > "${2%%/*}/report.json"
"""

#: What the stock plugin calls, in an environment that `conda activate` puts on PATH.
PAPERMILL = """#!/bin/bash
touch "%(started)s/$$"
sleep %(seconds)d
"""

CONDA = """
conda() {
  export PATH="%s/bin:$PATH"
}
"""


def program(path, text, started):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text % {"started": started, "seconds": SECONDS})
    path.chmod(0o755)


class Jvm:
    """A server's JVM, asked by jcmd."""

    def __init__(self, pid):
        self.pid = str(pid)
        self.jcmd = str(Path(shutil.which(java()) or java()).resolve().parent / "jcmd")

    def _ask(self, *command):
        return subprocess.run([self.jcmd, self.pid, *command], stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout

    def threads(self):
        return len(re.findall(r'^"', self._ask("Thread.print"), re.MULTILINE))

    def heap(self):
        """Bytes of live objects, in kB."""
        self._ask("GC.run")
        total = re.search(r"^Total\s+\d+\s+(\d+)", self._ask("GC.class_histogram"), re.MULTILINE)
        return int(total.group(1)) // 1024


def measured(name, plugins, environment_name, conda, started, tasks):
    place = DIRECTORY / name
    place.mkdir()
    with Server(
        DIRECTORY / ("ds-" + name), plugins=plugins, properties={"conda.path": conda}, worker_threads=tasks, port=0
    ) as server:
        client = server.client()
        client.tenant(tenant())
        project = client.project("load")
        nodes = [notebook("n%d" % number, "in.ipynb", place / ("%d.ipynb" % number), environment_name) for number in range(tasks)]
        code = project.create(Workflow("load", nodes), tenant())
        # Once before it is measured: classes are loaded, pools are filled.
        run(project, code, started, tasks, lambda: None)
        jvm = Jvm(server.program.pid)
        idle = jvm.threads(), jvm.heap()
        busy = run(project, code, started, tasks, lambda: (jvm.threads(), jvm.heap()))
        time.sleep(20)
        return idle, busy, (jvm.threads(), jvm.heap())


def run(project, code, started, tasks, look):
    for file in started.iterdir():
        file.unlink()
    instance = project.start(code)
    deadline = time.monotonic() + 120
    while len(list(started.iterdir())) < tasks and time.monotonic() < deadline:
        time.sleep(0.5)
    at_work = len(list(started.iterdir()))
    seen = look()
    if at_work < tasks:
        raise RuntimeError("only %d of %d tasks were at work at once" % (at_work, tasks))
    state = project.wait(instance, seconds=600)
    if state != "SUCCESS":
        raise RuntimeError("the workflow ended as " + state)
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=100, help="how many tasks at once")
    chosen = parser.parse_args()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    started = DIRECTORY / "started"
    started.mkdir(parents=True)
    environment = DIRECTORY / "environment"
    program(environment / "bin" / "python", PYTHON, started)
    program(environment / "bin" / "papermill", PAPERMILL, started)
    conda = DIRECTORY / "conda.sh"
    conda.write_text(CONDA % environment)
    rows = []
    for name, plugins, environment_name in (("ours", bundle.build(print), str(environment)), ("stock", (), "any")):
        rows.append((name, *measured(name, plugins, environment_name, conda, started, chosen.tasks)))
    report = frame.Report("load", dict(frame.java_version(java()), DolphinScheduler="3.1.1"))
    report.table(
        "a hundred tasks at once" if chosen.tasks == 100 else "%d tasks at once" % chosen.tasks,
        ("", "threads idle", "threads for each task", "threads after", "heap idle", "heap for each task", "heap after"),
        [
            [
                name,
                str(idle[0]),
                "%.2f" % ((busy[0] - idle[0]) / chosen.tasks),
                str(after[0]),
                "%.0f MB" % (idle[1] / 1024),
                "%.0f kB" % ((busy[1] - idle[1]) / chosen.tasks),
                "%.0f MB" % (after[1] / 1024),
            ]
            for name, idle, busy, after in rows
        ],
    )


if __name__ == "__main__":
    main()
