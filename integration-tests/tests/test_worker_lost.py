# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A worker is lost while tasks run: DolphinScheduler's master restarts them on another one, which takes up the job that one of
them has on a cluster."""

import collections
import json
import os
import signal
import time

import pytest

from dsharness import notebooks
from dsharness.finished import Finished
from dsharness.kubernetes import fixtures
from dsharness.kubernetes.training import pytorch_job, reach
from dsharness.processes import living, signal_all
from dsharness.server import tenant
from dsharness.waiting import wait_until
from dsharness.worker import Worker
from dsharness.workflow import Workflow, manifest, notebook

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
JOB = "lost-job"


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


@pytest.fixture(scope="module")
def job(request, place):
    """The node of a job that runs until the file `go-on` is there; None where there is no cluster."""
    if fixtures.missing():
        return None
    cluster = request.getfixturevalue("cluster")
    script = "echo begun; until [ -e %s ]; do sleep 0.2; done; echo over" % (place / "go-on")
    return manifest(JOB, [pytorch_job(JOB, script)], local=reach(cluster.kubeconfig()), worker_group=GROUP)


def told(place, name):
    file = place / name
    wait_until(file.exists, 300, "the notebook of '%s'" % name)
    return json.loads(file.read_text())


def end(mark):
    signal_all(living(mark))


#: `uid`: of the first attempt's job, None without a cluster.
Lost = collections.namedtuple("Lost", "abouts left finished uid")


@pytest.fixture(scope="module")
def lost(second_ds, place, environment, job, request):
    """Kills the worker of all tasks, and the program of one.

    Yields what the first attempts told, what was left of the task whose program was let live when nothing but the
    program could have ended it, and the finished instance.
    """
    cluster = request.getfixturevalue("cluster") if job else None
    client = second_ds.client()
    project = client.project("fail-over")
    client.tenant(tenant())
    [other] = client.get("/monitor/workers")
    abouts, uid = {}, None
    with Worker(second_ds, place / "worker") as worker:
        client.post("/worker-groups", name=GROUP, addrList=worker.address)
        try:
            nodes = [node(place, environment, name) for name in NAMES]
            workflow = Workflow("fails over", nodes + ([job] if job else []))
            instance = project.start(project.create(workflow, tenant()))
            abouts.update((name, told(place, name)) for name in NAMES)
            if job:
                wait_until(lambda: cluster.node.processes(JOB + "-master-0"), 300, "the job's pod runs")
                uid = cluster.get("pytorchjob", JOB)["metadata"]["uid"]
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
            if job:
                wait_until(lambda: len(project.attempts(instance, JOB)) == 2, 300, "the task is started again")
                (place / "go-on").touch()
            finished = Finished(project, instance, project.wait(instance))
            print("gone after %.1f s, done again after %.1f s" % (gone, time.monotonic() - begin))
            yield Lost(abouts, left, finished, uid)
        finally:
            for about in abouts.values():
                end(about["mark"])


@pytest.mark.parametrize("name", NAMES)
def test_the_task_is_done_again(lost, place, name):
    states = [each["state"] for each in lost.finished.attempts(name)]
    assert states == ["NEED_FAULT_TOLERANCE", "SUCCESS"], lost.finished.lines(name)[-20:]
    assert (place / (name + ".attempts")).stat().st_size == 2


def test_the_program_ends_when_its_worker_is_gone(lost):
    assert lost.left == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_first_attempt_is_left(lost, name):
    assert living(lost.abouts[name]["mark"]) == set()


def test_the_second_attempt_says_what_it_found(lost):
    assert any("A previous run of this task" in line for line in lost.finished.lines(NAMES[1]))


def test_the_job_on_a_cluster_is_taken_up(cluster, lost):
    lines = lost.finished.lines(JOB)
    assert lost.finished.task(JOB)["state"] == "SUCCESS", lines
    assert "PyTorchJob default/%s was started by an earlier attempt of this task and is followed." % JOB in lines
    assert cluster.get("pytorchjob", JOB)["metadata"]["uid"] == lost.uid
    assert lost.finished.outputs(JOB)["kubeflow.uid"] == lost.uid
