# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The columns that a model expects, and the conversion of rows to frames with exactly these columns."""

import base64
from typing import TYPE_CHECKING, Any, List, Optional

import numpy
import pandas

from dolphinml.mlflow.predict import faults

if TYPE_CHECKING:
    from mlflow.types import Schema

    from dolphinml.mlflow.predict.batch import Batch
    from dolphinml.mlflow.predict.inputs import File

MOST_NAMES = 30
WHOLE = {"integer": "int32", "long": "int64"}
REAL = {"float": "float32", "double": "float64"}
_TRUTH = {"true": True, "false": False, True: True, False: False}


class Column:
    """One column that the model expects: its name, MLflow's name of its type, and whether it is required."""

    def __init__(self, name: str, kind: str, required: bool = True) -> None:
        self.name, self.kind, self.required = name, kind, required


class Signature:
    """The model's input signature; unknown if the model was logged without one."""

    def __init__(self, schema: "Optional[Schema]") -> None:
        self._columns: List[Column] = []
        self._by_position = False
        #: Whether the model was logged with one.
        self.is_known = False
        if schema is None or schema.is_tensor_spec():
            return
        columns = [
            Column(spec.name, getattr(spec.type, "name", "any"), getattr(spec, "required", not getattr(spec, "optional", False)))
            for spec in schema.inputs
        ]
        self._columns, self.is_known = columns, True
        self._by_position = not schema.has_input_names()

    def of(self, file: "File", reader: Any) -> Optional[List[Column]]:
        """Returns the columns to take from an opened file, None without a signature; raises TaskFailure if it lacks any."""
        if not self.is_known:
            return None
        if self._by_position:
            return self._in_order(file, reader)
        absent = [column.name for column in self._columns if column.required and column.name not in reader.columns]
        # A JSON file without lines has no known column names.
        if absent and reader.columns:
            raise faults.input_failure(
                "'%s' lacks %s, which the model's signature names; it has %s"
                % (file.path, _quoted(absent), _quoted(reader.columns))
            )
        wanted = [column for column in self._columns if column.name in reader.columns]
        for column in wanted:
            kind = reader.kinds.get(column.name)
            if kind == "text" and column.kind in list(WHOLE) + list(REAL) or kind == "number" and column.kind == "string":
                raise faults.input_failure(
                    "'%s': column '%s' holds %ss, and the model's signature expects %s there"
                    % (file.path, column.name, kind, column.kind)
                )
        return wanted

    def _in_order(self, file: "File", reader: Any) -> List[Column]:
        if len(reader.columns) != len(self._columns):
            raise faults.input_failure(
                "'%s' has %d columns, and the model's signature %d without names"
                % (file.path, len(reader.columns), len(self._columns))
            )
        return [Column(name, column.kind) for name, column in zip(reader.columns, self._columns)]


def guessed(batch: "Batch", columns: List[str]) -> List[Column]:
    """Guesses the columns from the first rows, for a model without a signature."""
    return [Column(name, _guess(batch.values(name)), False) for name in columns]


def _guess(values: Any) -> str:
    if isinstance(values, pandas.Series):
        return "any"
    known = [value for value in values if value is not None]
    if any(isinstance(value, (dict, list)) for value in known):
        return "any"
    numbers = pandas.to_numeric(pandas.Series(known, dtype=object), errors="coerce")
    return "double" if known and numbers.notna().all() else "string"


def frame(file: "File", batch: "Batch", columns: List[Column]) -> pandas.DataFrame:
    """Returns the rows as the frame that the model takes; raises TaskFailure for a value of the wrong type."""
    return pandas.DataFrame(
        {column.name: _Converted(file, batch, column).series() for column in columns}, index=range(len(batch))
    )


class _Converted:
    """Converts a column to the signature's type. MLflow itself would truncate decimals and turn gaps into False."""

    def __init__(self, file: "File", batch: "Batch", column: Column) -> None:
        self._file, self._batch, self._column = file, batch, column
        self._values = batch.values(column.name)
        if not isinstance(self._values, pandas.Series):
            self._values = pandas.Series(self._values, dtype=object)

    def series(self) -> pandas.Series:
        kind = self._column.kind
        if kind in REAL:
            return self._numbers().astype(REAL[kind])
        if kind in WHOLE:
            return self._whole(WHOLE[kind])
        if kind == "boolean":
            return self._truth()
        if kind == "datetime":
            return self._times()
        if kind == "string":
            return self._values.astype(object).where(self._values.notna(), None)
        if kind == "binary":
            return self._values.map(lambda value: base64.b64decode(value) if isinstance(value, str) else value)
        return self._values

    def _numbers(self) -> pandas.Series:
        numbers = pandas.to_numeric(self._values, errors="coerce")
        self._refuse(numbers.isna() & self._values.notna(), "not a number")
        return numbers

    def _whole(self, kind: str) -> pandas.Series:
        numbers = self._numbers()
        self._refuse(numbers.isna(), "a gap, which whole numbers cannot have")
        numbers = numbers.astype("float64") if numbers.dtype == object else numbers
        self._refuse(numbers != numpy.floor(numbers), "not a whole number")
        limits = numpy.iinfo(kind)
        self._refuse((numbers < limits.min) | (numbers > limits.max), "too large for %s" % self._column.kind)
        return numbers.astype(kind)

    def _truth(self) -> pandas.Series:
        if self._values.dtype == bool:
            return self._values
        known = self._values.map(lambda value: _TRUTH.get(value.lower() if isinstance(value, str) else value))
        self._refuse(known.isna() & self._values.notna(), "neither true nor false")
        return known.astype(bool) if known.notna().all() else known.astype(object).where(known.notna(), None)

    def _times(self) -> pandas.Series:
        times = pandas.to_datetime(self._values, errors="coerce")
        self._refuse(times.isna() & self._values.notna(), "no time")
        return times.astype("datetime64[ns]")

    def _refuse(self, which: pandas.Series, what: str) -> None:
        wrong = numpy.flatnonzero(which.to_numpy())
        if len(wrong):
            row = int(wrong[0])
            raise faults.input_failure(
                "'%s': line %d has '%s' in column '%s', which is %s; the model's signature expects %s there"
                % (self._file.path, self._batch.line(row), self._values.iloc[row], self._column.name, what, self._column.kind)
            )


def _quoted(names: List[str]) -> str:
    more = " and %d more" % (len(names) - MOST_NAMES) if len(names) > MOST_NAMES else ""
    return ", ".join("'%s'" % name for name in names[:MOST_NAMES]) + more
