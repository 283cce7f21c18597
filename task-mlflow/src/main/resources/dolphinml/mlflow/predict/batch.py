# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Some rows of a file, on their way from the file to the model and on to the result."""

from typing import Any, Callable


class Batch:
    """`values(name)` is a column of the rows, `line(row)` says where a row is in its file."""

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
