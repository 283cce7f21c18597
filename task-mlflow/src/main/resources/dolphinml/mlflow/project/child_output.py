# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Copies the output of the training's process to the log, and keeps its last lines to find the reason of a failure."""

import codecs
import collections
import os
import re
import threading
from typing import TYPE_CHECKING, Deque, List, Optional

from dolphinml.common.console import LineFolder

if TYPE_CHECKING:
    from dolphinml.common.console import Console

LINES_KEPT = 200
LINES_QUOTED = 4

_TRACEBACK = "Traceback (most recent call last):"
_ERROR = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit|Warning|Failure)?(: .*)?$")
_ERROR_OF_A_TOOL = re.compile(r"\s*(error\b|fatal\b|×|\w+Error\b)", re.I)
_OF_MLFLOW = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (INFO|WARNING|ERROR) mlflow")


class ChildOutput:
    """A pipe for the child's output. `writer` is the descriptor to give the child; `start` closes it in this process."""

    def __init__(self, console: "Console") -> None:
        self._reader, self.writer = os.pipe()
        self._console = console
        self._last: Deque[str] = collections.deque(maxlen=LINES_KEPT)
        self.lines = 0
        self._thread = threading.Thread(target=self._pump, name="child-output", daemon=True)

    def start(self) -> None:
        os.close(self.writer)
        self._thread.start()

    def drain(self, seconds: float = 1.0) -> None:
        """Waits until all output is in the log, but not for long: a process that outlives the child may hold the pipe open."""
        self._thread.join(seconds)

    def _pump(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        folder = LineFolder(self)
        while True:
            data = os.read(self._reader, 65536)
            if not data:
                break
            folder.feed(decoder.decode(data))
        folder.close()

    # The methods of a console that LineFolder calls.

    def line(self, text: str = "", margin: str = "") -> None:
        lines = text.split("\n")
        self._last.extend(lines)
        self.lines += len(lines)
        self._console.line(text, margin)

    def beginning(self, text: str, size: int, margin: str = "") -> None:
        self._last.append(text)
        self.lines += 1
        self._console.beginning(text, size, margin)

    def reason(self) -> Optional[str]:
        """Returns the error line of the last Python traceback in the output, or None."""
        lines = [line for line in self._last if line.strip()]
        for start in range(len(lines) - 1, -1, -1):
            if _TRACEBACK in lines[start]:
                return _last_line_of_traceback(lines[start + 1 :])
        return None

    def error_of_a_tool(self) -> Optional[str]:
        """Returns the error message of a tool such as pip or uv, in one line, or None."""
        lines = [line.strip() for line in self._last if line.strip() and not _OF_MLFLOW.match(line)]
        first = next((at for at, line in enumerate(lines) if _ERROR_OF_A_TOOL.match(line)), None)
        return None if first is None else " ".join(" ".join(lines[first : first + LINES_QUOTED]).split())


def _last_line_of_traceback(lines: List[str]) -> Optional[str]:
    for line in lines:
        if not line.startswith((" ", "\t")) and not _OF_MLFLOW.match(line) and _ERROR.match(line.strip()):
            return line.strip()
    return None
