# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Many tasks at once, and what a kill or a full disk in the middle of a build leaves: nothing that anybody sees."""

import os
import shutil
import signal
import subprocess

import pytest
from taskworker import ENOUGH, RESOURCES, alive, needs_root, wait_until


def descendants(pid):
    found, parents = set(), {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as stream:
                parents[int(name)] = int(stream.read().rpartition(")")[2].split()[1])
        except OSError:
            pass
    wanted = {pid}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted} - found
        found |= wanted
    return found


def test_twenty_tasks_and_one_build(uv_worker, gate):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    first = uv_worker.start()
    gate.wait_for_build()
    others = [uv_worker.start(task={"name": "task %d" % number}) for number in range(19)]
    for other in others:
        other.wait_for('waiting for process %d of task "train" (instance 7) on ' % first.process.pid)
    gate.open()
    ended = [running.ended() for running in [first] + others]
    assert [one.code for one in ended] == [0] * 20
    assert len({one.prefix for one in ended}) == 1
    assert sum(one.built for one in ended) == 1 and gate.builds == 1
    assert uv_worker.environments() == [ended[0].prefix]


def test_twenty_tasks_at_the_same_instant(uv_worker, gate):
    gate.open()
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    ended = [running.ended() for running in [uv_worker.start() for _ in range(20)]]
    assert [one.code for one in ended] == [0] * 20
    assert len({one.prefix for one in ended}) == 1 and gate.builds == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_waiting_task_can_be_killed(uv_worker, gate, number):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    first = uv_worker.start()
    gate.wait_for_build()
    waiting = uv_worker.start()
    waiting.wait_for("waiting for process")
    waiting.kill(number)
    if number == signal.SIGTERM:
        assert waiting.ended().code == 143 and waiting.ended().report["status"] == "stopped"
        assert waiting.ended().lines[-1] == "Stopped while the environment was being prepared."
    gate.open()
    assert first.ended().code == 0


def test_a_killed_build_leaves_nothing_and_the_next_heals(uv_worker, gate):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    killed = uv_worker.start()
    gate.wait_for_build()
    children = descendants(killed.process.pid)
    assert children
    half = uv_worker.environments()
    killed.kill(signal.SIGKILL)
    assert half and uv_worker.visible() == []
    wait_until(lambda: not any(alive(child) for child in children))
    gate.open()
    healed = uv_worker.run()
    assert healed.code == 0, healed.log
    assert uv_worker.environments() == [healed.prefix] and healed.prefix not in half


def test_a_task_that_waits_for_a_killed_one_builds(uv_worker, gate):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    killed = uv_worker.start()
    gate.wait_for_build()
    waiting = uv_worker.start()
    waiting.wait_for("waiting for process")
    killed.kill(signal.SIGKILL)
    gate.open()
    ended = waiting.ended()
    assert ended.code == 0 and ended.built, ended.log


def test_a_stopped_build_cleans_up(uv_worker, gate):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    running = uv_worker.start()
    gate.wait_for_build()
    children = descendants(running.process.pid)
    os.kill(running.process.pid, signal.SIGTERM)
    ended = running.ended(ENOUGH)
    assert ended.code == 143 and ended.report == {
        "status": "stopped",
        "error": "Stopped while the environment was being prepared.",
    }
    assert not any(alive(child) for child in children)
    assert uv_worker.environments() == [] and uv_worker.visible() == []


def test_those_who_waited_for_a_failure_share_it(uv_worker, gate):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    first = uv_worker.start()
    gate.wait_for_build()
    others = [uv_worker.start() for _ in range(3)]
    for other in others:
        other.wait_for("waiting for process")
    gate.open("no compiler here")
    assert first.ended().code == 1
    assert "no compiler here" in first.ended().log
    for other in others:
        ended = other.ended()
        assert ended.code == 1 and not ended.built
        assert "Process %d has just failed to build this environment." % first.process.pid in ended.log
        assert ended.lines[-1] == first.ended().lines[-1]
    assert uv_worker.run().built


def test_an_interrupted_removal_is_finished(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    uv_worker.run()
    left = uv_worker.tree / "trash-0a0b0c"
    (left / "lib").mkdir(parents=True)
    (left / "lib").chmod(0o500)
    uv_worker.run(refresh=True)
    assert not left.exists()


def test_a_cache_that_vanishes_is_recreated(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    assert uv_worker.run().built
    shutil.rmtree(str(uv_worker.cache))
    again = uv_worker.run()
    assert again.code == 0 and again.built, again.log


def test_a_cache_that_vanishes_during_a_build(uv_worker, gate, tiny_wheel):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n" + tiny_wheel("tiny").name + "\n")
    running = uv_worker.start()
    gate.wait_for_build()
    shutil.rmtree(str(uv_worker.cache))
    gate.open()
    ended = running.ended()
    assert ended.code == 1
    assert ended.lines[-1] == (
        "ml.environment.cacheDir: %s was removed while an environment was being built in it; run the task again, and do"
        " not remove it" % uv_worker.tree
    )
    again = uv_worker.run()
    assert again.code == 0 and again.built, again.log
    assert uv_worker.environments() == [again.prefix]


NEEDS_ITS_ENVIRONMENT = """
import os, sys, time
sys.path.insert(0, %r)
from dolphinml.common import program
def main(task):
    print("running in", sys.prefix, flush=True)
    while os.path.exists(sys.executable):
        time.sleep(0.02)
    import tiny
program.run(main)
"""


def test_a_cache_that_vanishes_under_a_task(uv_worker, tiny_wheel, tmp_path):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    request = tmp_path / "request.json"
    request.write_text("{}")
    program = '"${DOLPHINML_PREPARED#*:}/bin/python" -c "$0" "$1"'
    running = uv_worker.start(command=["bash", "-c", program, NEEDS_ITS_ENVIRONMENT % str(RESOURCES), str(request)])
    running.wait_for("running in")
    shutil.rmtree(str(uv_worker.cache))
    running.process.wait(ENOUGH)
    assert running.process.returncode == 1
    lines = running.log.rstrip().split("\n")
    assert lines[-2] == "ModuleNotFoundError: No module named 'tiny'"
    assert lines[-1].startswith("The environment %s" % uv_worker.tree) and " was removed while the task ran; run " in lines[-1]
    again = uv_worker.run()
    assert again.code == 0 and again.built, again.log


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 6 MB, which no environment with pip fits into."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], stderr=subprocess.PIPE)
    if done.returncode != 0:
        pytest.skip("this machine does not allow a mount: %s" % done.stderr.decode())
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@needs_root
@pytest.mark.parametrize("builder", ["uv", "venv"])
def test_a_full_disk(request, builder, small_disk, tiny_wheel):
    worker = request.getfixturevalue("uv_worker" if builder == "uv" else "worker")
    worker.cache = small_disk / "cache"
    worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    ended = worker.run()
    assert ended.code == 1, ended.log
    assert ended.lines[-1].startswith("ml.environment.cacheDir: the disk of %s is full (" % worker.tree)
    assert worker.environments() == [] and worker.visible() == []
    if builder == "uv":
        subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
        assert worker.run().code == 0


@needs_root
def test_a_full_disk_while_unpacking(worker, small_disk, pack):
    worker.cache = small_disk / "cache"
    pack(extra=[("lib/big", "x" * (8 << 20))])
    ended = worker.run("environment.tar.gz", "packed")
    assert ended.code == 1
    assert "the disk of %s is full (" % worker.tree in ended.lines[-1]
    assert worker.environments() == []
