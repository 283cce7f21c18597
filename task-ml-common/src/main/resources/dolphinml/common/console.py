"""The task's log: whole lines, masked, bounded in length, and without what a terminal would interpret."""

import re
import sys
import threading
import time

from dolphinml.common.masking import Secrets

# DolphinScheduler's log page hangs on very long lines.
LONGEST_LINE = 8000

# A progress bar redraws itself many times a second; people read one line every few seconds.
SECONDS_BETWEEN_REDRAWS = 5.0

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text):
    """The text without terminal sequences and control characters; tabs and line ends stay."""
    return _CONTROL.sub("", _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def bounded(line, limit=LONGEST_LINE):
    """The line, or its beginning with a note of how much was cut, in at most `limit` bytes of UTF-8."""
    encoded = line.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return line
    note = " ... [line cut, %d bytes in all]" % len(encoded)
    return encoded[: limit - len(note)].decode("utf-8", "ignore") + note


class Console:
    """Writes lines to a binary stream (the task's standard output by default). Safe to share between threads."""

    def __init__(self, stream=None, secrets=None):
        self._stream = stream if stream is not None else sys.stdout.buffer
        self._secrets = secrets or Secrets()
        self._lock = threading.Lock()

    def line(self, text=""):
        """Writes each line of the text: one that is masked, plain and at most LONGEST_LINE bytes long."""
        lines = plain(self._secrets.mask(text)).split("\n")
        data = "".join(bounded(line) + "\n" for line in lines).encode("utf-8", "replace")
        with self._lock:
            self._stream.write(data)
            self._stream.flush()

    def block(self, lines):
        """Writes the lines with nothing of another thread between them."""
        self.line("\n".join(lines))


class LineFolder:
    """Turns the pieces of text that a process prints into log lines.

    What a carriage return would overwrite on a terminal (progress bars) is shown at most every
    SECONDS_BETWEEN_REDRAWS seconds, and its last state always. A line that never ends is handed on in parts.
    """

    def __init__(self, write_line, clock=time.monotonic):
        self._write_line = write_line
        self._clock = clock
        self._pending = ""
        self._last_redraw = None

    def feed(self, text):
        self._pending += text
        while True:
            end = self._pending.find("\n")
            if end < 0:
                break
            self._emit(self._pending[:end])
            self._pending = self._pending[end + 1 :]
            self._last_redraw = None
        if "\r" in self._pending.rstrip("\r"):
            self._redraw()
        if len(self._pending) > 4 * LONGEST_LINE:
            self._write_line(self._pending)
            self._pending = ""

    def close(self):
        if self._pending.strip("\r"):
            self._emit(self._pending)
        self._pending = ""

    def _redraw(self):
        finished, _, current = self._pending.rstrip("\r").rpartition("\r")
        now = self._clock()
        if self._last_redraw is None or now - self._last_redraw >= SECONDS_BETWEEN_REDRAWS:
            self._emit(finished)
            self._last_redraw = now
        self._pending = current

    def _emit(self, raw):
        """Writes what a terminal would show of the line in the end: the last of its overwritten states."""
        states = [state for state in raw.split("\r") if state.strip()]
        self._write_line(states[-1] if states else "")
