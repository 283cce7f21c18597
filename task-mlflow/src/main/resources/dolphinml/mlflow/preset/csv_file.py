# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and checks a CSV file: its columns, whether every row has a value for each, and the line each row begins on."""

import array
import csv
import io
import itertools
import os
import sys
from typing import Any, Dict, Iterable, Iterator, List, TextIO, Tuple

import pandas

from dolphinml.common import exceptions
from dolphinml.mlflow.gaps import GAPS
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import log_line

MOST_LINES = 3
MOST_NAMES = 30

_OTHER_SEPARATORS = ";\t|"

# The first bytes of files that are not UTF-8 text.
_MARKS = (
    (b"\x1f\x8b", "is compressed by gzip; unpack it"),
    (b"PK\x03\x04", "is a zip archive or a workbook; unpack it, or save it as CSV"),
    (b"\xff\xfe", "is in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "is in UTF-16; save it as UTF-8"),
)


class CsvFile:
    """One CSV file. The constructor checks all of it.

    names    the columns' names as pandas and MLflow's scoring server make them unique: a repeated 'x' is 'x.1'
    header   the names as written in the file
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.header: List[str] = []
        self._header_rows = 0
        self._lines = array.array("q")
        self._scan()
        self.names = _unique(self.header)

    def __len__(self) -> int:
        return len(self._lines)

    def read(self, label: str, texts: Iterable[str] = ()) -> pandas.DataFrame:
        """Returns the rows as a frame: the label and the columns `texts` as text, the others as pandas infers them.

        In the label, only an empty field is a gap.
        """
        gaps: Dict[str, Tuple[str, ...]] = dict.fromkeys(self.names, ("",) + GAPS)
        gaps[label] = ("",)
        with self._opened() as stream:
            reader = csv.reader(stream)
            for _ in range(self._header_rows):
                next(reader)
            try:
                return pandas.read_csv(
                    stream,
                    header=None,
                    names=self._fields(),
                    usecols=self.names,
                    index_col=False,
                    low_memory=False,
                    dtype=dict.fromkeys([label] + list(texts), object),
                    na_values=gaps,
                    keep_default_na=False,
                )
            except (pandas.errors.ParserError, ValueError) as error:
                raise self._unreadable(exceptions.message(error)) from None

    def rows(self, numbers: Iterable[int]) -> str:
        """Describes where the rows with these numbers are, for a message: 'data.csv line 4, 7, 9 and 12 more'."""
        numbers = sorted(numbers)
        shown = ", ".join(str(self._lines[number]) for number in numbers[:MOST_LINES])
        more = " and %d more" % (len(numbers) - MOST_LINES) if len(numbers) > MOST_LINES else ""
        return "%s line %s%s" % (os.path.basename(self.path), shown, more)

    def columns(self) -> str:
        """Describes the columns, for a message."""
        quoted = ["'%s'" % name for name in self.header]
        if self._has_other_separator():
            return "its header has no comma; values must be separated by commas: %s" % quoted[0]
        more = " and %d more" % (len(quoted) - MOST_NAMES) if len(quoted) > MOST_NAMES else ""
        return "it has the columns %s%s" % (", ".join(quoted[:MOST_NAMES]), more)

    def _has_other_separator(self) -> bool:
        return len(self.header) == 1 and any(mark in self.header[0] for mark in _OTHER_SEPARATORS)

    def _opened(self) -> TextIO:
        return open(self.path, encoding="utf-8-sig", newline="")

    def _scan(self) -> None:
        csv.field_size_limit(sys.maxsize)
        self._before, self._after = 0, 0
        try:
            self._check_mark()
            with self._opened() as stream:
                reader = csv.reader(self._text(stream))
                for row in reader:
                    self._header_rows += 1
                    if not _is_blank(row):
                        # A file saved several times may begin with several byte order marks.
                        self.header = [row[0].lstrip("\ufeff")] + row[1:]
                        break
                if not self.header:
                    raise TrainingFailure("dataPath: '%s' is empty; it needs a header line and rows" % self.path)
                self._check_widths(self._widths(reader))
        except UnicodeDecodeError:
            raise TrainingFailure(
                "dataPath: '%s' is not in UTF-8: line %d; save it as UTF-8" % (self.path, self._undecodable_line())
            ) from None
        except (csv.Error, OSError) as error:
            raise self._unreadable(exceptions.message(error)) from None

    def _check_mark(self) -> None:
        with open(self.path, "rb") as stream:
            begin = stream.read(4)
        for mark, wrong in _MARKS:
            if begin.startswith(mark):
                raise TrainingFailure("dataPath: '%s' %s" % (self.path, wrong))

    def _text(self, stream: TextIO) -> Iterator[str]:
        for number, line in enumerate(stream, 1):
            if "\0" in line:
                raise TrainingFailure(
                    "dataPath: '%s' has a NUL character in line %d, which no text in UTF-8 has; save it as "
                    "UTF-8" % (self.path, number)
                )
            yield line

    def _widths(self, reader: Any) -> "_Widths":
        """Records the line of each row; returns how the rows differ from the header in their number of values."""
        width, line = len(self.header), reader.line_num + 1
        widths = _Widths(width, len(self._named()))
        append = self._lines.append
        for row in reader:
            if not _is_blank(row):
                if len(row) != width:
                    widths.add(row, line, len(self._lines))
                elif widths.named < width:
                    widths.look_behind_names(row)
                append(line)
            line = reader.line_num + 1
        return widths

    def _check_widths(self, widths: "_Widths") -> None:
        """Corrects what is unambiguous, with a warning; raises TrainingFailure for the rest."""
        rows, name, width = len(self), os.path.basename(self.path), len(self.header)
        if not widths.misfits:
            return
        if widths.named < width and widths.named <= widths.least and not widths.beyond_names:
            self.header = self._named()
            self._after = (widths.most if widths.misfits == rows else max(widths.most, width)) - widths.named
            log_line(
                "WARNING %s: the header ends with a comma that %s: what is after it is not a column"
                % (name, "not every row has" if self._after else "no row has")
            )
        elif widths.least > width and not widths.surplus:
            self._after = widths.most - width
            log_line(
                "WARNING %s: %d rows end with a comma that the header lacks (first in line %d): what is after it is empty"
                " and is not a column" % (name, widths.misfits, widths.first_line)
            )
        elif (
            widths.misfits == rows
            and widths.least == widths.most == width + 1
            and widths.counts
            and (self._line(widths.first_line).startswith('"'))
        ):
            # R writes row names like this. Without the quotes, the header may be complete and each row have a comma in a value.
            self._before = 1
            log_line("WARNING %s: every row begins with its number, for which the header has no name: it is not a column" % name)
        elif self._has_other_separator():
            raise TrainingFailure("dataPath: '%s': %s" % (self.path, self.columns()))
        else:
            raise TrainingFailure(
                "dataPath: '%s': line %d has %d values and the header %s; give each row one value for each name, "
                "with quotes around a value that has a comma in it"
                % (
                    self.path,
                    widths.first_line,
                    widths.first_width,
                    "%d names" % width if width > 1 else "one name: '%s'" % self.header[0],
                )
            )

    def _named(self) -> List[str]:
        """Returns the header up to the last column that has a name."""
        named = list(self.header)
        while named and not named[-1].strip():
            named.pop()
        return named

    def _line(self, number: int) -> str:
        with self._opened() as stream:
            return next(itertools.islice(stream, number - 1, None))

    def _fields(self) -> List[str]:
        """Returns a name for each value of a row, including the values that belong to no column."""
        taken = set(self.names)
        spare = (name for name in ("unnamed %d" % at for at in range(sys.maxsize)) if name not in taken)
        return [next(spare) for _ in range(self._before)] + self.names + [next(spare) for _ in range(self._after)]

    def _undecodable_line(self) -> int:
        with open(self.path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        return 1

    def _unreadable(self, reason: str) -> TrainingFailure:
        return TrainingFailure("dataPath: '%s' cannot be read: %s" % (self.path, reason))


class _Widths:
    """Statistics of the rows whose number of values differs from the header's."""

    def __init__(self, width: int, named: int) -> None:
        self._width = width
        # The number of columns up to the last named one, and whether any row has a value after them.
        self.named, self.beyond_names = named, False
        self.misfits = 0
        self.least, self.most = sys.maxsize, 0
        self.first_line = self.first_width = 0
        # Whether any value beyond the header is not empty; whether the first values number the rows.
        self.surplus, self.counts = False, True

    def add(self, row: List[str], line: int, number: int) -> None:
        if not self.misfits:
            self.first_line, self.first_width = line, len(row)
        self.misfits += 1
        self.least, self.most = min(self.least, len(row)), max(self.most, len(row))
        self.surplus = self.surplus or _has_value(row[self._width :])
        # A quote that remains inside a value shows that the value was not quoted by the rules of CSV.
        self.counts = self.counts and row[0] in (str(number), str(number + 1)) and '"' not in "".join(row)
        self.look_behind_names(row)

    def look_behind_names(self, row: List[str]) -> None:
        self.beyond_names = self.beyond_names or _has_value(row[self.named :])


def _has_value(values: List[str]) -> bool:
    return any(map(str.strip, values))


def _is_blank(row: List[str]) -> bool:
    return not row or len(row) == 1 and not row[0].strip()


def _unique(header: List[str]) -> List[str]:
    """Returns the names as pandas makes them unique."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow(header)
    line.seek(0)
    return [str(name) for name in pandas.read_csv(line, nrows=0, index_col=False).columns]
