# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Logs that a cell is still running, and where the program is stuck if it does not read from the kernel."""

import datetime
import os
import sys
import threading
import time
from typing import Callable, List, Optional

from dolphinml.common.console import Console

SECONDS_BETWEEN_LINES = 60


class Watchdog:
    """Runs in its own thread, so that it can log while the program is stuck."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._changed = threading.Condition()
        self._thread: Optional[threading.Thread] = None
        self._label: Optional[str] = None
        self._since = 0.0
        self._idle_since: Optional[float] = None
        self._active: Optional[float] = None
        self._main = threading.get_ident()

    def start(self, label: str) -> None:
        """Notes that a cell begins; `label` is its name in the log."""
        with self._changed:
            self._label, self._since, self._idle_since, self._active = label, self._clock(), None, None
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Notes that the cell has ended and is saved."""
        with self._changed:
            self._label = None
            self._changed.notify()

    def idle(self) -> None:
        """Notes that the kernel has reported the cell as done."""
        self._idle_since = self._clock()

    def note_activity(self) -> None:
        """Notes that the program waits for the kernel, or has just read from it."""
        self._active = self._clock()

    def _watch(self) -> None:
        with self._changed:
            while True:
                if self._label is None:
                    self._changed.wait()
                elif not self._changed.wait(SECONDS_BETWEEN_LINES):
                    self._say()

    def _say(self) -> None:
        now = self._clock()
        self._console.line("%s busy for %s" % (self._label, _span(now - self._since)))
        if self._active is not None and now - self._active >= SECONDS_BETWEEN_LINES:
            self._console.line(
                "WARNING %s Nothing has been read from the kernel for %s; this program is at %s."
                % (self._label, _span(now - self._active), _place(self._main))
            )
        elif self._idle_since is not None and now - self._idle_since >= SECONDS_BETWEEN_LINES:
            self._console.line(
                "WARNING %s The kernel has reported that it is idle, and its reply has not arrived for %s."
                % (self._label, _span(now - self._idle_since))
            )


def _span(seconds: float) -> str:
    return str(datetime.timedelta(seconds=int(seconds)))


def _place(thread: int) -> str:
    """Returns a short description of where a thread is, innermost call first."""
    found: List[str] = []
    frame = sys._current_frames().get(thread)
    while frame is not None and len(found) < 3:
        code = frame.f_code
        found.append("%s (%s:%d)" % (code.co_name, os.path.basename(code.co_filename), frame.f_lineno))
        frame = frame.f_back
    return ", called by ".join(found) or "an unknown place"
