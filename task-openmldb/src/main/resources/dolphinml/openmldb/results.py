# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Formats the result of a SELECT as a table for the log, and as CSV."""

import contextlib
import csv
import json
import os
from typing import IO, Any, Callable, Iterable, List, Optional, Sequence

ROWS_SHOWN = 20
WIDEST_CELL = 40

# Ranges of characters that take two columns in a terminal, as first and last code point.
_WIDE = (
    (0x1100, 0x115F),
    (0x2E80, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x1F300, 0x1FAFF),
    (0x20000, 0x3FFFD),
)


def text(value: Any) -> str:
    """Returns a value as text for CSV and the table; the caller handles None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def width(shown: str) -> int:
    return sum(2 if any(low <= ord(c) <= high for low, high in _WIDE) else 1 for c in shown)


def _cell(value: Any) -> str:
    shown = "NULL" if value is None else text(value)
    shown = shown.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    if width(shown) <= WIDEST_CELL:
        return shown
    while width(shown) > WIDEST_CELL - 3:
        shown = shown[:-1]
    return shown + "..."


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return " | ".join(cell + " " * (size - width(cell)) for cell, size in zip(cells, widths)).rstrip()


def count_of_rows(total: int) -> str:
    return "1 row" if total == 1 else "%d rows" % total


def table_lines(columns: List[str], rows: List[Any], total: int) -> List[str]:
    """Returns the table's lines. A single long text, as from SHOW JOBLOG, is shown as it is."""
    if total == 1 and len(columns) == 1 and isinstance(rows[0][0], str) and "\n" in rows[0][0]:
        return rows[0][0].rstrip("\n").split("\n")
    if total == 0:
        return ["no rows; columns: %s" % ", ".join(columns)]
    shown = [[_cell(value) for value in row] for row in rows[:ROWS_SHOWN]]
    head = [_cell(column) for column in columns]
    widths = [max(width(row[i]) for row in [head] + shown) for i in range(len(head))]
    table = [_line(head, widths), "-+-".join("-" * size for size in widths)]
    table.extend(_line(row, widths) for row in shown)
    note = count_of_rows(total) if total <= ROWS_SHOWN else "the first %d of %d rows" % (ROWS_SHOWN, total)
    return table + ["(%s)" % note]


class ResultFile:
    """Writes rows as CSV: a header, quotes where CSV needs them, `\\n` as line end, an empty field for NULL.

    `begin` or the first row creates the file. Without a path nothing is written.
    """

    def __init__(self, path: Optional[str], columns_of: Callable[[int], List[str]]) -> None:
        self._path = path
        self._columns_of = columns_of
        self._stream: Optional[IO[str]] = None

    def __call__(self, row: Sequence[Any]) -> None:
        if self._path:
            self.begin(len(row))
            self._write(["" if value is None else text(value) for value in row])

    def begin(self, count: int) -> None:
        """Creates the file, with a header of `count` columns, if no row has come."""
        if not self._path or self._stream is not None:
            return
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
        self._stream = open(self._path, "w", encoding="utf-8", errors="surrogateescape", newline="")
        self._write = csv.writer(self._stream, lineterminator="\n").writerow
        self._write(self._columns_of(count))

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


def result_file(path: Optional[str], columns_of: Callable[[int], List[str]]) -> "contextlib.closing[ResultFile]":
    """Returns a context with a ResultFile; `columns_of(count)` returns the names of that many columns."""
    return contextlib.closing(ResultFile(path, columns_of))
