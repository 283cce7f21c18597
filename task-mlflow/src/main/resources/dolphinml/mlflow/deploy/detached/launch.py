# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the front of a deployment outside the task: it must neither descend from the task nor carry its marker."""

import ctypes
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
from typing import Iterable, List

from dolphinml.common import processes
from dolphinml.mlflow.deploy.relay import control

SECONDS_TO_START = 20.0

# The front needs few of the task's variables; the model server gets all of them, through the control socket.
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "XDG_RUNTIME_DIR",
)

_PR_SET_CHILD_SUBREAPER = 36


class FrontFailed(Exception):
    """A detached program did not start; the text is the reason that it reported."""


def copied_program(directory: str) -> str:
    """Returns the directory into which `copy_program` copies the files."""
    return os.path.join(directory, "program")


def copy_program(directory: str) -> str:
    """Copies our Python files into the deployment's directory, because the task's copy is deleted with the task. Returns the
    directory of the copied programs."""
    root = str(pathlib.Path(os.path.abspath(__file__)).parents[4])
    target = copied_program(directory)
    temporary = tempfile.mkdtemp(prefix="program-", dir=directory)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for package in ("common", "kubernetes", os.path.join("mlflow", "deploy")):
        shutil.copytree(os.path.join(root, "dolphinml", package), os.path.join(temporary, "dolphinml", package), ignore=ignored)
    # The front's container reads these files too, as its image's user: do not depend on this process's umask.
    for folder, _, files in os.walk(temporary):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(temporary, target)
    return os.path.join(target, "dolphinml", "mlflow", "deploy")


def start_detached(program: str, arguments: List[str], log_path: str, cwd: str, kept_files: Iterable[int] = ()) -> int:
    """Starts one of our programs outside the task and returns the read end of the pipe on which it answers. The program gets
    the file descriptor of the write end as its last argument."""
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    read_end, write_end = os.pipe()
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    libc = ctypes.CDLL(None)
    # The task adopts orphans so that no process outlives it; this program must outlive it.
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    try:
        launcher = subprocess.Popen(
            [sys.executable, "-s", "-S", "-E", program] + arguments + [str(write_end)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=cwd,
            pass_fds=(write_end,) + tuple(kept_files),
            start_new_session=True,
        )
        launcher.wait()
    finally:
        os.close(write_end)
        processes.adopt_orphans()
        os.close(log)
    return read_end


def start_front(directory: str, host: str, port: int, follows: bool = False) -> control.FrontConnection:
    """Starts the front, waits until it holds the port and answers on its socket, and returns the connection to it; raises
    FrontFailed. A front that `follows` another one takes over the port from it at its first switch."""
    program = os.path.join(copy_program(directory), "relay", "front.py")
    log = os.path.join(directory, "front.log")
    answer = _answer_on_pipe(
        start_detached(program, [directory, host, str(port), "next" if follows else "first"], log, directory)
    )
    if answer != "ready":
        raise FrontFailed(answer or "it ended without an error message; %s may say more" % log)
    return control.FrontConnection(directory, control.NEXT_SOCKET_NAME if follows else control.SOCKET_NAME)


def await_ready(read_end: int) -> None:
    """Waits until the detached program is ready; raises FrontFailed with its reason."""
    answer = _answer_on_pipe(read_end)
    if answer != "ready":
        raise FrontFailed(answer or "it ended without an error message")


def _answer_on_pipe(read_end: int) -> str:
    data = b""
    try:
        while select.select([read_end], [], [], SECONDS_TO_START)[0]:
            piece = os.read(read_end, 4096)
            if not piece:
                break
            data += piece
    finally:
        os.close(read_end)
    return data.decode("utf-8", "replace").strip()
