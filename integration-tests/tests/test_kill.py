# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A task that is killed, or runs out of time, leaves no process behind, whatever its cells have started."""

import json
import os

import pytest

from dsharness import notebooks
from dsharness.processes import living, signal_all
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, given, notebook

#: Tells the test which processes there are; `started` may name more of them.
TELL = """
import json, os, subprocess, sys
started = []
def tell():
    ids = [os.getpid(), os.getppid()] + started
    with open(target + '.part', 'w') as stream:
        json.dump({'pids': ids, 'run': os.environ.get('DOLPHINML_RUN')}, stream)
    os.rename(target + '.part', target)
"""

CELLS = {
    "sleeps": "tell()\nimport time\ntime.sleep(900)",
    "ignores interrupts": (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM,"
        " signal.SIG_IGN)\ntell()\nwhile True:\n    time.sleep(1)"
    ),
    "swallows interrupts": (
        "import time\ntell()\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass"
    ),
    "leaves a daemon": (
        "script = '''\nimport os, time, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\nif os.fork(): os._exit(0)\nos.setsid()\n"
        "if os.fork(): os._exit(0)\nopen(%r, 'w').write(str(os.getpid()))\ntime.sleep(900)\n'''\n"
        "import time\nsubprocess.run([sys.executable, '-c', script % (target + '.daemon')], check=True)\n"
        "while not os.path.exists(target + '.daemon') or not open(target + '.daemon').read(): time.sleep(0.05)\n"
        "started.append(int(open(target + '.daemon').read()))\ntell()\ntime.sleep(900)"
    ),
    "runs a shell": (
        "child = subprocess.Popen(['bash', '-c', \"trap '' TERM INT; nohup sleep 900 & wait\"])\n"
        "started.append(child.pid)\ntell()\nchild.wait()"
    ),
}


def node(place, venv, name, body, **options):
    source = notebooks.save(
        place / (name + ".ipynb"), notebooks.cell("target = ''", "parameters"), "print('saved before the end')", TELL, body
    )
    return notebook(
        name,
        source,
        place / (name + "-out.ipynb"),
        str(venv),
        json.dumps({"target": str(place / (name + ".pids"))}),
        **options,
    )


def told(place, name):
    """What the notebook of that name told about its processes."""
    file = place / (name + ".pids")
    wait_until(file.exists, 300, "the notebook of '%s' has started" % name)
    about = json.loads(file.read_text())
    # The machine gives the same id to another process before long.
    about["pids"] = {pid: birth(pid) for pid in about["pids"]}
    return about


def birth(pid):
    """When the process of this id was started, in ticks of the kernel; None if none lives. Zombies do not."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def state(project, instance, name):
    """What the master takes a task for; None before it has one of that name."""
    return next((each["state"] for each in project.tasks(instance) if each["name"] == name), None)


def survivors(about):
    """The processes of a task that still live."""
    found = {pid for pid, born in about["pids"].items() if born is not None and birth(pid) == born}
    if about["run"]:
        found |= {pid for pid in living("DOLPHINML_RUN=" + about["run"]) if birth(pid) is not None}
    return found


@pytest.fixture(scope="module")
def start_too_slow(start, place, environment):
    """Gives a function that starts a task with a time-out of so many minutes, which it would exceed."""
    cell = CELLS["ignores interrupts"]

    def begin(minutes):
        slow = node(place, environment, "too slow", cell, timeout_minutes=minutes)
        return start(Workflow("times out after %d min" % minutes, [slow]))

    return begin


@pytest.fixture(scope="module", autouse=True)
def timed_out(start_too_slow):
    """Started first: a time-out of DolphinScheduler is at least a minute long."""
    return start_too_slow(1)


@pytest.fixture(scope="module")
def killed(project, start, finish, place, environment):
    """All cases in one workflow; yields what lived before the kill, and the finished workflow. KillStormTest takes the
    time from the worker's order on; here the master hands it on first, on a machine that does other things."""
    instance = start(Workflow("killed", [node(place, environment, name, body) for name, body in CELLS.items()]))
    abouts = {name: told(place, name) for name in CELLS}
    before = {name: survivors(about) for name, about in abouts.items()}
    project.kill(instance)
    wait_until(lambda: not any(survivors(each) for each in abouts.values()), what="nothing is left of what was killed")
    return {"before": before, "abouts": abouts, "finished": finish(instance)}


@pytest.mark.parametrize("name", CELLS)
def test_kill_leaves_nothing(killed, name):
    assert len(killed["before"][name]) >= 2, "kernel and papermill should have been alive"
    assert survivors(killed["abouts"][name]) == set()


@pytest.mark.parametrize("name", CELLS)
def test_the_state_is_kill(killed, name):
    assert killed["finished"].state == "STOP"
    assert killed["finished"].task(name)["state"] == "KILL"


@pytest.mark.parametrize("name", CELLS)
def test_the_partial_notebook_is_kept(killed, place, name):
    assert "saved before the end" in (place / (name + "-out.ipynb")).read_text(encoding="utf-8")


def test_no_private_file_is_left(killed, ds):
    """The server calls a task killed when it has given the order; the worker cleans up when the task has ended."""
    instance = str(killed["finished"].instance)
    wait_until(lambda: not [each for each in (ds.directory / "tasks").rglob(".dolphinml-*") if instance == each.parts[-3]])


#: Makes a node wait until a parent listens.
LISTENS = """
import glob, time
while not glob.glob('%s/dolphinml-ready-*/*/socket'):
    time.sleep(0.1)
"""


def test_a_ready_kernel_is_killed_as_any_other(client, project, start, finish, place, environment, ds):
    """The second node starts the parent; the kernel of the last one is forked from it."""
    parents = ds.directory / "parents"
    parents.mkdir()
    ready = [given("jupyter.readyKernels", "true")]
    code = client.environment("ready kernels", "export TMPDIR=%s" % parents)
    names = ["first use", "second use", "waits", "is forked"]
    bodies = ["", "", LISTENS % parents, CELLS["leaves a daemon"]]
    nodes = [
        node(place, environment, name, body, local=ready, after=[before] if before else [], environment=code)
        for name, body, before in zip(names, bodies, [None] + names)
    ]
    try:
        instance = start(Workflow("ready kernels", nodes))
        about = told(place, "is forked")
        assert len(survivors(about)) >= 3
        # A forked kernel runs its cells before the master knows that the task does, and then it would not pass the kill on.
        wait_until(lambda: state(project, instance, "is forked") == "RUNNING_EXECUTION")
        project.kill(instance)
        wait_until(lambda: not survivors(about), what="nothing is left of what was killed")
        finished = finish(instance)
        assert "The kernel was ready, with ipykernel imported." in finished.log("is forked")
        assert finished.task("is forked")["state"] == "KILL"
    finally:
        signal_all([int(socket.with_name("lock").read_text()) for socket in parents.glob("*/*/socket")])


def test_a_task_over_its_time_leaves_nothing(timed_out, start_too_slow, finish, place):
    finished, minutes = finish(timed_out), 1
    # On a slow machine the time may be over before the notebook has begun: another one gets more.
    while not (place / "too slow.pids").exists():
        minutes *= 3
        finished = finish(start_too_slow(minutes))
    assert finished.task("too slow")["state"] == "FAILURE"
    assert finished.state == "FAILURE"
    about = json.loads((place / "too slow.pids").read_text())
    wait_until(lambda: not living("DOLPHINML_RUN=" + about["run"]))


def test_every_pid_was_ours_to_look_at(killed):
    """Guards the tests above: a notebook that named no process would make them pass."""
    for about in killed["abouts"].values():
        assert about["run"] and os.getpid() not in about["pids"]
