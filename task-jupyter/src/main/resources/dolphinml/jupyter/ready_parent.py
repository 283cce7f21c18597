# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Has ipykernel and libraries imported, and forks a kernel for each task of one user in one environment.

    ready_parent.py FOLDER IDLE_SECONDS [LIBRARY ...]     with a pipe as standard input

FOLDER belongs to the user alone; in it are the lock that the one parent holds, which has its process id, and its socket. The
parent begins when the run that starts it writes a byte to the pipe or takes long, and ends when nobody has needed it for
IDLE_SECONDS, when a file that it has imported has changed, or when its socket is removed. Who started it may remove the files
of this program once its first process has ended.

A client sends its descriptor for the kernel's output, and a request. For each there is a supervisor, a fork that forks the kernel
and belongs to the task as the kernel does: both carry the task's marker. It adopts what the kernel leaves behind, tells the
client how the kernel ends, and ends the kernel when the client is gone.
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
# A Python that is to look for modules in safe places only has no folder of the program.
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

# How long the run that starts the parent may keep it from beginning: a start needs the processors itself.
SECONDS_OF_A_START = 60
SECONDS_FOR_A_REQUEST = 10
SECONDS_BETWEEN_LOOKS = 2

# What an ipykernel imports while it starts, as far as it has these.
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

# What the parent and the supervisors handle, and a kernel finds as it was.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

# The exit code of a supervisor that has found the parent out of date.
OUTDATED = 3


# Forking


class Marker:
    """The task's marker where other processes see it: in the memory that /proc/PID/environ shows.

    That memory is written when a program is started, and a fork has the parent's. Python's own variables lie elsewhere.
    """

    def __init__(self) -> None:
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        self._address = getenv(processes.MARKER_VARIABLE.encode("ascii"))
        self._length = len(os.environ[processes.MARKER_VARIABLE])

    def set(self, marker: str) -> bool:
        """Whether others see it now."""
        text = marker.encode("ascii")
        if not self._address or len(text) != self._length:
            return False
        ctypes.memmove(self._address, text, self._length)
        entry = processes.MARKER_VARIABLE.encode("ascii") + b"=" + text
        with open("/proc/self/environ", "rb") as environ:
            return entry in environ.read().split(b"\0")


class ImportEffects:
    """What imports have done to this process besides modules, and a kernel would find too."""

    def __init__(self) -> None:
        ready_libraries.set_plot_backend()
        self._variables = dict(os.environ)
        self._files = ready_libraries.open_files()
        #: Descriptors of devices such as /dev/urandom that a library has opened and still uses.
        self.devices: Set[int] = set()

    def end(self) -> None:
        before = self._variables
        self._set = {name: value for name, value in os.environ.items() if before.get(name) != value}
        self._removed = [name for name in before if name not in os.environ]
        self.devices = set(ready_libraries.open_files()) - set(self._files)

    def apply(self) -> None:
        """To the variables of a kernel."""
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
        # Whoever finds it can connect to it.
        os.rename(temporary, self.path)
        self.stamp = ready_circumstances.stamp(self.path)

    def serve(self) -> None:
        """Returns in a kernel; the parent itself ends here."""
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
                    # The lock stays the parent's.
                    self.lock.release()
                    KernelSupervisor(self, client).supervise()
                    return
                self.supervisors.add(supervisor)
                client.close()
            # Who removes the socket wants no parent any more.
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
    """Between the parent and one kernel."""

    def __init__(self, parent: Parent, client: socket.socket) -> None:
        self.parent = parent
        self.client = client
        self.output = -1
        self.kernel = 0
        self.keep = False

    def supervise(self) -> None:
        """Returns in the kernel; the supervisor itself ends here."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # Who stops the task signals its processes; the supervisor is to outlive the others.
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
        # The kernel closes its end when it has a session and a process group of its own.
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
        """Makes this process what the client would have started."""
        signal.set_wakeup_fd(-1)
        for number, handler in self.parent.handlers.items():
            if handler is not None:
                signal.signal(number, handler)
        os.setsid()
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        self.parent.imports.apply()
        # ipykernel ends when this one is not its parent any more; it has read the variable when it was imported.
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        for descriptor in set(ready_libraries.open_files()) - self.parent.imports.devices:
            os.close(descriptor)
        sys.argv[1:] = request["arguments"] + ["--IPKernelApp.parent_handle=%d" % os.getppid()]
        if "numpy" in sys.modules:
            # Python's own random numbers begin differently in each fork.
            sys.modules["numpy"].random.seed()
        if "multiprocessing.process" in sys.modules:
            # Where processes that it spawns find the modules of the notebook's folder.
            vars(sys.modules["multiprocessing.process"])["ORIGINAL_DIR"] = request["cwd"]

    def _wait(self, wake: int) -> NoReturn:
        """Until the client is gone, or the kernel and all that it has left behind."""
        while True:
            readable = select.select([self.client, wake], [], [])[0]
            _drain(wake)
            if not self._reap() or self.client in readable:
                self._end()

    def _reap(self) -> bool:
        """Whether there is still something to wait for."""
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
            # After a run that has ended in good order there is nothing.
            ready_libraries.end_descendants()
        os._exit(0)


def _hidden_by(directory: str) -> Optional[str]:
    """An entry of a directory that Python would take for a module which is imported here from elsewhere; or None."""
    # IPython looks for modules in the working directory after those of Python itself.
    known = {name.partition(".")[0] for name in sys.modules} - getattr(sys, "stdlib_module_names", frozenset())
    for entry in os.listdir(directory):
        stem, _, kind = entry.partition(".")
        if stem in known and (kind in ("py", "pyc") or kind.endswith("so") or not kind):
            return entry
    return None


def _wake_at_signals() -> int:
    """A descriptor that becomes readable when a child ends."""
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
    """Waits on the pipe until the run that has started this one has no more need of the processors."""
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
    # A kernel is to find none of this project's modules.
    for name in [name for name in sys.modules if name.partition(".")[0] == "dolphinml"]:
        del sys.modules[name]
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    parent = Parent(lock, folder, float(idle), libraries, left_out, imports)
    parent.listen()
    # Only a kernel comes to what follows.
    parent.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
    start_ipykernel.launch(SAFE_PATH)
