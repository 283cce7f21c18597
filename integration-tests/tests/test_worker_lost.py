# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A worker is lost while tasks run: DolphinScheduler's master restarts them on another one."""

import json
import os
import signal
import time

import pytest

from dsharness import notebooks
from dsharness.finished import Finished
from dsharness.processes import living, signal_all
from dsharness.server import tenant
from dsharness.waiting import wait_until
from dsharness.worker import Worker
from dsharness.workflow import Workflow, notebook

GROUP = "may-be-lost"

#: The first attempt leaves a process that no signal but SIGKILL ends, and never comes to its end.
CELL = """
import json, os, subprocess, time
open(target + '.attempts', 'a').write('x')
if os.path.getsize(target + '.attempts') == 1:
    daemon = subprocess.Popen(['bash', '-c', 'trap "" TERM INT HUP; sleep 600 & wait'], start_new_session=True)
    with open(target + '.part', 'w') as stream:
        json.dump({'mark': 'DOLPHINML_RUN=' + os.environ['DOLPHINML_RUN'], 'program': os.getppid()}, stream)
    os.rename(target + '.part', target)
    time.sleep(600)
"""

NAMES = ("worker lost", "worker and program lost")


def node(place, environment, name):
    source = notebooks.save(place / (name + ".ipynb"), notebooks.cell("target = ''", "parameters"), CELL)
    return notebook(
        name,
        source,
        place / (name + "-out.ipynb"),
        str(environment),
        json.dumps({"target": str(place / name)}),
        worker_group=GROUP,
    )


def told(place, name):
    file = place / name
    wait_until(file.exists, 300, "the notebook of '%s'" % name)
    return json.loads(file.read_text())


def end(mark):
    signal_all(living(mark))


@pytest.fixture(scope="module")
def lost(second_ds, place, environment):
    """Kills the worker of both tasks, and the program of one.

    Yields what the first attempts told, what was left of the task whose program was let live when nothing but the
    program could have ended it, and the finished instance.
    """
    client = second_ds.client()
    project = client.project("fail-over")
    client.tenant(tenant())
    [other] = client.get("/monitor/workers")
    abouts = {}
    with Worker(second_ds, place / "worker") as worker:
        client.post("/worker-groups", name=GROUP, addrList=worker.address)
        try:
            workflow = Workflow("fails over", [node(place, environment, name) for name in NAMES])
            instance = project.start(project.create(workflow, tenant()))
            abouts.update((name, told(place, name)) for name in NAMES)
            os.kill(worker.program.pid, signal.SIGKILL)
            os.kill(abouts[NAMES[1]]["program"], signal.SIGKILL)
            begin = time.monotonic()
            while living(abouts[NAMES[0]]["mark"]) and time.monotonic() < begin + 120:
                time.sleep(0.1)
            left = living(abouts[NAMES[0]]["mark"])
            gone = time.monotonic() - begin
            # Only from here on there is a worker on which the master may restart them.
            [group] = client.get("/worker-groups", pageNo=1, pageSize=10, searchVal=GROUP)["totalList"]
            client.delete("/worker-groups/%d" % group["id"])
            client.post("/worker-groups", name=GROUP, addrList="%s:%d" % (other["host"], other["port"]))
            finished = Finished(project, instance, project.wait(instance))
            print("gone after %.1f s, done again after %.1f s" % (gone, time.monotonic() - begin))
            yield abouts, left, finished
        finally:
            for about in abouts.values():
                end(about["mark"])


@pytest.mark.parametrize("name", NAMES)
def test_the_task_is_done_again(lost, place, name):
    _, _, finished = lost
    states = [each["state"] for each in finished.attempts(name)]
    assert states == ["NEED_FAULT_TOLERANCE", "SUCCESS"], finished.lines(name)[-20:]
    assert (place / (name + ".attempts")).stat().st_size == 2


def test_the_program_ends_when_its_worker_is_gone(lost):
    _, left, _ = lost
    assert left == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_first_attempt_is_left(lost, name):
    abouts, _, _ = lost
    assert living(abouts[name]["mark"]) == set()


def test_the_second_attempt_says_what_it_found(lost):
    _, _, finished = lost
    assert any("A former run of this task" in line for line in finished.lines(NAMES[1]))
