# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Logs the progress of a transfer every few seconds: bytes, files and rate."""

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Optional, Tuple, Type

from dolphinml.common.sizes import readable
from dolphinml.common.waiting import Beat

if TYPE_CHECKING:
    from dolphinml.common.console import Console

SECONDS_BETWEEN_LINES = 5.0


def counted(files: int) -> str:
    return "1 file" if files == 1 else "%d files" % files


class Progress:
    """Counts the bytes and files that are done, and logs them every `interval` seconds while its context is open.

    Logs a summary at the end if the work took at least that long.
    """

    def __init__(
        self,
        console: "Console",
        what: str,
        size: Optional[int],
        files: int,
        look: Optional[Callable[[], Tuple[int, int]]] = None,
        interval: float = SECONDS_BETWEEN_LINES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """look  returns (bytes, files) so far, for work that does not report to add_bytes and add_file"""
        self._console = console
        self._what = what
        self._size = size or 0
        self._files = files
        self._look = look
        self._interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._bytes_done = 0
        self._files_done = 0
        self._begin = 0.0
        self._beat = Beat(self._report, interval)

    def add_bytes(self, number: int) -> None:
        with self._lock:
            self._bytes_done += number

    def add_file(self, number: int = 1) -> None:
        with self._lock:
            self._files_done += number

    def __enter__(self) -> "Progress":
        self._begin = self._clock()
        self._beat.__enter__()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._beat.__exit__()
        seconds = self._clock() - self._begin
        if kind is None and seconds >= self._interval:
            self._console.line(
                "%s: %s in %s, %d s, %s/s"
                % (self._what, readable(self._size), counted(self._files), seconds, readable(self._size / seconds))
            )

    def _report(self) -> None:
        done, files = self._look() if self._look else (self._bytes_done, self._files_done)
        seconds = max(0.001, self._clock() - self._begin)
        self._console.line(
            "%s: %s of %s, %d of %s, %s/s"
            % (
                self._what,
                readable(done),
                readable(self._size) if self._size else "some",
                files,
                counted(self._files),
                readable(done / seconds),
            )
        )
