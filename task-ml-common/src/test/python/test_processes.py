# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of a run are found and ended, and a program ends when the process that started it is gone."""

import os
import platform
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[2] / "main/resources"
sys.path.insert(0, str(RESOURCES))

from dolphinml.common import processes  # noqa: E402

PROGRAM = """
import os, sys, threading
sys.path.insert(0, %r)
from dolphinml.common import processes
lost = threading.Event()
processes.watch_parent(lost.set, interval=0.05)
print(os.getpid(), flush=True)
print("lost" if lost.wait(300) else "never", flush=True)
""" % str(RESOURCES)

#: Stands for the supervisor: starts its arguments and waits.
SUPERVISOR = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
child.wait()
"""

#: A process whose first thread ends, and another one lives on and ignores SIGTERM.
HEADLESS = """
import ctypes, os, signal, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
threading.Thread(target=time.sleep, args=(900,)).start()
ctypes.CDLL(None).syscall(%d, 0)
"""
EXIT = {"x86_64": 60, "aarch64": 93}


def test_a_lost_supervisor_is_noticed():
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, universal_newlines=True
    )
    pid = int(supervisor.stdout.readline())
    assert os.path.exists("/proc/%d" % pid)
    os.kill(supervisor.pid, signal.SIGKILL)
    assert supervisor.stdout.readline() == "lost\n"
    supervisor.wait()


def by_program(marker):
    assert processes.stop_all(marker=marker, grace=0, reap=False) == set()


def by_worker(marker, grace=0):
    script = (RESOURCES / "dolphinml/shell/stop_run.sh").read_text(encoding="utf-8")
    argv = ["bash", "-s", "--", marker, str(grace)]
    stopped = subprocess.run(argv, input=script, stdout=subprocess.PIPE, universal_newlines=True)
    assert stopped.returncode == 0 and "Killed after %d s" % grace in stopped.stdout, stopped.stdout


def test_a_program_gets_the_whole_grace():
    """Also when the kill comes just before the clock's next second."""
    marker = str(uuid.uuid4())
    ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(1800)"
    process = subprocess.Popen(
        [sys.executable, "-c", ignores], env={**os.environ, "DOLPHINML_RUN": marker}, stdout=subprocess.PIPE
    )
    try:
        process.stdout.readline()
        time.sleep(1 - time.time() % 1)
        time.sleep(0.7)
        begin = time.monotonic()
        by_worker(marker, grace=1)
        assert time.monotonic() - begin >= 1
        assert process.wait(timeout=90) == -signal.SIGKILL
    finally:
        process.kill()
        process.stdout.close()


@pytest.mark.skipif(platform.machine() not in EXIT, reason="the number of the call that ends a thread is not known here")
@pytest.mark.parametrize("stop", [by_program, by_worker])
def test_a_process_whose_first_thread_has_ended_is_ended(stop):
    marker = str(uuid.uuid4())
    process = subprocess.Popen(
        [sys.executable, "-c", HEADLESS % EXIT[platform.machine()]], env={**os.environ, "DOLPHINML_RUN": marker}
    )
    stat = Path("/proc/%d/stat" % process.pid)
    try:
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.02)
        assert process.poll() is None
        stop(marker)
        assert process.wait(timeout=90) == -signal.SIGKILL
    finally:
        process.kill()
