# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A CSV file: which columns it has, whether every row has a value for each, and on which line each row begins."""

import array
import csv
import io
import os
import sys

import pandas

from dolphinml.mlflow.gaps import GAPS
from dolphinml.mlflow.preset.failure import TrainingFailure, first_line
from dolphinml.mlflow.preset.progress import say

MOST_LINES = 3
MOST_NAMES = 30


class CsvFile:
    """One CSV file, checked as a whole when it is made.

    names    of its columns, as pandas and MLflow's scoring server call them: a repeated 'x' is 'x.1'
    header   the names as they are written
    """

    def __init__(self, path):
        self.path = path
        self.header = []
        self._header_rows = 0
        self._lines = array.array("q")
        self._scan()
        self.names = _unique(self.header)

    def __len__(self):
        return len(self._lines)

    def read(self, label, texts=()):
        """The rows as a frame: the label as text, in which only an empty field is a gap, and so the columns `texts`;
        pandas finds out what the others are."""
        gaps = dict.fromkeys(self.names, ("",) + GAPS)
        gaps[label] = ("",)
        with self._opened() as stream:
            reader = csv.reader(stream)
            for _ in range(self._header_rows):
                next(reader)
            try:
                return pandas.read_csv(
                    stream, header=None, names=self._fields(), usecols=self.names, index_col=False, low_memory=False,
                    dtype=dict.fromkeys([label] + list(texts), object), na_values=gaps, keep_default_na=False)
            except (pandas.errors.ParserError, ValueError) as error:
                raise self._unreadable(first_line(error)) from None

    def rows(self, numbers):
        """Where the rows of these numbers are, for a message: 'line 4, 7, 9 and 12 more'."""
        numbers = sorted(numbers)
        shown = ", ".join(str(self._lines[number]) for number in numbers[:MOST_LINES])
        more = " and %d more" % (len(numbers) - MOST_LINES) if len(numbers) > MOST_LINES else ""
        return "%s line %s%s" % (os.path.basename(self.path), shown, more)

    def columns(self):
        """The names, for a message."""
        quoted = ["'%s'" % name for name in self.header]
        if len(quoted) == 1 and any(mark in quoted[0] for mark in ";\t|"):
            return "its header has no comma; values must be separated by commas: %s" % quoted[0]
        more = " and %d more" % (len(quoted) - MOST_NAMES) if len(quoted) > MOST_NAMES else ""
        return "it has the columns %s%s" % (", ".join(quoted[:MOST_NAMES]), more)

    def _opened(self):
        return open(self.path, encoding="utf-8-sig", newline="")

    def _scan(self):
        csv.field_size_limit(sys.maxsize)
        self._before, self._after = 0, 0
        try:
            with self._opened() as stream:
                reader = csv.reader(stream)
                for row in reader:
                    self._header_rows += 1
                    if not _is_blank(row):
                        self.header = row
                        break
                if not self.header:
                    raise TrainingFailure("dataPath: '%s' is empty; it needs a header line and rows" % self.path)
                self._check_widths(self._widths(reader))
        except UnicodeDecodeError:
            raise TrainingFailure("dataPath: '%s' is not in UTF-8: line %d; save it as UTF-8" % (
                self.path, self._undecodable_line())) from None
        except (csv.Error, OSError) as error:
            raise self._unreadable(first_line(error)) from None

    def _widths(self, reader):
        """Notes the lines of the rows, and returns how those differ from the header."""
        width, widths, line = len(self.header), _Widths(len(self.header)), reader.line_num + 1
        append = self._lines.append
        for row in reader:
            if not _is_blank(row):
                if len(row) != width:
                    widths.add(row, line, len(self._lines))
                append(line)
            line = reader.line_num + 1
        return widths

    def _check_widths(self, widths):
        """Mends what is certain, with a warning, and refuses the rest."""
        rows, name = len(self), os.path.basename(self.path)
        named = list(self.header)
        while named and not named[-1]:
            named.pop()
        if not widths.misfits:
            return
        if widths.misfits == rows and widths.least == widths.most == len(named):
            self.header = named
            say("WARNING %s: the header ends with a comma that no row has: what is after it is not a column" % name)
        elif widths.least > len(self.header) and not widths.surplus:
            self._after = widths.most - len(self.header)
            say("WARNING %s: %d rows end with a comma that the header lacks (first in line %d): what is after it is empty"
                " and is not a column" % (name, widths.misfits, widths.first_line))
        elif widths.misfits == rows and widths.least == widths.most == len(self.header) + 1 and widths.counts:
            self._before = 1
            say("WARNING %s: every row begins with its number, for which the header has no name: it is not a column" % name)
        else:
            raise TrainingFailure(
                "dataPath: '%s': line %d has %d values and the header %d names; give each row one value for each name, "
                "with quotes around a value that has a comma in it" % (
                    self.path, widths.first_line, widths.first_width, len(self.header)))

    def _fields(self):
        """A name for each value of a row."""
        taken = set(self.names)
        spare = (name for name in ("unnamed %d" % at for at in range(sys.maxsize)) if name not in taken)
        return ([next(spare) for _ in range(self._before)] + self.names + [next(spare) for _ in range(self._after)])

    def _undecodable_line(self):
        with open(self.path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        return 1

    def _unreadable(self, reason):
        return TrainingFailure("dataPath: '%s' cannot be read: %s" % (self.path, reason))


class _Widths:
    """The rows that do not have as many values as the header has names."""

    def __init__(self, width):
        self._width = width
        self.misfits = 0
        self.least, self.most = sys.maxsize, 0
        self.first_line = self.first_width = 0
        # Whether a value that has no name is not empty; whether the first values count the rows.
        self.surplus, self.counts = False, True

    def add(self, row, line, number):
        if not self.misfits:
            self.first_line, self.first_width = line, len(row)
        self.misfits += 1
        self.least, self.most = min(self.least, len(row)), max(self.most, len(row))
        self.surplus = self.surplus or any(row[self._width:])
        self.counts = self.counts and row[0] in (str(number), str(number + 1))


def _is_blank(row):
    return not row or len(row) == 1 and not row[0].strip()


def _unique(header):
    """The names as pandas makes them different."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow(header)
    line.seek(0)
    return [str(name) for name in pandas.read_csv(line, nrows=0, index_col=False).columns]
