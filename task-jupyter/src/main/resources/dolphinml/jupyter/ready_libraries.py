# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Imports libraries before a fork as a kernel would import them, and leaves out those that do not survive a fork.

At import, libraries check whether they are in a notebook, where they print, and their environment variables. The parent
looks like a kernel to them; a library that uses the notebook's shell beyond that check is left out.
"""

import builtins
import contextlib
import importlib
import importlib.util
import json
import os
import select
import signal
import stat
import sys
import time
from typing import Any, Dict, Iterator, List, NoReturn, Optional, Sequence

from dolphinml.common import processes

SECONDS_FOR_AN_IMPORT = 300
SECONDS_FOR_A_REHEARSAL = 30
SECONDS_FOR_AN_END = 5

# jemalloc, which pyarrow bundles, restarts its thread in a fork.
FORKABLE_THREADS = ("jemalloc_bg_thd",)

# The major number of devices without per-process state, such as /dev/null and /dev/urandom; GPUs have other numbers.
_MEMORY_DEVICES = 1

STREAMS = ("stdout", "stderr")


def open_files() -> Dict[int, str]:
    """Returns {descriptor: target} for the open descriptors above standard error."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if int(name) > 2:
                found[int(name)] = os.readlink("/proc/self/fd/" + name)
    return found


def _remembers_nothing(descriptor: int) -> bool:
    found = os.fstat(descriptor)
    return stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) == _MEMORY_DEVICES


def has_children() -> bool:
    """Whether this process has running children; reaps those that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def end_descendants() -> None:
    """Kills all descendants of this process, which adopts orphans."""
    deadline = time.monotonic() + SECONDS_FOR_AN_END
    while has_children() and time.monotonic() < deadline:
        processes.signal_all(processes.belonging(), signal.SIGKILL)
        time.sleep(0.01)


# What a library finds


class Shell:
    """Returned by get_ipython() during an import: shows libraries that they are in a notebook, and nothing more."""

    def __init__(self) -> None:
        self._used: List[str] = []
        self.kernel = ShellKernel("kernel", self._used)
        self.config: Dict[str, Dict[str, object]] = {"IPKernelApp": {}}

    def __getattr__(self, name: str) -> NoReturn:
        self._used.append(name)
        raise AttributeError(name)

    def references(self) -> int:
        return sys.getrefcount(self)

    def objection(self) -> Optional[str]:
        return "it uses the notebook's %s when it is imported" % self._used[0] if self._used else None


Shell.__name__ = "ZMQInteractiveShell"
Shell.__module__ = "ipykernel.zmqshell"


class ShellKernel:
    def __init__(self, name: str, used: List[str]) -> None:
        self._name, self._used = name, used

    def __getattr__(self, name: str) -> NoReturn:
        self._used.append("%s.%s" % (self._name, name))
        raise AttributeError(name)


class LateStream:
    """Standard output or error for libraries that keep a reference from import on: in the kernel it writes to the notebook."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        stream = getattr(sys, self._name)
        return getattr(getattr(sys, "__%s__" % self._name) if stream is self else stream, name)

    def close(self) -> None:
        """Does nothing: code that closes any stream other than sys.stderr, as TensorFlow's logging does, means its own stream."""


@contextlib.contextmanager
def as_in_a_kernel(shell: Shell) -> Iterator[None]:
    from IPython.core.getipython import get_ipython
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.initialized = classmethod(lambda cls: True)
    InteractiveShell.instance = classmethod(lambda cls, *args, **kwargs: shell)
    # Afterwards both methods are inherited again.
    vars(builtins)["get_ipython"] = get_ipython
    try:
        yield
    finally:
        del InteractiveShell.initialized, InteractiveShell.instance, vars(builtins)["get_ipython"]


def set_plot_backend() -> None:
    """Sets the Matplotlib backend as an ipykernel does at its start; Matplotlib reads it at import."""
    if not os.environ.get("MPLBACKEND"):
        inline = "matplotlib_inline" if importlib.util.find_spec("matplotlib_inline") else "ipykernel.pylab"
        os.environ["MPLBACKEND"] = "module://%s.backend_inline" % inline


# Importing


def threads_left() -> int:
    """Returns how many other threads this process has after the fork handlers of libraries have run.

    OpenBLAS, for example, ends its threads before a fork and restarts them when they are needed.
    """
    child = processes.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    names = []
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open("/proc/self/task/%s/comm" % thread) as name:
            names.append(name.read().strip())
    return sum(name not in FORKABLE_THREADS for name in names) - 1


def import_library(name: str) -> Optional[str]:
    """Imports a library; returns why it cannot be imported before the fork, None if it can."""
    files = set(open_files().items())
    shell = Shell()
    references = shell.references()
    try:
        with as_in_a_kernel(shell):
            importlib.import_module(name)
    except BaseException as error:  # a broken library may raise anything
        return shell.objection() or "%s: %s" % (type(error).__name__, error)
    if has_children():
        return "it leaves processes running, which all kernels would share"
    if threads_left():
        return "it leaves threads running, which a fork does not have"
    for descriptor, target in set(open_files().items()) - files:
        if not _remembers_nothing(descriptor):
            return "it leaves files open, which all kernels would share: %s" % target
    for stream in STREAMS:
        if not isinstance(getattr(sys, stream), LateStream):
            return "it replaces sys.%s, as the kernel does later" % stream
    if shell.references() > references:
        return "it keeps the notebook's shell from its import"
    return shell.objection()


def rehearse() -> bool:
    """Whether a fork can compute: False if it fails or hangs."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return True
    child = processes.fork()
    if child == 0:
        signal.alarm(SECONDS_FOR_A_REHEARSAL)
        square = numpy.ones((512, 512))
        os._exit(0 if (square @ square)[0, 0] == 512 else 1)
    return os.waitpid(child, 0)[1] == 0


def import_all(libraries: Sequence[str]) -> Dict[str, str]:
    """Imports the libraries that can be imported before a fork, in a process that has imported nothing else.

    Returns {library: why it was left out} in that process; processes that have imported an unsuitable library exit.
    """
    left_out: Dict[str, str] = {}
    while True:
        reader, writer = os.pipe()
        child = processes.fork()
        if child == 0:
            os.close(reader)
            processes.adopt_orphans()
            faults = _import_in_child([name for name in libraries if name not in left_out], writer)
            if faults:
                end_descendants()
            _send_line(writer, {"leftOut": faults})
            if faults:
                os._exit(0)
            processes.adopt_orphans(False)
            os.close(writer)
            return left_out
        os.close(writer)
        faults = _result_of_child(reader, child)
        os.close(reader)
        if not faults:
            # The child now takes over as the parent of kernels.
            os._exit(0)
        left_out.update(faults)


def _send_line(writer: int, what: Dict[str, Any]) -> None:
    os.write(writer, json.dumps(what).encode("utf-8") + b"\n")


def _result_of_child(reader: int, child: int) -> Dict[str, str]:
    """Returns {library: why it must be left out}, from the importing child's report or its exit status."""
    processes.adopt_orphans()
    importing, text = None, b""
    while True:
        hangs = not select.select([reader], [], [], SECONDS_FOR_AN_IMPORT)[0]
        more = b"" if hangs else os.read(reader, 65536)
        text += more
        while b"\n" in text:
            line, _, text = text.partition(b"\n")
            said = json.loads(line.decode("utf-8"))
            if said.get("leftOut"):
                os.waitpid(child, 0)
            if "leftOut" in said:
                processes.adopt_orphans(False)
                return said["leftOut"]
            importing = said["importing"]
        if not more:
            break
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    end_descendants()
    processes.adopt_orphans(False)
    if importing is None:
        # No import works here at all.
        os._exit(1)
    if hangs:
        return {importing: "its import takes more than %d s" % SECONDS_FOR_AN_IMPORT}
    if os.WIFSIGNALED(status):
        return {importing: "its import crashes by signal %d" % os.WTERMSIG(status)}
    return {importing: "its import ends the process with exit code %d" % os.WEXITSTATUS(status)}


def _import_in_child(libraries: List[str], writer: int) -> Dict[str, str]:
    """Imports libraries up to the first that must be left out; returns {library: why}."""
    for stream in STREAMS:
        setattr(sys, stream, LateStream(stream))
    for name in libraries:
        _send_line(writer, {"importing": name})
        why = import_library(name)
        if why is not None:
            return {name: why}
    for stream in STREAMS:
        setattr(sys, stream, getattr(sys, "__%s__" % stream))
    return {} if rehearse() else dict.fromkeys(libraries, "a fork cannot compute after it")
