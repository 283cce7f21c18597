# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Which requests may share a batch, and that those whose answers could differ do not."""

import json

import generated_service  # noqa: F401
import pytest

import batching


def split(*rows, columns=("a", "b")):
    return json.dumps({"dataframe_split": {"columns": list(columns), "data": list(rows)}}).encode()


def key(body):
    request = batching.Rows.of(body)
    return request and request.key


@pytest.mark.parametrize(
    "first, second",
    [
        (split([1, 2.5]), split([3, 4.5], [5, 6.5])),
        (split(["x", None]), split(["yy", None])),
        (b'{"dataframe_records": [{"a": 1, "b": true}]}', b'{"dataframe_records": [{"a": 2, "b": false}, {"a": 3, "b": true}]}'),
        (b'{"inputs": [[1.0, 2.0]]}', b'{"inputs": [[3.5, 4.5], [5.0, 6.0]]}'),
        (b'{"instances": [[1, 2]]}', b'{"instances": [[3, 4]]}'),
    ],
)
def test_rows_of_the_same_types_share_a_batch(first, second):
    assert key(first) is not None and key(first) == key(second)


@pytest.mark.parametrize(
    "first, second",
    [
        (split([1, 2.5]), split([1.0, 2.5])),
        (split([1, 2.5]), split([True, 2.5])),
        (split([1, 2.5]), split([None, 2.5])),
        (split(["x", 1]), split([1, 1])),
        (split([1, 2], columns=("a", "b")), split([1, 2], columns=("b", "a"))),
        (split([1, 2]), b'{"dataframe_records": [{"a": 1, "b": 2}]}'),
        (b'{"dataframe_records": [{"a": 1, "b": 2}]}', b'{"dataframe_records": [{"b": 2, "a": 1}]}'),
        (b'{"inputs": [[1, 2]]}', b'{"instances": [[1, 2]]}'),
        (b'{"inputs": [[1, 2]]}', b'{"inputs": [[1, 2, 3]]}'),
    ],
)
def test_others_do_not(first, second):
    assert key(first) != key(second)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b"{}",
        b'{"a": 1}',
        100000 * b"[",
        b'{"dataframe_split": {"columns": ["a"], "data": [[1]]}, "params": {"x": 1}}',
        b'{"dataframe_split": {"columns": ["a"], "data": [[1]], "index": [7]}}',
        b'{"dataframe_split": {"columns": [1], "data": [[1]]}}',
        b'{"dataframe_split": {"data": [[1]]}}',
        b'{"dataframe_split": []}',
        b'{"dataframe_split": {"columns": ["a"], "data": 1}}',
        split(),
        split([]),
        split([1]),
        split([1, 2, 3]),
        split([1, 2], [1, 2.5]),
        split([1, [2]]),
        split([1, {"x": 2}]),
        split([2**63, 1]),
        split([1, -(2**63)]),
        b'{"dataframe_records": []}',
        b'{"dataframe_records": [[1]]}',
        b'{"dataframe_records": {"a": [1]}}',
        b'{"dataframe_records": [{}]}',
        b'{"dataframe_records": [{"a": 1}, {"b": 1}]}',
        b'{"inputs": [1, 2]}',
        b'{"inputs": {"a": [1]}}',
        b'{"inputs": [["x"]]}',
        b'{"inputs": [[1, 2.5]]}',
        b'{"inputs": [[[1]]]}',
        b'{"messages": [{"role": "user", "content": "x"}]}',
    ],
)
def test_what_may_not_is_predicted_alone(body):
    assert batching.Rows.of(body) is None


def test_requests_are_joined_and_their_predictions_handed_out():
    import numpy
    import pandas

    requests = [batching.Rows.of(body) for body in (split([1, 2]), split([3, 4], [5, 6]), split([1.5, 2]), split([7, 8]))]
    assert batching.by_key(requests) == [[0, 1, 3], [2]]
    group = [requests[position] for position in (0, 1, 3)]
    assert batching.joined(group) == {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4], [5, 6], [7, 8]]}}
    for predictions in ([1, 2, 3, 4], numpy.array([1, 2, 3, 4]), pandas.Series([1, 2, 3, 4])):
        assert [list(part) for part in batching.parts(predictions, group)] == [[1], [2, 3], [4]]
    frame = pandas.DataFrame({"p": [1, 2, 3, 4]})
    assert [list(part["p"]) for part in batching.parts(frame, group)] == [[1], [2, 3], [4]]
    for predictions in ([1, 2, 3], {"a": [1, 2, 3, 4]}, "four", 4, None):
        assert batching.parts(predictions, group) is None
    records = [batching.Rows.of(b'{"dataframe_records": [{"a": %d}]}' % number) for number in (1, 2)]
    assert batching.joined(records) == {"dataframe_records": [{"a": 1}, {"a": 2}]}
