# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Selects the columns to learn from: numeric ones and text ones; those that cannot help are left out."""

import re
from typing import List, Tuple

import numpy
import pandas
from pandas.api import types

from dolphinml.mlflow.preset.data_split import DataSplit
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import log_line

MOST_TEXTS = 100
MOST_EXAMPLES = 3

_WITH_EXPONENT = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+\s*\Z")

# What people and spreadsheets put around a number: currencies, thousands separators, magnitudes.
_DRESSING = re.compile(
    r"[\s$¢£¥\u20a0-\u20cf%‰()'’]|(?<=\d)[,_](?=\d)|(?<=\d)\s*(?:[kKM]|bn)\s*$|"
    r"\b(?:USD|EUR|GBP|CNY|RMB|JPY|CHF|INR|KRW|CAD|AUD|HKD|SGD|BRL|SEK|NOK|DKK|PLN|Rs\.?|kr\.?)(?![A-Za-z])"
)
_MINUS = str.maketrans("\u2212\u2013", "--")
_UNIT = re.compile(r"(?<=\d)\s*([^\W\d_]+[²³]?|°\w*)\s*$")


def number_and_text_columns(part: DataSplit) -> Tuple[List[str], List[str]]:
    """Returns the names of the numeric columns and of the text columns, as the training rows show them."""
    numbers, texts = [], []
    for name in part.features:
        column = part.frame[name]
        if column.isna().all():
            log_line("Left out: column '%s', which is empty" % name)
        elif name.startswith("Unnamed: ") and types.is_integer_dtype(column) and column.is_unique:
            log_line("Left out: the column without a name, which counts the rows")
        elif _is_number(column):
            numbers.append(name)
        else:
            _warn_of_numbers(part, name)
            if _mostly_unique(column):
                log_line("Left out: column '%s', %d different texts in %d rows" % (name, column.nunique(), len(column)))
            else:
                texts.append(name)
    _warn_of_copies(part, numbers + texts)
    return numbers, texts


def _is_number(column: pandas.Series) -> bool:
    if types.is_bool_dtype(column):
        return False
    if types.is_numeric_dtype(column):
        return True
    known = column.dropna()
    if known.map(type).eq(bool).any():
        return False
    # pandas leaves integers that are too large for it as text.
    return bool(_to_numbers(known).notna().all())


def _to_numbers(column: pandas.Series) -> pandas.Series:
    """Returns the column as numbers, NaN for other values. pandas before 3 does not parse numbers beyond a double's range."""
    values = pandas.to_numeric(column, errors="coerce")
    unread = column[values.isna() & column.notna()]
    large = unread[unread.map(lambda each: isinstance(each, str) and bool(_WITH_EXPONENT.match(each)))]
    if len(large):
        values = values.astype("float64")
        values.loc[large.index] = [float(each) for each in large]
    return values


def _mostly_unique(column: pandas.Series) -> bool:
    different = column.nunique()
    return different > MOST_TEXTS and different > len(column) / 2


def _warn_of_numbers(part: DataSplit, name: str) -> None:
    """Warns about a text column that is mostly numbers, plain or with something written around them."""
    column = part.frame[name].dropna()
    texts = column.map(str)
    counts = texts.value_counts()
    different = pandas.Series(counts.index, dtype=object)
    plain = pandas.to_numeric(different, errors="coerce").notna().to_numpy()
    dressed = ~plain & pandas.to_numeric(_undressed(different), errors="coerce").notna().to_numpy()
    others = counts.index[~plain]
    if not len(others) or 2 * counts[plain | dressed].sum() <= len(texts):
        return
    where = texts[texts.isin(others)]
    examples = ", ".join("'%s'" % text for text in where.unique()[:MOST_EXAMPLES])
    more = " and %d more" % (len(others) - MOST_EXAMPLES) if len(others) > MOST_EXAMPLES else ""
    log_line(
        "WARNING Column '%s' is numbers but for %s%s (%d of %d rows for the training, %s): all are taken for texts; write"
        " numbers plainly and leave gaps empty" % (name, examples, more, len(where), len(part.frame), part.rows(where.index))
    )


def _undressed(texts: pandas.Series) -> pandas.Series:
    """Strips what is written around numbers, including the unit if all have the same one."""
    units = set(texts.str.extract(_UNIT)[0].dropna())
    if len(units) == 1:
        texts = texts.str.replace(_UNIT, "", regex=True)
    return texts.map(lambda text: _DRESSING.sub("", text.translate(_MINUS)))


def _warn_of_copies(part: DataSplit, names: List[str]) -> None:
    """Warns about columns that repeat the label, which is not known when a served model predicts."""
    labels = part.frame[part.label].map(str)
    for name in names:
        column = part.frame[name]
        if str(column.iloc[0]) == labels.iloc[0] and column.map(str).eq(labels).all():
            log_line(
                "WARNING Column '%s' holds the same as the label '%s' in all %d rows for the training: if it is not known when"
                " the model predicts, remove it" % (name, part.label, len(labels))
            )


def served_columns(part: DataSplit, numbers: List[str], texts: List[str]) -> pandas.DataFrame:
    """Returns the columns as a served model receives them: numbers as floats, text as written, gaps as gaps."""
    made = {}
    for name in part.features:
        if name in numbers:
            made[name] = _floats(part, name)
        elif name in texts:
            made[name] = part.frame[name].astype(object).map(str, na_action="ignore").astype(object)
    return pandas.DataFrame(made)


def _floats(part: DataSplit, name: str) -> pandas.Series:
    column = part.frame[name]
    values = _to_numbers(column).astype("float64")
    wrong = column if types.is_bool_dtype(column) else column[values.isna() & column.notna()]
    if len(wrong):
        raise TrainingFailure(
            "dataPath: column '%s' holds texts such as '%s' (%s); in the rows for the training it holds "
            "numbers" % (name, wrong.iloc[0], part.rows(wrong.index))
        )
    infinite = column[numpy.isinf(values)]
    if len(infinite):
        raise TrainingFailure(
            "dataPath: column '%s' holds infinite values (%s); write finite numbers, or leave gaps empty"
            % (name, part.rows(infinite.index))
        )
    return values
