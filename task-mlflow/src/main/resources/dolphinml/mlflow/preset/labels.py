# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The column to predict: the type of its labels, and the rows without one."""

from typing import Optional, Tuple

import numpy
import pandas

from dolphinml.mlflow.gaps import GAPS
from dolphinml.mlflow.preset.csv_file import MOST_NAMES
from dolphinml.mlflow.preset.data_split import DataSplit
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import log_line

MOST_DECIMALS = 100

_TRUE, _FALSE = ("True", "TRUE", "true"), ("False", "FALSE", "false")


def rows_with_label(part: DataSplit, label: str, continuous: bool) -> DataSplit:
    """Drops the rows that have no label; raises TrainingFailure if none is left."""
    labels = part.frame[label]
    given = labels.notna()
    if continuous:
        # A class may be named 'NA', but a measurement cannot be.
        given &= ~labels.isin(GAPS)
    if not given.any():
        raise TrainingFailure("mlflow.labelColumn: '%s' is empty in all rows for the %s" % (label, part.purpose))
    if not given.all():
        log_line("Left out: %d rows for the %s whose '%s' is empty" % ((~given).sum(), part.purpose, label))
    return part.only(given)


def number_labels(train: DataSplit, test: DataSplit, label: str) -> Tuple[numpy.ndarray, numpy.ndarray]:
    """Returns the labels of a regression as arrays of floats: (training, test)."""
    return _measured(train, label), _measured(test, label)


def _measured(part: DataSplit, label: str) -> numpy.ndarray:
    texts = part.frame[label]
    values = pandas.to_numeric(texts, errors="coerce").astype("float64")
    wrong = texts[~numpy.isfinite(values)]
    if len(wrong):
        raise TrainingFailure(
            "mlflow.labelColumn: '%s' holds '%s' (%s); a regression needs finite numbers"
            % (label, wrong.iloc[0], part.rows(wrong.index))
        )
    return values.to_numpy()


def class_labels(train: DataSplit, test: DataSplit, label: str) -> Tuple[numpy.ndarray, ...]:
    """Returns the labels of a classification, (training, test), as arrays of one type: integers, booleans or text."""
    texts = train.frame[label], test.frame[label]
    labels = _as_one_type(texts, label)
    _check(train, test, labels, label)
    return labels


def _as_one_type(texts: Tuple[pandas.Series, pandas.Series], label: str) -> Tuple[numpy.ndarray, ...]:
    words = set(texts[0]) | set(texts[1])
    if words <= set(_TRUE + _FALSE):
        return tuple(part.isin(_TRUE).to_numpy() for part in texts)
    values = [value for value in map(_exact_numbers, texts) if value is not None]
    if len(values) < len(texts):
        return tuple(part.to_numpy(dtype=object) for part in texts)
    if all((value == numpy.floor(value)).all() for value in values):
        return tuple(value.to_numpy(dtype="int64") for value in values)
    several = values[0].nunique()
    if several > MOST_DECIMALS:
        raise TrainingFailure(
            "mlflow.labelColumn: '%s' holds %d different decimal numbers; it needs the labels of classes" % (label, several)
        )
    # Decimal numbers that name classes: scikit-learn accepts them as classes only as text.
    return tuple(value.astype("float64").map(str).to_numpy(dtype=object) for value in values)


def _exact_numbers(texts: pandas.Series) -> Optional[pandas.Series]:
    """Returns the texts as numbers if each converts without loss, else None."""
    values = pandas.to_numeric(texts.where(~texts.isin(GAPS), "text"), errors="coerce")
    exact = values.notna().all() and (values.dtype == "int64" or values.dtype.kind == "f" and (values.abs() <= 2**53).all())
    # 007 and 7 are different classes.
    return values if exact and not texts.str.match(r"\s*[+-]?0\d").any() else None


def _check(train: DataSplit, test: DataSplit, labels: Tuple[numpy.ndarray, ...], label: str) -> None:
    seen = set(labels[0].tolist())
    if len(seen) < 2:
        raise TrainingFailure(
            "mlflow.labelColumn: '%s' holds only '%s' in the rows for the training; it needs at least "
            "two classes" % (label, labels[0][0])
        )
    for gap in sorted(seen & set(GAPS)):
        log_line(
            "WARNING '%s' is a class of '%s' (%s): in the label only an empty field is a gap"
            % (gap, label, train.rows(train.frame.index[labels[0] == gap]))
        )
    spaced = sorted(name for name in seen if isinstance(name, str) and name != name.strip())
    if spaced:
        log_line(
            "WARNING Spaces are a part of the names of classes of '%s': %s (%s)"
            % (
                label,
                ", ".join("'%s'" % name for name in spaced[:MOST_NAMES]),
                train.rows(train.frame.index[train.frame[label].isin(spaced)]),
            )
        )
    for new in sorted(set(labels[1].tolist()) - seen, key=str):
        log_line(
            "WARNING Class '%s' of '%s' is in no row for the training, so it cannot be predicted; in the test it is in %s"
            % (new, label, test.rows(test.frame.index[labels[1] == new]))
        )
