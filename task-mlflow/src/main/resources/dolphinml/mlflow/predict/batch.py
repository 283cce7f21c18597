# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A batch of a file's rows, read for the model and written to the result."""

from typing import Any, Callable


class Batch:
    """`values(name)` returns a column of the rows, `line(row)` the line of a row in its file."""

    def __init__(self, rows: Any, columns: Callable[[str], Any], lines: Callable[[int], int]) -> None:
        self.rows = rows
        self._columns = columns
        self._lines = lines

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, name: str) -> Any:
        return self._columns(name)

    def line(self, row: int) -> int:
        return self._lines(row)
