# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds and ends every process that a task started, also those that left its process group or session.

A process belongs to the task when it descends from this one (orphans included: this process adopts them where the
kernel allows it) or when its environment carries the task's marker.
"""

import contextlib
import ctypes
import os
import signal
import threading
import time
import warnings
from typing import Any, Callable, Dict, Iterable, Iterator, Optional, Set

MARKER_VARIABLE = "DOLPHINML_RUN"

_PR_SET_CHILD_SUBREAPER = 36

# Index of the number of threads in /proc/PID/stat, counted from the state.
_THREADS = 17


def adopt_orphans(adopt: bool = True) -> bool:
    """Makes orphaned descendants children of this process instead of init. Returns False if that is not possible."""
    try:
        return ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


@contextlib.contextmanager
def orphans_left_alone() -> Iterator[None]:
    """Within this block, orphans go to init: for starting a process that is to outlive this one."""
    adopt_orphans(False)
    try:
        yield
    finally:
        adopt_orphans()


def fork() -> int:
    """Forks this process, which may have other threads; the caller makes sure that the child needs none of them."""
    with warnings.catch_warnings():
        # Python 3.12 and later, and libraries such as Polars, warn about the other threads.
        warnings.simplefilter("ignore")
        return os.fork()


def _parents() -> Dict[int, int]:
    """Returns {process id: parent's id} for every visible process that still has a thread."""
    parents = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, "rb") as stat:
                # The command's name is in parentheses and may itself contain spaces and parentheses.
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] not in (b"Z", b"X") or int(fields[_THREADS]) > 1:
            parents[int(name)] = int(fields[1])
    return parents


def _has_marker(pid: int, marker: bytes) -> bool:
    try:
        variables = _environ_of("/proc/%d" % pid)
        if not variables:
            # Its first thread may have ended before the others.
            threads = "/proc/%d/task" % pid
            variables = b"\0".join(_environ_of(os.path.join(threads, each)) for each in os.listdir(threads))
    except OSError:
        return False
    return marker in variables.split(b"\0")


def _environ_of(directory: str) -> bytes:
    with open(os.path.join(directory, "environ"), "rb") as environ:
        return environ.read()


def detach() -> None:
    """Moves this process out of the task's process tree, session and process group."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)


def belonging(root: Optional[int] = None, marker: Optional[str] = None) -> Set[int]:
    """Returns the ids of the task's running processes, without this process, its ancestors and kernel threads."""
    if not os.path.isdir("/proc/self"):
        return set()
    root = os.getpid() if root is None else root
    parents = _parents()
    own = set()
    pid = os.getpid()
    while pid in parents and pid not in own:
        own.add(pid)
        pid = parents[pid]
    entry = None
    if marker:
        entry = ("%s=%s" % (MARKER_VARIABLE, marker)).encode("utf-8")
    found = set()
    for candidate in parents:
        if entry is not None and candidate not in own and _has_marker(candidate, entry):
            found.add(candidate)
    grown = True
    while grown:
        grown = False
        for candidate, parent in parents.items():
            if candidate not in found and candidate not in own and (parent == root or parent in found):
                found.add(candidate)
                grown = True
    return found


def signal_all(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except OSError:
        pass


def stop_all(
    marker: Optional[str] = None,
    grace: float = 2.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Any] = time.sleep,
    reap: bool = True,
) -> Set[int]:
    """Sends SIGTERM to all processes of the task, and SIGKILL after `grace` seconds. Returns the ids that still run.

    Repeats the search until nothing is found, because a process may fork while it is being stopped.
    """
    if marker is None:
        marker = os.environ.get(MARKER_VARIABLE)
    deadline = clock() + grace
    signalled: Set[int] = set()
    while True:
        found = belonging(marker=marker)
        if not found:
            return set()
        forced = clock() >= deadline
        signal_all(found if forced else found - signalled, signal.SIGKILL if forced else signal.SIGTERM)
        signalled |= found
        if clock() >= deadline + 2.0:
            return belonging(marker=marker)
        sleep(0.05)
        if reap:
            _reap()


def watch_parent(on_lost: Callable[[], Any], interval: float = 1.0) -> threading.Thread:
    """Calls `on_lost` once, in its own thread, when the supervisor that started this process is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(interval)
        on_lost()

    thread = threading.Thread(target=watch, name="watch-parent", daemon=True)
    thread.start()
    return thread
