"""The watch over the worker: a program ends when the worker is gone, also where sudo stands between them."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[2] / "main/resources"

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
