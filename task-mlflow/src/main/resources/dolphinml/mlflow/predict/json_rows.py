"""JSON lines: an object in each line. A name that a line lacks, or whose value is null, is a gap."""

import io
import itertools
import json
import os

from dolphinml.mlflow.predict import faults
from dolphinml.mlflow.predict.batch import Batch

# In which the names are looked for before the first row is scored.
LINES_FOR_NAMES = 1000


class Reader:
    """The rows of one file."""

    def __init__(self, path):
        self._path = path
        self._raw = open(path, "rb")
        self._stream = io.TextIOWrapper(self._raw, encoding="utf-8-sig")
        self._objects = self._parsed()
        self._first = list(itertools.islice(self._objects, LINES_FOR_NAMES))
        self.columns = list(dict.fromkeys(name for row, _ in self._first for name in row))
        self.kinds = {}

    def batches(self, size):
        objects = itertools.chain(self._first, self._objects)
        self._first = []
        while True:
            batch = list(itertools.islice(objects, size))
            if not batch:
                return
            rows = [row for row, _ in batch]
            yield Batch(rows, self._column(rows), [line for _, line in batch].__getitem__)

    @staticmethod
    def _column(rows):
        return lambda name: [row.get(name) for row in rows]

    def _parsed(self):
        number = 0
        try:
            for number, line in enumerate(self._stream, 1):
                if line.strip():
                    yield self._object(line, number), number
        except UnicodeDecodeError:
            raise faults.of_input("'%s' is not in UTF-8 after line %d; save it as UTF-8" % (self._path, number)) from None

    def _object(self, line, number):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise faults.of_input("'%s': line %d is no JSON (%s); write one object in each line" % (
                self._path, number, error)) from None
        if not isinstance(row, dict):
            raise faults.of_input("'%s': line %d is no JSON object; write one object in each line, as in {\"x\": 1}" % (
                self._path, number))
        return row

    def share(self):
        return self._raw.tell() / max(os.fstat(self._raw.fileno()).st_size, 1)

    def close(self):
        self._raw.close()


class Writer:
    """The objects of the input with the answers in them."""

    def __init__(self, path, reader):
        self._stream = open(path, "w", encoding="utf-8")

    def begin(self, names):
        """There is no header."""

    def write(self, batch, answers):
        for row, more in zip(batch.rows, zip(*answers.values())):
            self._stream.write(json.dumps(dict(row, **dict(zip(answers, more))), ensure_ascii=False, default=str) + "\n")

    def close(self):
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
