# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and writes Parquet; needs pyarrow. The input's columns keep their types and metadata."""

import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional

import pyarrow
import pyarrow.parquet

from dolphinml.common import exceptions
from dolphinml.mlflow.predict import faults
from dolphinml.mlflow.predict.batch import Batch

if TYPE_CHECKING:
    import pandas


class Reader:
    """Reads the rows of one file. `kinds` says which columns hold text and which numbers."""

    def __init__(self, path: str) -> None:
        try:
            self._file = pyarrow.parquet.ParquetFile(path)
        except (pyarrow.ArrowException, OSError) as error:
            raise faults.input_failure("'%s' is not a Parquet file: %s" % (path, exceptions.message_with_type(error))) from None
        self.schema = self._file.schema_arrow
        self.columns = list(self.schema.names)
        self.kinds = {field.name: _kind(field.type) for field in self.schema}
        self._rows, self._read = self._file.metadata.num_rows, 0

    def batches(self, size: int) -> Iterator[Batch]:
        for batch in self._file.iter_batches(batch_size=size):
            begin = self._read
            self._read += batch.num_rows
            yield _Rows(batch, begin)

    def share(self) -> float:
        return self._read / max(self._rows, 1)

    def close(self) -> None:
        self._file.close()


class _Rows(Batch):
    def __init__(self, batch: pyarrow.RecordBatch, begin: int) -> None:
        super().__init__(batch, self._column, lambda row: begin + row + 1)

    def __len__(self) -> int:
        return self.rows.num_rows

    def _column(self, name: str) -> "pandas.Series":
        return self.rows.column(self.rows.schema.get_field_index(name)).to_pandas()


def _kind(kind: pyarrow.DataType) -> str:
    types = pyarrow.types
    if types.is_dictionary(kind):
        return _kind(kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind):
        return "text"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    return str(kind)


class Writer:
    """Writes the input's columns with the model's answers as additional columns."""

    def __init__(self, path: str, reader: Reader) -> None:
        self._path, self._schema = path, reader.schema
        self._types: Dict[str, Any] = {}
        self._writer: Optional[pyarrow.parquet.ParquetWriter] = None

    def begin(self, names: Iterable[str]) -> None:
        """Opens the file if no row was written; the answers are then text, since their type is unknown."""
        if self._writer is None:
            for name in names:
                self._types.setdefault(name, pyarrow.string())
            self._open()

    def write(self, batch: Batch, answers: Dict[str, List[Any]]) -> None:
        arrays = {name: pyarrow.array(values, type=self._types.get(name)) for name, values in answers.items()}
        if self._writer is None:
            self._types = {name: array.type for name, array in arrays.items()}
        writer = self._open() if self._writer is None else self._writer
        writer.write_table(pyarrow.Table.from_arrays(batch.rows.columns + list(arrays.values()), schema=self._full))

    def _open(self) -> pyarrow.parquet.ParquetWriter:
        self._full = self._schema
        for name, kind in self._types.items():
            self._full = self._full.append(pyarrow.field(name, kind))
        # The metadata that pandas keeps does not describe the new columns.
        self._full = self._full.with_metadata(
            {key: value for key, value in (self._schema.metadata or {}).items() if key != b"pandas"} or None
        )
        self._writer = pyarrow.parquet.ParquetWriter(self._path, self._full)
        return self._writer

    def close(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        with open(self._path, "rb") as stream:
            os.fsync(stream.fileno())
