# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Lets one task build an environment while others that need the same one wait and log which task they wait for."""

import json
import os
import socket
import time
from typing import Any, Dict

from dolphinml.common.locking import FileLock
from dolphinml.environment.build_log import BuildLog
from dolphinml.environment.faults import EnvironmentFault

# How often a waiting task logs that it is still waiting, in seconds.
INTERVAL = 30


class BuildLock:
    """The lock of one key. Its file says who holds it, or why the last build failed."""

    def __init__(self, path: str) -> None:
        self._lock = FileLock(path)
        self._found: Any = None

    def acquire(self, log: BuildLog) -> None:
        """Waits until the lock is free and takes it; an exception from a signal handler ends the wait."""

        def report(seconds: float) -> None:
            state = self._read()
            log.line("Environment: %swaiting for %s" % ("" if self._found is None else "still ", _holder(state)))
            if self._found is None:
                self._found = state

        self._lock.acquire(report, INTERVAL)

    def try_acquire(self) -> bool:
        """Tries to take the lock without waiting; returns whether it succeeded."""
        return self._lock.try_acquire()

    def release(self) -> None:
        self._lock.release()

    def is_current(self) -> bool:
        """Whether the path still leads to this file, which is removed together with its environment."""
        return self._lock.is_current()

    def remove(self) -> None:
        """Removes the file of a held lock whose key is no longer used."""
        self._lock.remove()

    def announce(self, task: Dict[str, Any]) -> None:
        """Records which task holds the lock, for waiting tasks."""
        self._write(
            {
                "task": task.get("name"),
                "instance": task.get("instanceId"),
                "process": os.getpid(),
                "host": socket.gethostname(),
                "since": time.time(),
            }
        )

    def failed(self, fault: EnvironmentFault) -> None:
        """Records why the build failed, for the tasks that have been waiting for it."""
        self._write({"failed": time.time(), "process": os.getpid(), "sentence": fault.sentence, "block": fault.block})

    def raise_failure_meanwhile(self) -> None:
        """Raises the fault of a build that failed while this task waited, since repeating it at once would not help. Compares
        no times: the clocks of other machines may differ, and any clock can be set."""
        state = self._read()
        if self._found is not None and "failed" in state and state != self._found:
            raise EnvironmentFault(
                state["sentence"],
                ["Process %s has just failed to build this environment." % state.get("process")] + state["block"],
            )

    def _read(self) -> Dict[str, Any]:
        try:
            return json.loads(os.pread(self._lock.held, 1 << 16, 0).decode("utf-8"))
        except (OSError, ValueError):
            return {}

    def _write(self, state: Dict[str, Any]) -> None:
        try:
            os.ftruncate(self._lock.held, 0)
            os.pwrite(self._lock.held, json.dumps(state).encode("utf-8"), 0)
        except OSError:
            # On a full disk the others wait without knowing which task they wait for.
            pass


def _holder(state: Dict[str, Any]) -> str:
    if "since" not in state:
        return "another task, which builds the same environment"
    task = ' of task "%s"' % state["task"] if state.get("task") else ""
    if state.get("instance") is not None:
        task += " (instance %s)" % state["instance"]
    return "process %s%s on %s, which has been building the same environment for %d s" % (
        state["process"],
        task,
        state["host"],
        max(0, time.time() - state["since"]),
    )
