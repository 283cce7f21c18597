# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the progress of the notebook to the task's log while it runs."""

import re
import time
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from dolphinml.common.console import Console, LineFolder, plain
from dolphinml.common.optional import given
from dolphinml.jupyter import cells
from dolphinml.jupyter.displays import Changes, text_of_html

# Sets a cell's text apart from the lines about cells. Also, DolphinScheduler 3.1 drops lines that begin with
# its marker for output parameters.
MARGIN = "  | "

SLOWEST_SHOWN = 5

# IPython's text for an object that only has an HTML representation.
_NAMELESS = re.compile(r"<IPython\.core\.display\.\w+ object>$")


def _content_size(data: Any) -> str:
    """Returns the size of the content that a base64 text encodes, or of a plain text."""
    size = len(data) * 3 // 4 if isinstance(data, str) else len(str(data))
    return "%d kB" % (size // 1000) if size >= 1000 else "%d bytes" % size


def _joined(text: Any) -> Any:
    return "".join(text) if isinstance(text, list) else text


def describe(data: Mapping[str, Any]) -> str:
    """Returns the text of a display: text as it is, everything else as its type and size."""
    text: Optional[str] = _joined(data.get("text/plain"))
    if text and _NAMELESS.match(text):
        text = text_of_html(_joined(data.get("text/html") or "")) or text
    named = []
    for mime in data:
        if mime.startswith("image/") or mime in ("application/pdf", "audio/wav", "video/mp4"):
            content = data[mime]
            named.append("[%s, %s]" % (mime, _content_size(_joined(content))))
        elif mime.startswith("application/vnd.") or mime == "application/javascript":
            named.append("[%s]" % mime)
        elif mime == "text/html" and text is None:
            content = data[mime]
            named.append("[text/html, %d bytes]" % len(_joined(content)))
        elif mime in ("text/markdown", "text/latex") and text is None:
            text = "".join(data[mime])
    return " ".join(named + ([text] if text else []))


def _outcome_of_cell(cell: cells.Cell) -> str:
    """Returns how a cell ended, in one word."""
    if cells.ended_notebook(cell):
        return "ended the notebook"
    return "failed" if (cell.get("metadata") or {}).get("papermill", {}).get("exception") is True else "done"


class LiveLog:
    """Writes a line when a cell starts and when it ends, and in between what the cell prints, as it arrives."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._folders: Dict[str, LineFolder] = {}
        self._started: Optional[float] = None
        self._seconds: List[Tuple[float, int, str]] = []
        self.numbering = cells.Numbering([])
        self.changes = Changes(self._lines, clock)

    def notebook(self, notebook_cells: Iterable[cells.Cell]) -> None:
        self.numbering = cells.Numbering(notebook_cells)

    def label(self, index: int) -> str:
        """Returns the label of a running cell in the log."""
        return "[%d/%d]" % (given(self.numbering.of(index)), self.numbering.total)

    def start(self, cell: cells.Cell, index: int) -> None:
        if self.numbering.of(index) is None:
            if cells.skipped(cell):
                self._console.line("Skipped, as it is tagged %s: %s" % (cells.SKIP_TAG, cells.first_line(cell)))
            return
        self._started = self._clock()
        tags = [tag for tag in cells.cell_tags(cell) if tag == cells.INJECTED_TAG]
        line = "parameters of this task" if tags else cells.first_line(cell)
        self._console.line("%s %s" % (self.label(index), line))

    def end(self, cell: cells.Cell, index: int) -> None:
        if self.numbering.of(index) is None or self._started is None:
            return
        self.close_streams()
        self.changes.close()
        seconds = self._clock() - self._started
        self._started = None
        self._seconds.append((seconds, index, cells.first_line(cell)))
        self._console.line("%s %s after %.1f s" % (self.label(index), _outcome_of_cell(cell), seconds))

    def stream(self, name: str, text: str) -> None:
        folder = self._folders.get(name)
        if folder is None:
            folder = self._folders[name] = LineFolder(self._console, MARGIN)
        folder.feed(text)

    def output(self, output: cells.CellOutput) -> None:
        """Logs one output of a cell, which has the form of a notebook's outputs."""
        kind = output.get("output_type")
        if kind == "stream":
            text = output.get("text") or ""
            self.stream(output.get("name", "stdout"), _joined(text))
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self.close_streams()
            self._lines(describe(output.get("data") or {}))
        elif kind == "error":
            self.close_streams()
            self._lines(cells.error_in_one_line(output))

    def display(self, text: str) -> None:
        """Logs the text of a display."""
        self.close_streams()
        self._lines(text)

    def _lines(self, text: str) -> None:
        lines = [line for line in plain(text).split("\n") if line]
        if lines:
            self._console.line("\n".join(lines), MARGIN)

    def close_streams(self) -> None:
        for folder in self._folders.values():
            folder.close()
        self._folders = {}

    def skipped(self, indexes: Iterable[int]) -> None:
        numbers = [self.numbering.of(index) for index in sorted(indexes) if self.numbering.of(index)]
        if numbers:
            self._console.line(
                "Resumed after the checkpoint: cells %s of %d were done by the attempt before and are skipped."
                % (", ".join(map(str, numbers)), self.numbering.total)
            )

    def slowest(self) -> None:
        shown = sorted(self._seconds, reverse=True)[:SLOWEST_SHOWN]
        if len(self._seconds) > 1:
            self._console.line("The slowest cells:")
            for seconds, index, line in shown:
                self._console.line("  %8.1f s  %s %s" % (seconds, self.label(index), line))
