# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Locks between processes. The kernel releases them when the process ends, however it ends."""

import fcntl
import os
import time
from typing import Any, Callable, Optional

_LONGEST_PAUSE = 0.5


class FileLock:
    """A lock on a file, which is created if missing: exclusive, or `shared` by several holders.

    The file stays after the release. Only a holder may `remove` it; a waiting process then locks the new file.
    """

    def __init__(self, path: str, shared: bool = False) -> None:
        self._path = path
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        #: The open file, which may be read and written; None before the first try and after the release.
        self.descriptor: Optional[int] = None

    def __enter__(self) -> "FileLock":
        self.acquire()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.release()

    def acquire(self, on_wait: Optional[Callable[[float], Any]] = None, interval: float = 5.0) -> None:
        """Waits until the lock is held. `on_wait(seconds)` is called when another process holds it, and then every `interval`
        seconds; an exception from it, or from a signal handler, ends the wait."""
        began, due, pause = time.monotonic(), 0.0, 0.01
        try:
            while not self._is_taken():
                waited = time.monotonic() - began
                if on_wait is not None and waited >= due:
                    due = waited + interval
                    on_wait(waited)
                time.sleep(pause)
                pause = min(_LONGEST_PAUSE, 1.5 * pause)
        except BaseException:
            self.release()
            raise

    def try_acquire(self) -> bool:
        """Tries to take the lock without waiting; returns whether it succeeded."""
        taken = False
        try:
            taken = self._is_taken()
        finally:
            if not taken:
                self.release()
        return taken

    def release(self) -> None:
        if self.descriptor is not None:
            descriptor, self.descriptor = self.descriptor, None
            os.close(descriptor)

    def remove(self) -> None:
        """Removes the lock's file and releases the lock, which must be held."""
        os.unlink(self._path)
        self.release()

    @property
    def held(self) -> int:
        """Returns the open file of this lock, which must be held."""
        assert self.descriptor is not None
        return self.descriptor

    def is_current(self) -> bool:
        """Whether the path still leads to the file of this lock, which must be held."""
        try:
            return os.path.samestat(os.fstat(self.held), os.stat(self._path))
        except OSError:
            return False

    def _is_taken(self) -> bool:
        while True:
            if self.descriptor is None:
                self.descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self.descriptor, self._kind | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if self.is_current():
                return True
            self.release()
