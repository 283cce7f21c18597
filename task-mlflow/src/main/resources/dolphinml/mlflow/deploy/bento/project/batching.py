# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds requests of MLflow's scoring protocol whose rows can be predicted in one batch without changing the answers.

pandas and NumPy infer a column's type from all its values. So requests share a batch only if their rows have the same JSON type
in each column: the columns of the batch then have the same types as those of each request alone.
"""

import json
from typing import Any, Callable, Dict, List, Optional, Tuple

#: For larger integers pandas does not use int64.
LARGEST_INTEGER = 2**63 - 1
SCALARS = (int, float, bool, str, type(None))
#: No strings: a string's length is part of its NumPy type.
NUMBERS = (int, float, bool)


class Rows:
    """The rows of one request.

    key   equal for requests that may share a batch
    rows  the list of rows, as decoded from JSON
    """

    def __init__(self, key: Tuple[Any, ...], rows: List[Any]) -> None:
        self.key = key
        self.rows = rows

    @classmethod
    def of(cls, body: bytes) -> "Optional[Rows]":
        """Returns the rows of a request's body, or None if the request must be predicted alone, for example because it is
        invalid."""
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(request, dict) or len(request) != 1:
            return None
        [(layout, content)] = request.items()
        read = _READERS.get(layout)
        return read(layout, content) if read is not None else None


def _rows_of_split(layout: str, content: Any) -> Optional[Rows]:
    if not isinstance(content, dict) or set(content) != {"columns", "data"}:
        return None
    columns, rows = content["columns"], content["data"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        return None
    types = _types_of_lists(rows, SCALARS)
    if types is None or len(types) != len(columns):
        return None
    return Rows((layout, tuple(columns), types), rows)


def _rows_of_records(layout: str, content: Any) -> Optional[Rows]:
    if not isinstance(content, list) or not content or not all(isinstance(row, dict) for row in content):
        return None
    names = tuple(content[0])
    if any(tuple(row) != names for row in content):
        return None
    types = _types_of_lists([list(row.values()) for row in content], SCALARS)
    return Rows((layout, names, types), content) if types is not None else None


def _rows_of_tensor(layout: str, content: Any) -> Optional[Rows]:
    types = _types_of_lists(content, NUMBERS)
    # All numbers of a tensor have one type.
    return Rows((layout, None, types), content) if types is not None and len(set(types)) == 1 else None


def _types_of_lists(rows: Any, allowed: Tuple[type, ...]) -> Optional[Tuple[type, ...]]:
    """Returns the types of a row's values if all rows have the same allowed types, else None."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        return None
    types = tuple(map(type, rows[0]))
    if not all(each in allowed for each in types) or any(tuple(map(type, row)) != types for row in rows):
        return None
    if any(type(value) is int and abs(value) > LARGEST_INTEGER for row in rows for value in row):
        return None
    return types


_READERS: Dict[str, Callable[[str, Any], Optional[Rows]]] = {
    "dataframe_split": _rows_of_split,
    "dataframe_records": _rows_of_records,
    "inputs": _rows_of_tensor,
    "instances": _rows_of_tensor,
}


def joined(requests: List[Rows]) -> Dict[str, Any]:
    """Returns the decoded body of one request with the rows of all the requests, which must have the same key."""
    layout, columns, _ = requests[0].key
    rows = [row for request in requests for row in request.rows]
    return {layout: {"columns": list(columns), "data": rows} if layout == "dataframe_split" else rows}


def by_key(requests: List[Rows]) -> List[List[int]]:
    """Returns the positions of the requests, grouped by key."""
    groups: Dict[Any, List[int]] = {}
    for position, request in enumerate(requests):
        groups.setdefault(request.key, []).append(position)
    return list(groups.values())


def parts(predictions: Any, requests: List[Rows]) -> Optional[List[Any]]:
    """Returns the predictions of each request, or None if there is not one prediction for each row."""
    count = sum(len(request.rows) for request in requests)
    if isinstance(predictions, (dict, str)) or not hasattr(predictions, "__len__") or len(predictions) != count:
        return None
    rows = getattr(predictions, "iloc", predictions)
    found, begin = [], 0
    for request in requests:
        found.append(rows[begin : begin + len(request.rows)])
        begin += len(request.rows)
    return found
