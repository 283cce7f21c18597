# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Turns what a model returns into columns of plain values."""

import math
from typing import Any, Dict, List, Sequence

import numpy
import pandas

from dolphinml.common.program import TaskFailure

NAME = "prediction"


def answer_columns(returned: Any, rows: int, taken: Sequence[str]) -> Dict[str, List[Any]]:
    """Returns {name: values}, one value for each row; a name that is `taken` by the input gets a number appended."""
    named = _named_columns(returned)
    lengths = {len(values) for values in named.values()}
    if lengths != {rows}:
        raise TaskFailure(
            "The model answered %d rows with %s values; a model for batch prediction gives one for each row"
            % (rows, " or ".join(map(str, sorted(lengths))) or "no")
        )
    return {_unused_name(name, taken): [_json_value(value) for value in values] for name, values in named.items()}


def _named_columns(returned: Any) -> Dict[str, List[Any]]:
    if isinstance(returned, pandas.DataFrame):
        if returned.shape[1] == 1:
            return {NAME: returned.iloc[:, 0].tolist()}
        return {str(name): returned.iloc[:, at].tolist() for at, name in enumerate(returned.columns)}
    if isinstance(returned, dict):
        return {str(name): list(values) for name, values in returned.items()}
    if isinstance(returned, pandas.Series):
        return {NAME: returned.tolist()}
    values = returned.toarray() if hasattr(returned, "toarray") else numpy.asarray(returned)
    if values.ndim > 1 and values[0].size == 1:
        values = values.reshape(len(values))
    if values.ndim == 2:
        return {"%s_%d" % (NAME, at): values[:, at].tolist() for at in range(values.shape[1])}
    return {NAME: values.tolist()}


def _unused_name(name: str, taken: Sequence[str]) -> str:
    """Returns the name, or `name_2` and so on if the input has that column."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = "%s_%d" % (name, number)
    return free


def _json_value(value: Any) -> Any:
    value = value.item() if isinstance(value, numpy.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value
