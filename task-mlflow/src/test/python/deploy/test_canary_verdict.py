# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a new version is as good as the old one, from what the front has counted for both."""

import random

import pytest

from dolphinml.mlflow.deploy.serving.canary import AnswerCounts, fault, is_clear

OLD = AnswerCounts(900, 0, 0.020, 0.040)


@pytest.mark.parametrize(
    "old, new, reason",
    [
        (OLD, AnswerCounts(100, 0, 0.020, 0.040), None),
        (OLD, AnswerCounts(100, 0, 0.024, 0.049), None),
        (OLD, AnswerCounts(100, 1, 0.020, 0.040), "1.00% of its answers are 5xx, against 0.00% of the old version's"),
        (OLD, AnswerCounts(100, 0, 0.031, 0.040), "the median of its latency is 31.0 ms against 20.0 ms"),
        (OLD, AnswerCounts(100, 0, 0.020, 0.056), "the 95th percentile of its latency is 56.0 ms against 40.0 ms"),
        (
            OLD,
            AnswerCounts(19, 0, 0.020, 0.040),
            "the new version answered 19 requests in that time, and fewer than 20 are too few",
        ),
        (OLD, AnswerCounts(0, 0, None, None), "the new version answered 0 requests in that time, and fewer than 20 are too few"),
        (AnswerCounts(19, 0, 0.02, 0.04), AnswerCounts(20, 0, 0.02, 0.04), "the old version answered 19 requests in that time"),
        (OLD, AnswerCounts(9, 5, 0.020, 0.040), "55.56% of its answers are 5xx"),
        # The old one's own errors are the measure.
        (AnswerCounts(900, 90, 0.020, 0.040), AnswerCounts(100, 12, 0.020, 0.040), None),
        (
            AnswerCounts(900, 90, 0.020, 0.040),
            AnswerCounts(100, 13, 0.020, 0.040),
            "13.00% of its answers are 5xx, against 10.00%",
        ),
        # A few milliseconds are nothing to go by.
        (AnswerCounts(900, 0, 0.001, 0.002), AnswerCounts(100, 0, 0.004, 0.006), None),
    ],
)
def test_the_verdict(old, new, reason):
    found = fault(old, new, 0.25)
    assert found == reason if reason is None else reason in found


def test_more_of_a_clearly_bad_version_is_not_waited_for():
    assert is_clear(OLD, AnswerCounts(20, 5, 0.02, 0.04), 0.25)
    assert not is_clear(OLD, AnswerCounts(20, 4, 0.02, 0.04), 0.25)
    assert not is_clear(AnswerCounts(100, 30, 0.02, 0.04), AnswerCounts(20, 5, 0.02, 0.04), 0.25)


def test_a_version_that_fails_one_request_in_five_is_never_taken():
    draw = random.Random(1)
    for _ in range(1000):
        errors = sum(draw.random() < 0.2 for _ in range(60))
        assert fault(OLD, AnswerCounts(60, errors, 0.02, 0.04), 0.25) is not None


def test_both_rows_line_up():
    rows = [OLD.row("old version"), AnswerCounts(0, 0, None, None).row("new version")]
    assert rows[0] == "old version       900 answers    0.00% 5xx  median   20.0 ms  95th percentile   40.0 ms"
    assert len(rows[0]) == len(rows[1])
