# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and writes JSON lines, one object per line. A name that is missing in a line, or null, is a gap."""

import itertools
import json
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

from dolphinml.mlflow.predict import faults
from dolphinml.mlflow.predict.batch import Batch
from dolphinml.mlflow.predict.text_file import TextReader, TextWriter

# The number of rows to search for column names before the first row is scored.
LINES_FOR_NAMES = 1000


class Reader(TextReader):
    """Reads the rows of one file."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._objects = self._parsed()
        self._first = list(itertools.islice(self._objects, LINES_FOR_NAMES))
        self.columns = list(dict.fromkeys(name for row, _ in self._first for name in row))
        self.kinds: Dict[Any, Any] = {}

    def batches(self, size: int) -> Iterator[Batch]:
        objects = itertools.chain(self._first, self._objects)
        self._first = []
        while True:
            batch = list(itertools.islice(objects, size))
            if not batch:
                return
            rows = [row for row, _ in batch]
            yield Batch(rows, self._column(rows), [line for _, line in batch].__getitem__)

    @staticmethod
    def _column(rows: List[Dict[str, Any]]) -> Callable[[str], List[Any]]:
        return lambda name: [row.get(name) for row in rows]

    def _parsed(self) -> Iterator[Tuple[Dict[str, Any], int]]:
        number = 0
        try:
            for number, line in enumerate(self._stream, 1):
                if line.strip():
                    yield self._object(line, number), number
        except UnicodeDecodeError:
            raise self._not_utf8(number) from None

    def _object(self, line: str, number: int) -> Dict[str, Any]:
        try:
            row = json.loads(line)
        except ValueError as error:
            raise faults.input_failure(
                "'%s': line %d is not JSON (%s); write one object in each line" % (self._path, number, error)
            ) from None
        if not isinstance(row, dict):
            raise faults.input_failure(
                "'%s': line %d is not a JSON object; write one object in each line, as in {\"x\": 1}" % (self._path, number)
            )
        return row


class Writer(TextWriter):
    """Writes the input's objects with the model's answers added."""

    def __init__(self, path: str, reader: Reader) -> None:
        super().__init__(path)

    def begin(self, names: Iterable[str]) -> None:
        """Does nothing: JSON lines have no header."""

    def write(self, batch: Batch, answers: Dict[str, List[Any]]) -> None:
        for row, more in zip(batch.rows, zip(*answers.values())):
            self._stream.write(json.dumps(dict(row, **dict(zip(answers, more))), ensure_ascii=False, default=str) + "\n")
