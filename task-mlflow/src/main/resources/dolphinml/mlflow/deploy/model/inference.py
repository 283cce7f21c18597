# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Converts requests for MLflow's own scoring server to requests of the Open Inference Protocol (V2)."""

import json
from typing import Any, Dict, List, Optional

#: The protocol's names of MLflow's column types and of NumPy's types.
_TYPES = {
    "long": "INT64",
    "integer": "INT32",
    "float": "FP32",
    "double": "FP64",
    "boolean": "BOOL",
    "string": "BYTES",
    "datetime": "BYTES",
    "int64": "INT64",
    "int32": "INT32",
    "int16": "INT16",
    "int8": "INT8",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "bool": "BOOL",
    "str": "BYTES",
    "object": "BYTES",
}


#: The protocol's type of each input, by the input's name.
Types = Dict[Optional[str], Optional[str]]


class NotExpressible(Exception):
    """The protocol cannot express the request; the text says why."""


def request_of(payload: str, signature: List[Dict[str, Any]]) -> str:
    """Returns the body of a request as JSON text; raises NotExpressible.

    payload     JSON text that POST /invocations takes
    signature   the inputs of the model's signature as MLmodel lists them, [] if it has none
    """
    said = json.loads(payload)
    types = {each.get("name"): _type_of(each) for each in signature}
    if "dataframe_split" in said:
        table = said["dataframe_split"]
        return _frame_body(table["columns"], table["data"], types)
    if "dataframe_records" in said:
        rows = said["dataframe_records"]
        columns = list(dict.fromkeys(key for row in rows for key in row))
        return _frame_body(columns, [[row.get(column) for column in columns] for row in rows], types)
    inputs = said.get("inputs", said.get("instances"))
    if isinstance(inputs, dict):
        return json.dumps({"inputs": [_tensor_input(name, value, types.get(name)) for name, value in inputs.items()]})
    if isinstance(inputs, list):
        only = next(iter(types.values())) if len(types) == 1 else None
        return json.dumps({"parameters": {"content_type": "np"}, "inputs": [_tensor_input("input-0", inputs, only)]})
    raise NotExpressible("it is neither a table nor an array")


def _type_of(described: Dict[str, Any]) -> Optional[str]:
    if described.get("type") == "tensor":
        return _TYPES.get(str((described.get("tensor-spec") or {}).get("dtype")))
    kind = described.get("type")
    if isinstance(kind, str) and kind not in _TYPES:
        raise NotExpressible("column '%s' is of type %s" % (described.get("name"), kind))
    return _TYPES.get(kind) if isinstance(kind, str) else None


def _frame_body(columns: List[Any], rows: List[List[Any]], types: Types) -> str:
    if not all(isinstance(column, str) for column in columns):
        raise NotExpressible("its columns have no names")
    inputs = []
    for place, column in enumerate(columns):
        values = [row[place] for row in rows]
        if any(isinstance(value, (list, dict)) for value in values):
            raise NotExpressible("column '%s' holds lists or objects" % column)
        inputs.append(_input(column, [len(values), 1], values, types.get(column)))
    return json.dumps({"parameters": {"content_type": "pd"}, "inputs": inputs})


def _tensor_input(name: str, value: Any, datatype: Optional[str]) -> Dict[str, Any]:
    shape, flat = [], [value] if not isinstance(value, list) else value
    shape.append(len(flat))
    while flat and isinstance(flat[0], list):
        if len({len(each) if isinstance(each, list) else -1 for each in flat}) != 1:
            raise NotExpressible("array '%s' is ragged" % name)
        shape.append(len(flat[0]))
        flat = [item for each in flat for item in each]
    if any(isinstance(item, (list, dict)) for item in flat):
        raise NotExpressible("array '%s' holds objects" % name)
    return _input(name, shape, flat, datatype)


def _input(name: str, shape: List[int], values: List[Any], datatype: Optional[str]) -> Dict[str, Any]:
    datatype = datatype or _guessed(values)
    described: Dict[str, Any] = {"name": name, "shape": shape, "datatype": datatype, "data": values}
    if datatype == "BYTES":
        described["parameters"] = {"content_type": "str"}
    return described


def _guessed(values: List[Any]) -> str:
    present = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in present):
        return "BOOL"
    if all(isinstance(value, int) for value in present):
        return "INT64"
    return "FP64" if all(isinstance(value, (int, float)) for value in present) else "BYTES"
