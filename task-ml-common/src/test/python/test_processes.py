"""Processes of a run are found and ended, and a program ends when its worker is gone, sudo between them or not."""

import os
import platform
import shutil
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

#: Stands for the worker: starts its arguments, tells their first line, and waits.
WORKER = """
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

SUDO = ["sudo", "-n", "-u", "nobody"]


def can_sudo():
    return os.getuid() == 0 and shutil.which("sudo") and subprocess.call(SUDO + ["true"]) == 0


@pytest.mark.parametrize("before", [[], SUDO, SUDO + SUDO[:1] + ["-n"]], ids=["own user", "tenant", "sudo twice"])
def test_a_lost_worker_is_noticed(before):
    if before and not can_sudo():
        pytest.skip("needs root and sudo to run as another user")
    if len(before) > len(SUDO):
        before = ["sudo", "-n"] + SUDO
    worker = subprocess.Popen([sys.executable, "-c", WORKER] + before + ["python3", "-c", PROGRAM],
                              stdout=subprocess.PIPE, universal_newlines=True)
    pid = int(worker.stdout.readline())
    assert os.path.exists("/proc/%d" % pid)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.stdout.readline() == "lost\n"
    worker.wait()


def by_program(marker):
    assert processes.stop_all(marker=marker, grace=0, reap=False) == set()


def by_worker(marker):
    script = (RESOURCES / "dolphinml/shell/stop_run.sh").read_text(encoding="utf-8")
    stopped = subprocess.run(["bash", "-s", "--", marker, "0"], input=script, stdout=subprocess.PIPE, universal_newlines=True)
    assert stopped.returncode == 0 and "Killed after 0 s" in stopped.stdout, stopped.stdout


@pytest.mark.skipif(platform.machine() not in EXIT, reason="the number of the call that ends a thread is not known here")
@pytest.mark.parametrize("stop", [by_program, by_worker])
def test_a_process_whose_first_thread_has_ended_is_ended(stop):
    marker = str(uuid.uuid4())
    process = subprocess.Popen([sys.executable, "-c", HEADLESS % EXIT[platform.machine()]],
                               env={**os.environ, "DOLPHINML_RUN": marker})
    stat = Path("/proc/%d/stat" % process.pid)
    try:
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.02)
        assert process.poll() is None
        stop(marker)
        assert process.wait(timeout=90) == -signal.SIGKILL
    finally:
        process.kill()
