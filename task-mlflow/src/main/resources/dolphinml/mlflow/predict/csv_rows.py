# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and writes CSV. The input's values appear in the result exactly as they were written."""

import csv
import itertools
import sys
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional

from dolphinml.mlflow.gaps import GAPS
from dolphinml.mlflow.predict import faults
from dolphinml.mlflow.predict.batch import Batch
from dolphinml.mlflow.predict.text_file import TextReader, TextWriter

_GAPS = frozenset(GAPS + ("",))


class Reader(TextReader):
    """Reads the rows of one file."""

    def __init__(self, path: str) -> None:
        super().__init__(path, newline="")
        csv.field_size_limit(sys.maxsize)
        self._reader = csv.reader(self._stream)
        self._width: Any = None
        self.columns: List[str] = next(self._checked(), [])
        if not self.columns:
            raise faults.input_failure("'%s' is empty; it needs a header line" % path)
        repeated = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if repeated:
            raise faults.input_failure("'%s' has several columns '%s'; give each a name of its own" % (path, repeated[0]))
        self.kinds: Dict[Any, Any] = {}

    def batches(self, size: int) -> Iterator[Batch]:
        rows = self._checked()
        while True:
            batch, lines = [], []
            for row in itertools.islice(rows, size):
                batch.append(row)
                lines.append(self._reader.line_num)
            if not batch:
                return
            yield Batch(batch, self._column(batch), lines.__getitem__)

    def _column(self, batch: List[List[str]]) -> Callable[[str], List[Optional[str]]]:
        def values(name: str) -> List[Optional[str]]:
            at = self.columns.index(name)
            return [None if row[at] in _GAPS else row[at] for row in batch]

        return values

    def _checked(self) -> Iterator[List[str]]:
        """Yields the rows that are not blank; raises TaskFailure for one whose number of values differs from the header's."""
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except UnicodeDecodeError:
                raise self._not_utf8(self._reader.line_num) from None
            except csv.Error as error:
                raise faults.input_failure(
                    "'%s' cannot be read at line %d: %s" % (self._path, self._reader.line_num, error)
                ) from None
            if not row or len(row) == 1 and not row[0].strip() and self._width != 1:
                continue
            if self._width is None:
                self._width = len(row)
            elif len(row) != self._width:
                raise faults.input_failure(
                    "'%s': line %d has %d values and the header %d names; give each row one value for each name, with quotes"
                    " around a value that has a comma in it" % (self._path, self._reader.line_num, len(row), self._width)
                )
            yield row


class Writer(TextWriter):
    """Writes the input's rows, each followed by the model's answers."""

    def __init__(self, path: str, reader: Reader) -> None:
        super().__init__(path, newline="")
        self._writer = csv.writer(self._stream, lineterminator="\n")
        self._columns = reader.columns
        self._begun = False

    def begin(self, names: Iterable[str]) -> None:
        if not self._begun:
            self._writer.writerow(self._columns + list(names))
            self._begun = True

    def write(self, batch: Batch, answers: Dict[str, List[Any]]) -> None:
        self.begin(answers)
        self._writer.writerows(row + list(more) for row, more in zip(batch.rows, zip(*answers.values())))
