# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The lock between processes: with other processes, that end in every way."""

import contextlib
import os
import pathlib
import subprocess
import sys

import pytest

RESOURCES = pathlib.Path(__file__).resolve().parents[2] / "main/resources"
sys.path.insert(0, str(RESOURCES))

from dolphinml.common.locking import FileLock  # noqa: E402

HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from dolphinml.common.locking import FileLock
lock = FileLock(sys.argv[2], sys.argv[3] == "shared")
lock.acquire(lambda seconds: print("waits", flush=True), interval=900)
print("holds", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "the.lock")


@contextlib.contextmanager
def other(path, kind="alone"):
    """Another process that wants the lock; `stdout` tells when it waits and when it holds it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(RESOURCES), path, kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process):
    return process.stdout.readline().strip()


def open_files():
    return len(os.listdir("/proc/self/fd"))


def test_one_process_has_it_and_the_next_one_waits(path):
    lock = FileLock(path)
    lock.acquire()
    with other(path) as process:
        assert said(process) == "waits"
        assert not FileLock(path).try_acquire()
        lock.release()
        assert said(process) == "holds"
        assert not lock.try_acquire()


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_it_ends_with_its_process(path, end):
    with other(path) as process:
        assert said(process) == "holds"
        lock, waits = FileLock(path), []

        def report(seconds):
            waits.append(seconds)
            getattr(process, end)()

        lock.acquire(report)
        assert len(waits) == 1
        lock.release()


def test_several_share_it_and_one_alone_waits_for_all(path):
    with other(path, "shared") as first, other(path, "shared") as second:
        assert [said(first), said(second)] == ["holds", "holds"]
        with other(path) as alone:
            assert said(alone) == "waits"
            with FileLock(path, shared=True):
                assert not FileLock(path).try_acquire()
            first.communicate("\n")
            assert not FileLock(path).try_acquire()
            second.communicate("\n")
            assert said(alone) == "holds"
            assert not FileLock(path, shared=True).try_acquire()


def test_who_waits_for_a_file_that_is_removed_gets_that_of_the_others(path):
    lock = FileLock(path)
    lock.acquire()
    with other(path) as process:
        assert said(process) == "waits"
        lock.remove()
        assert said(process) == "holds"
        assert not FileLock(path).try_acquire()


def test_a_removed_file_is_noticed_by_its_holder(path):
    with FileLock(path) as lock:
        assert lock.is_current()
        os.unlink(path)
        assert not lock.is_current()


def test_what_is_raised_while_waiting_ends_it_and_nothing_stays_open(path):
    before = open_files()
    with FileLock(path):
        lock = FileLock(path)
        with pytest.raises(KeyboardInterrupt):
            lock.acquire(lambda seconds: (_ for _ in ()).throw(KeyboardInterrupt()))
        assert not lock.try_acquire() and lock.descriptor is None
    assert open_files() == before


def test_the_wait_is_logged_again_and_again(path):
    waits = []

    class Enough(Exception):
        pass

    def report(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            raise Enough()

    with FileLock(path), pytest.raises(Enough):
        FileLock(path).acquire(report, interval=0.05)
    assert waits[0] < waits[1] < waits[2]


def test_a_link_is_not_a_lock(path, tmp_path):
    (tmp_path / "elsewhere").write_text("important")
    os.symlink(str(tmp_path / "elsewhere"), path)
    with pytest.raises(OSError):
        FileLock(path).acquire()


def test_no_program_has_a_lock_of_its_own():
    """Leases on environments are read-only files that nobody makes, and no locks of this kind."""
    own = {"locking.py", "store.py"}
    for source in RESOURCES.parents[3].glob("*/src/main/resources/dolphinml/**/*.py"):
        assert source.name in own or "flock(" not in source.read_text("utf-8"), source


def test_the_file_is_of_its_user_alone(path):
    with FileLock(path):
        assert os.stat(path).st_mode & 0o777 == 0o600
