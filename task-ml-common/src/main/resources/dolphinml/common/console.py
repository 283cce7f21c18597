# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The task's log: whole lines, masked, bounded in length, and without terminal sequences."""

import os
import re
import sys
import threading
import time
from typing import Any, Callable, Iterable, List, Optional

from dolphinml.common.masking import Secrets

# DolphinScheduler's log page hangs on very long lines.
LONGEST_LINE = 8000

# A progress bar redraws itself many times a second; one line every few seconds is enough in a log.
SECONDS_BETWEEN_REDRAWS = 5.0

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """Returns the text without terminal sequences and control characters; keeps tabs and line ends."""
    return _CONTROL.sub("", _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def bounded(line: str, limit: int = LONGEST_LINE, size: Optional[int] = None) -> str:
    """Returns the line in at most `limit` bytes of UTF-8: all of it, or its beginning with a note of its full size.

    `size` is the full number of bytes if `line` is only the beginning of a line.
    """
    encoded = line.encode("utf-8", "replace")
    if size is None and len(encoded) <= limit:
        return line
    note = " ... [line cut, %d bytes in all]" % (size or len(encoded))
    return encoded[: limit - len(note)].decode("utf-8", "ignore") + note


def _opened(path: str) -> Any:
    try:
        return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", 0)
    except OSError:  # the worker has removed the task's files, so nothing will read this
        return open(os.devnull, "wb", 0)


class Console:
    """Writes lines to a binary stream (the task's standard output by default). Safe to share between threads.

    rest  the path of a file for output that the stream no longer accepts: a worker that has killed the task's shell stops
          reading its output, and logs this file at the end
    """

    def __init__(self, stream: Any = None, secrets: Optional[Secrets] = None, rest: Optional[str] = None) -> None:
        self._stream = stream if stream is not None else sys.stdout.buffer
        self._rest = rest
        self._secrets = secrets or Secrets()
        self._lock = threading.Lock()

    def _readable(self, text: str) -> str:
        # Masks twice: a secret may contain characters that plain() removes, or may be interrupted by colour codes.
        return self._secrets.mask(plain(self._secrets.mask(text)))

    def _write(self, lines: Iterable[str]) -> None:
        data = "".join([line + "\n" for line in lines]).encode("utf-8", "replace")
        with self._lock:
            try:
                self._send(data)
            except OSError:
                if self._rest is None:
                    raise
                self._stream, self._rest = _opened(self._rest), None
                self._send(data)

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        # An unbuffered stream may write only a part if a signal arrives.
        while left:
            left = left[self._stream.write(left) :]
        self._stream.flush()

    def line(self, text: str = "", margin: str = "") -> None:
        """Writes each line of the text masked, without control characters and at most LONGEST_LINE bytes long."""
        self._write([bounded(margin + line) for line in self._readable(text).split("\n")])

    def beginning(self, text: str, size: int, margin: str = "") -> None:
        """Writes the beginning of a line whose full size is `size` bytes."""
        self._write([bounded(margin + self._readable(text).replace("\n", " "), size=size)])

    def block(self, lines: Iterable[str]) -> None:
        """Writes the lines together, without lines of other threads in between."""
        self.line("\n".join(lines))


class LineFolder:
    """Turns the pieces of text that a process prints into log lines.

    Text that a carriage return would overwrite on a terminal (progress bars) is shown at most every
    SECONDS_BETWEEN_REDRAWS seconds; its last state is always shown. Of an endless line the beginning is kept.
    """

    # More than is shown, so that the cut cannot split a secret.
    _KEPT = 4 * LONGEST_LINE

    def __init__(self, console: Any, margin: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._margin = margin
        self._clock = clock
        self._line = _Line()
        self._finished: Optional[_Line] = None
        self._last_redraw: Optional[float] = None
        self._last_shown: Optional[str] = None
        self._ready: List[str] = []

    def feed(self, text: str) -> None:
        # Nested progress bars move down with a line feed and come back with a carriage return.
        lines = text.replace("\n\r", "\r").split("\n")
        for line in lines[:-1]:
            self._add(line)
            self._end_line()
        self._add(lines[-1])
        if self._finished is not None:
            self._redraw(self._finished)
        self._flush()

    def close(self) -> None:
        if self._line.text or self._finished is not None:
            self._end_line()
        self._flush()

    def _add(self, text: str) -> None:
        states = text.split("\r")
        self._line.add(states[0], self._KEPT)
        for state in states[1:]:
            self._finished = self._state()
            self._line = _Line()
            self._line.add(state, self._KEPT)

    def _state(self) -> "_Line":
        """Returns the state to show; a blank state is replaced by the one before it."""
        return self._line if self._line.text.strip() or self._finished is None else self._finished

    def _end_line(self) -> None:
        state = self._state()
        if self._finished is None or state.text != self._last_shown:
            self._show(state)
        self._line, self._finished, self._last_redraw, self._last_shown = _Line(), None, None, None

    def _redraw(self, state: "_Line") -> None:
        now = self._clock()
        due = self._last_redraw is None or now - self._last_redraw >= SECONDS_BETWEEN_REDRAWS
        if due and state.text.strip() and state.text != self._last_shown:
            self._show(state)
            self._last_redraw, self._last_shown = now, state.text

    def _show(self, line: "_Line") -> None:
        if line.dropped:
            self._flush()
            size = len(line.text.encode("utf-8", "replace")) + line.dropped
            self._console.beginning(line.text, size, self._margin)
        else:
            self._ready.append(line.text)

    def _flush(self) -> None:
        if self._ready:
            self._console.line("\n".join(self._ready), self._margin)
            self._ready = []


class _Line:
    """The beginning of a line, and how many bytes of it were dropped."""

    def __init__(self) -> None:
        self.text = ""
        self.dropped = 0

    def add(self, text: str, limit: int) -> None:
        room = limit - len(self.text)
        self.text += text[:room]
        if len(text) > room:
            self.dropped += len(text[room:].encode("utf-8", "replace"))
