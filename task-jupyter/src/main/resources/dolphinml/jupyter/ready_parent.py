# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Imports ipykernel and libraries once, then forks a kernel for each task of one user in one environment.

    ready_parent.py FOLDER IDLE_SECONDS [LIBRARY ...]     with a pipe as standard input

FOLDER is private to the user. It holds the parent's socket and its lock file, which contains its process id and which only
one parent can hold. The parent begins to import when the run that started it writes a byte to the pipe, or after a time
limit. It exits when no task has needed it for IDLE_SECONDS, when a file that it has imported has changed, or when its socket
is removed. The run that started it may remove the files of this program once its first process has ended.

A client sends a request and the descriptor for the kernel's output. For each client the parent forks a supervisor, which
forks the kernel. Both belong to the task and carry its marker. The supervisor adopts the processes that the kernel leaves
behind, reports to the client how the kernel ended, and kills the kernel when the client is gone.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from typing import Any, Dict, Iterator, NoReturn, Optional, Sequence, Set

HERE = os.path.dirname(os.path.abspath(__file__))
# With a safe path (python -P), sys.path does not begin with the program's folder.
SAFE_PATH = not sys.path or os.path.realpath(sys.path[0]) != os.path.realpath(HERE)
if not SAFE_PATH:
    del sys.path[0]
sys.path.insert(0, os.path.dirname(os.path.dirname(HERE)))
write_bytecode = not sys.dont_write_bytecode
sys.dont_write_bytecode = True

from dolphinml.common import processes  # noqa: E402
from dolphinml.common.locking import FileLock  # noqa: E402
from dolphinml.jupyter import ready_circumstances, ready_libraries, start_ipykernel  # noqa: E402
from dolphinml.jupyter.ready_circumstances import LOCK, SOCKET  # noqa: E402

del sys.path[0]
sys.dont_write_bytecode = not write_bytecode

# How long the run that starts the parent may delay its imports, which compete with the run's own start for CPU.
SECONDS_OF_A_START = 60
SECONDS_FOR_A_REQUEST = 10
SECONDS_BETWEEN_LOOKS = 2

# The modules that an ipykernel imports while it starts, if its version has them.
KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.iostream",
    "ipykernel.heartbeat",
    "ipykernel.parentpoller",
    "ipykernel.comm.manager",
    "ipykernel.subshell_manager",
    "ipykernel.control",
    "IPython.core.completer",
    "IPython.core.magics",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "zmq.eventloop.zmqstream",
    "sqlite3",
)

# Signals that the parent and the supervisors handle; their handlers are restored in the kernel.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

# The exit code of a supervisor that found the parent's modules out of date.
OUTDATED = 3


# Forking


class Marker:
    """Writes the task's marker where other processes can see it: in the memory that /proc/PID/environ shows.

    The system fills that memory when a program starts, and a fork inherits it. os.environ is stored elsewhere.
    """

    def __init__(self) -> None:
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        self._address = getenv(processes.MARKER_VARIABLE.encode("ascii"))
        self._length = len(os.environ[processes.MARKER_VARIABLE])

    def set(self, marker: str) -> bool:
        """Writes the marker; returns whether other processes can see it now."""
        text = marker.encode("ascii")
        if not self._address or len(text) != self._length:
            return False
        ctypes.memmove(self._address, text, self._length)
        entry = processes.MARKER_VARIABLE.encode("ascii") + b"=" + text
        with open("/proc/self/environ", "rb") as environ:
            return entry in environ.read().split(b"\0")


class ImportEffects:
    """The effects of imports on this process besides modules, which a kernel has to inherit too."""

    def __init__(self) -> None:
        ready_libraries.set_plot_backend()
        self._variables = dict(os.environ)
        self._files = ready_libraries.open_files()
        #: Open descriptors of devices such as /dev/urandom that a library still uses.
        self.devices: Set[int] = set()

    def end(self) -> None:
        before = self._variables
        self._set = {name: value for name, value in os.environ.items() if before.get(name) != value}
        self._removed = [name for name in before if name not in os.environ]
        self.devices = set(ready_libraries.open_files()) - set(self._files)

    def apply(self) -> None:
        """Applies the effects to the environment variables of a kernel."""
        os.environ.update(self._set)
        for name in self._removed:
            os.environ.pop(name, None)


class Parent:
    """The parent: waits for clients, and forks a supervisor for each."""

    def __init__(
        self, lock: FileLock, folder: str, idle: float, libraries: Sequence[str], left_out: Dict[str, str], imports: ImportEffects
    ) -> None:
        self.lock = lock
        self.path = os.path.join(folder, SOCKET)
        self.idle = idle
        self.imported = [name for name in libraries if name not in left_out]
        self.left_out = left_out
        self.imports = imports
        self.marker = Marker()
        self.modules = ready_circumstances.of_modules()
        self.listener = socket.socket(socket.AF_UNIX)
        self.supervisors: Set[int] = set()
        self.handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def listen(self) -> None:
        temporary = self.path + ".new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        self.listener.bind(temporary)
        self.listener.listen(128)
        self.listener.setblocking(False)
        # Renamed last, so that a client that finds the socket can connect to it.
        os.rename(temporary, self.path)
        self.stamp = ready_circumstances.stamp(self.path)

    def serve(self) -> None:
        """Serves clients. Returns only in a kernel; the parent itself exits here."""
        wake = _wake_at_signals()
        used = time.monotonic()
        current = True
        while current and (self.supervisors or time.monotonic() - used < self.idle):
            select.select([self.listener, wake], [], [], SECONDS_BETWEEN_LOOKS)
            _drain(wake)
            for code in self._reap():
                used = time.monotonic()
                current = current and code != OUTDATED
            with contextlib.suppress(BlockingIOError):
                client, _ = self.listener.accept()
                used = time.monotonic()
                supervisor = processes.fork()
                if supervisor == 0:
                    self.listener.close()
                    # The parent keeps the lock.
                    self.lock.release()
                    KernelSupervisor(self, client).supervise()
                    return
                self.supervisors.add(supervisor)
                client.close()
            # Removing the socket is how a task asks the parent to exit.
            current = current and ready_circumstances.stamp(self.path) is not None and os.path.exists(sys.executable)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener.close()
        os._exit(0)

    def _reap(self) -> Iterator[int]:
        while self.supervisors:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            self.supervisors.discard(ended)
            yield status >> 8


class KernelSupervisor:
    """Runs between the parent and one kernel, which it forks and supervises."""

    def __init__(self, parent: Parent, client: socket.socket) -> None:
        self.parent = parent
        self.client = client
        self.output = -1
        self.kernel = 0
        self.keep = False

    def supervise(self) -> None:
        """Forks the kernel. Returns only in the kernel; the supervisor itself exits here."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # A stop of the task signals all its processes; the supervisor must outlive the others.
            signal.signal(number, signal.SIG_IGN)
        os.setsid()
        processes.adopt_orphans()
        try:
            request = self._request()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        wake = _wake_at_signals()
        reader, writer = os.pipe()
        self.kernel = processes.fork()
        if self.kernel == 0:
            self.client.close()
            self._become_kernel(request)
            return
        os.close(self.output)
        os.close(writer)
        # The kernel closes its end as soon as it has its own session and process group.
        os.read(reader, 1)
        self._answer(
            {
                "pid": self.kernel,
                "libraries": self.parent.imported,
                "leftOut": self.parent.left_out,
            }
        )
        self._wait(wake)

    def _request(self) -> Dict[str, Any]:
        self.client.settimeout(SECONDS_FOR_A_REQUEST)
        peer = struct.unpack("3i", self.client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if peer[1] != os.getuid():
            self._refuse("it belongs to another user")
        _, ancillary, _, _ = self.client.recvmsg(1, socket.CMSG_SPACE(4))
        self.output = struct.unpack("i", ancillary[0][2])[0]
        stream = self.client.makefile("rb")
        request = json.loads(stream.readline().decode("utf-8"))
        self.client.settimeout(None)
        if self.parent.modules != {path: ready_circumstances.stamp(path) for path in self.parent.modules}:
            self._refuse("the environment has changed since", OUTDATED)
        if request["process"] != ready_circumstances.of_process():
            self._refuse("its limits, rights or control group are others", OUTDATED)
        hidden = _hidden_by(request["cwd"])
        if hidden:
            self._refuse("%s in the working directory comes before a module of that name" % hidden)
        if "matplotlib" in sys.modules and os.path.exists(os.path.join(request["cwd"], "matplotlibrc")):
            self._refuse("Matplotlib reads matplotlibrc in the working directory when it is imported")
        if not self.parent.marker.set(request["environment"][processes.MARKER_VARIABLE]):
            self._refuse("its processes could not be marked")
        self.keep = request["keep"]
        return request

    def _refuse(self, why: str, code: int = 0) -> NoReturn:
        self._answer({"refused": why})
        os._exit(code)

    def _answer(self, what: Dict[str, Any]) -> None:
        try:
            self.client.sendall(json.dumps(what).encode("utf-8") + b"\n")
        except OSError:
            self._end()

    def _become_kernel(self, request: Dict[str, Any]) -> None:
        """Turns this process into the kernel that the client would have started."""
        signal.set_wakeup_fd(-1)
        for number, handler in self.parent.handlers.items():
            if handler is not None:
                signal.signal(number, handler)
        os.setsid()
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        self.parent.imports.apply()
        # ipykernel exits when this process is no longer its parent; it read the old value at import.
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        for descriptor in set(ready_libraries.open_files()) - self.parent.imports.devices:
            os.close(descriptor)
        sys.argv[1:] = request["arguments"] + ["--IPKernelApp.parent_handle=%d" % os.getppid()]
        if "numpy" in sys.modules:
            # Python's own `random` reseeds itself in each fork; NumPy's does not.
            sys.modules["numpy"].random.seed()
        if "multiprocessing.process" in sys.modules:
            # So that processes it spawns find the modules in the notebook's folder.
            vars(sys.modules["multiprocessing.process"])["ORIGINAL_DIR"] = request["cwd"]

    def _wait(self, wake: int) -> NoReturn:
        """Waits until the client is gone, or the kernel and all its descendants have ended."""
        while True:
            readable = select.select([self.client, wake], [], [])[0]
            _drain(wake)
            if not self._reap() or self.client in readable:
                self._end()

    def _reap(self) -> bool:
        """Reaps children; returns whether there is still something to wait for."""
        try:
            while True:
                ended, status, used = os.wait4(-1, os.WNOHANG)
                if not ended:
                    return True
                if ended == self.kernel:
                    self.kernel = 0
                    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
                    seconds = used.ru_utime + used.ru_stime
                    self._answer({"code": code, "processorSeconds": seconds, "peak": used.ru_maxrss * 1024})
        except ChildProcessError:
            return False

    def _end(self) -> NoReturn:
        if self.kernel:
            os.kill(self.kernel, signal.SIGKILL)
        if not self.keep:
            # After a run that ended in good order there is none left.
            ready_libraries.end_descendants()
        os._exit(0)


def _hidden_by(directory: str) -> Optional[str]:
    """Returns an entry of a directory that would shadow a module already imported here from elsewhere; or None."""
    # IPython searches the working directory after the standard library.
    known = {name.partition(".")[0] for name in sys.modules} - getattr(sys, "stdlib_module_names", frozenset())
    for entry in os.listdir(directory):
        stem, _, kind = entry.partition(".")
        if stem in known and (kind in ("py", "pyc") or kind.endswith("so") or not kind):
            return entry
    return None


def _wake_at_signals() -> int:
    """Returns a descriptor that becomes readable when a child ends."""
    wake, writer = os.pipe()
    for descriptor in (wake, writer):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return wake


def _drain(wake: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(wake, 4096)


# The program


def wait_for_release() -> None:
    """Waits on the pipe until the run that started this process no longer needs the CPU."""
    ready = select.select([0], [], [], SECONDS_OF_A_START)[0]
    if ready and not os.read(0, 1):
        os._exit(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def main(folder: str, idle: str, *libraries: str) -> None:
    processes.detach()
    lock = FileLock(os.path.join(folder, LOCK))
    if not lock.try_acquire():
        os._exit(0)
    wait_for_release()
    imports = ImportEffects()
    start_ipykernel.leave_debugger_out()
    for name in KERNEL:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    left_out = ready_libraries.import_all(libraries)
    imports.end()
    with open(os.path.join(folder, LOCK), "w", encoding="ascii") as stream:
        stream.write("%d\n" % os.getpid())
    # A kernel must not find this project's modules.
    for name in [name for name in sys.modules if name.partition(".")[0] == "dolphinml"]:
        del sys.modules[name]
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    parent = Parent(lock, folder, float(idle), libraries, left_out, imports)
    parent.listen()
    # Only a kernel gets past this call.
    parent.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
    start_ipykernel.launch(SAFE_PATH)
