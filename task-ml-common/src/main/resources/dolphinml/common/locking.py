# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Locks between processes. The kernel holds them, so that they end with the process, however it ends."""

import fcntl
import os
import time
from typing import Any, Callable, Optional

_LONGEST_PAUSE = 0.5


class FileLock:
    """The lock of one file, which is created if missing: of one holder alone, or `shared` by several.

    The file stays after the release. Only who holds the lock may `remove` it; who waits then takes the lock of the new file.
    """

    def __init__(self, path: str, shared: bool = False) -> None:
        self._path = path
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        #: The open file, for what is kept in it; None before the first try and after the release.
        self.descriptor: Optional[int] = None

    def __enter__(self) -> "FileLock":
        self.acquire()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.release()

    def acquire(self, on_wait: Optional[Callable[[float], Any]] = None, interval: float = 5.0) -> None:
        """Returns when the lock is held. `on_wait(seconds)` is called when another process holds it, and every `interval`
        seconds from then on; what it raises ends the waiting, as a signal handler does."""
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
        """Whether the lock could be had at once."""
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
        """Removes the file of this lock, which is held, and releases it."""
        os.unlink(self._path)
        self.release()

    @property
    def held(self) -> int:
        """The open file of this lock, which is held."""
        assert self.descriptor is not None
        return self.descriptor

    def is_current(self) -> bool:
        """Whether the file of this lock, which is held, is still the one that others open."""
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
