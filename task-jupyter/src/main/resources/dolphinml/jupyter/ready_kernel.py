# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Forks an ipykernel from a parent process that has already imported it, if one matches the circumstances of this task.

Each parent has its own folder inside a folder of the user. The folder's name is a digest of everything that a fork inherits
from its parent and a new process would inherit from this one. The second task within the idle time that finds no parent
there starts one.
"""

import contextlib
import errno
import importlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from dolphinml.common import processes
from dolphinml.common.locking import FileLock
from dolphinml.common.optional import given
from dolphinml.jupyter import ready_circumstances
from dolphinml.jupyter.ready_circumstances import LOCK, SOCKET

_HERE = os.path.dirname(os.path.abspath(__file__))
_PROGRAM = os.path.join(_HERE, "ready_parent.py")
_PARTS = [_PROGRAM] + [os.path.join(_HERE, name) for name in ("ready_libraries.py", "ready_circumstances.py")]
_START = "start_ipykernel.py"

LOG = "log"

SECONDS_FOR_AN_ANSWER = 10
MOST_PARENTS = 8

# A socket's path may have 107 bytes; the parent's own folder and the socket's name follow.
LONGEST_FOLDER = 70


class ForkedKernel:
    """A kernel that is not a child of this process, with the methods of `subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, client: socket.socket, stream: socket.SocketIO, pid: int, args: List[str]) -> None:
        self.pid = pid
        self.args = args
        self.returncode: Optional[int] = None
        #: Set when it has ended: its peak memory in bytes and its CPU time in seconds.
        self.peak: Optional[int] = None
        self.processor_seconds = 0.0
        self._client = client
        self._stream = stream

    def poll(self) -> Optional[int]:
        if self.returncode is None and self._readable(0):
            self._end(self._stream.readline())
        return self.returncode

    def _end(self, line: bytes) -> None:
        # No line means that the supervisor was killed, so it is unknown how the kernel ended.
        end = json.loads(line.decode("utf-8")) if line else {"code": -signal.SIGKILL, "peak": None, "processorSeconds": 0.0}
        if not line:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
        self.peak, self.processor_seconds = end["peak"], end["processorSeconds"]
        self.returncode = end["code"]
        # The supervisor exits now, unless the kernel has left processes behind.
        self._readable(0.1)

    def _readable(self, seconds: Optional[float]) -> bool:
        return bool(select.select([self._client], [], [], seconds)[0])

    def wait(self, timeout: Optional[float] = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = None if deadline is None else deadline - time.monotonic()
            if timeout is not None and left is not None and left <= 0:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self._readable(left)
        return given(self.returncode)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ReadyKernels:
    """Finds and starts the parents of this user.

    tenant   DolphinScheduler's tenant; several tenants may share a user
    request  {"libraries": what parents import, "idleSeconds": how long they outlive their last kernel}
    keep     whether processes that a kernel leaves behind may outlive the run
    say      logs a sentence
    """

    def __init__(self, tenant: Optional[str], request: Dict[str, Any], keep: bool, say: Callable[[str], None]) -> None:
        self._tenant = tenant
        self._libraries = request["libraries"]
        self._idle = request["idleSeconds"]
        self._keep = keep
        self._say = say
        self._release: Optional[int] = None

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Within this block a kernel started through jupyter_client is forked from a parent if possible."""
        module: Any = _launcher()
        launch = module.launch_kernel

        def launch_kernel(command: List[str], **options: Any) -> Any:
            kernel = self._forked(command, options)
            return launch(command, **options) if kernel is None else kernel

        module.launch_kernel = launch_kernel
        try:
            yield
        finally:
            module.launch_kernel = launch

    def release_parent(self) -> None:
        """Lets the parent that this run has started, if any, begin to import."""
        if self._release is not None:
            release, self._release = self._release, None
            with contextlib.suppress(OSError):
                os.write(release, b"\n")
            os.close(release)

    def _forked(self, command: List[str], options: Dict[str, Any]) -> Optional[ForkedKernel]:
        """Returns the forked kernel, or None if it cannot be forked."""
        environment = options.get("env") or dict(os.environ)
        start = next((index for index, word in enumerate(command) if os.path.basename(word) == _START), None)
        marker = environment.get(processes.MARKER_VARIABLE)
        if start is None or not marker or ready_circumstances.depend_on_directory(environment):
            return None
        try:
            process = ready_circumstances.of_process()
            python = command[:start]
            program = [ready_circumstances.content_digest(path) for path in _PARTS + [command[start]]]
            variables = ready_circumstances.variables_at_import(environment)
            key = ready_circumstances.circumstances_key(
                self._tenant, process, python, program, variables, self._libraries, self._idle, len(marker)
            )
            folder, recent = self._folder(key)
            client = _connected(os.path.join(folder, SOCKET))
            if client is None:
                if recent and not _has_parent(folder):
                    self._start(folder, python, environment)
                return None
            request = {
                "process": process,
                "environment": environment,
                "cwd": options.get("cwd") or os.getcwd(),
                "arguments": command[start + 1 :],
                "keep": self._keep,
            }
            return self._request_kernel(client, request, options["stdout"])
        except socket.timeout:
            # So that the next tasks do not wait for this parent too; it exits when it can.
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, SOCKET))
            self._say("WARNING No kernel was ready: its parent gave no answer in %d s, and is ended." % SECONDS_FOR_AN_ANSWER)
            return None
        except (OSError, ValueError) as error:
            self._say("WARNING No kernel was ready, and it is started: %s" % error)
            return None

    def _folder(self, key: str) -> Tuple[str, bool]:
        """Returns (the folder of a parent, whether a task has needed it within the idle time)."""
        name = "dolphinml-ready-%d" % os.getuid()
        above = next(
            path for path in (os.path.join(each, name) for each in (tempfile.gettempdir(), "/tmp")) if len(path) <= LONGEST_FOLDER
        )
        with contextlib.suppress(FileExistsError):
            os.mkdir(above, 0o700)
        found = os.lstat(above)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise PermissionError(errno.EPERM, "it is not a folder which only this user may enter", above)
        self._remove_old(above)
        folder = os.path.join(above, key)
        try:
            os.mkdir(folder, 0o700)
            return folder, False
        except FileExistsError:
            os.utime(folder)
            return folder, True

    def _remove_old(self, above: str) -> None:
        """Removes the folders that have no parent and that no task has needed for the idle time."""
        for name in os.listdir(above):
            folder = os.path.join(above, name)
            with contextlib.suppress(OSError):
                if time.time() - os.stat(folder).st_mtime <= self._idle:
                    continue
                lock = FileLock(os.path.join(folder, LOCK))
                if lock.try_acquire():
                    shutil.rmtree(folder, ignore_errors=True)
                    lock.release()

    def _request_kernel(self, client: socket.socket, request: Dict[str, Any], output: int) -> Optional[ForkedKernel]:
        client.settimeout(SECONDS_FOR_AN_ANSWER)
        client.sendmsg([b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", output))])
        client.sendall(json.dumps(request).encode("utf-8") + b"\n")
        stream = client.makefile("rb", buffering=0)
        line = stream.readline()
        answer = json.loads(line.decode("utf-8")) if line else {"refused": "its parent gave no answer"}
        if "refused" in answer:
            client.close()
            self._say("No kernel was ready: %s." % answer["refused"])
            return None
        client.settimeout(None)
        libraries = answer["libraries"]
        self._say("The kernel was ready, with %s imported." % ", ".join(libraries or ["ipykernel"]))
        for name, why in sorted(answer["leftOut"].items()):
            self._say("WARNING readyKernels.libraries: %s is not imported before the notebook does: %s." % (name, why))
        return ForkedKernel(client, stream, answer["pid"], request["arguments"])

    def _start(self, folder: str, python: List[str], environment: Dict[str, str]) -> None:
        """Starts a parent that does not belong to this task; it begins to import when `release_parent` is called."""
        above = os.path.dirname(folder)
        parents = sum(_has_parent(os.path.join(above, name)) for name in os.listdir(above))
        if parents >= MOST_PARENTS:
            self._say("WARNING No parent for ready kernels was started: there are %d already." % parents)
            return
        marker = environment[processes.MARKER_VARIABLE]
        variables = dict(environment, **{processes.MARKER_VARIABLE: "-" * len(marker)})
        reader, writer = os.pipe()
        log = os.open(os.path.join(folder, LOG), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        command = python + [_PROGRAM, folder, str(self._idle)] + self._libraries
        # No process of this run can be orphaned yet: neither the kernel nor papermill has started.
        with processes.orphans_left_alone():
            subprocess.run(command, stdin=reader, stdout=log, stderr=log, env=variables, cwd="/", check=False)
        os.close(reader)
        os.close(log)
        self._release = writer


def _launcher() -> ModuleType:
    """Returns the module of jupyter_client whose `launch_kernel` is called."""
    try:
        return importlib.import_module("jupyter_client.provisioning.local_provisioner")
    except ImportError:  # before jupyter_client 7
        return importlib.import_module("jupyter_client.manager")


def _connected(path: str) -> Optional[socket.socket]:
    """Connects to the parent that listens at a path; returns None if none does."""
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(path)
        return client
    except (FileNotFoundError, ConnectionRefusedError):
        client.close()
        return None


def _has_parent(folder: str) -> bool:
    """Whether a parent holds the lock of a folder; it may still be importing."""
    lock = FileLock(os.path.join(folder, LOCK))
    taken = False
    with contextlib.suppress(OSError):
        taken = not lock.try_acquire()
    lock.release()
    return taken
