# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Decides whether a canary, the new version that gets a share of the requests, is as good as the old version."""

from typing import Any, Dict, Optional

#: The fewest answers of each version that can be compared.
LEAST_ANSWERS = 20
#: With this many errors the canary can fail before its time is over.
MANY_ERRORS = 5
#: The latency difference that counts as noise, in seconds.
NOISE = 0.005


class AnswerCounts:
    """The answers of one version as the front counts them; `median` and `p95` are latencies in seconds."""

    def __init__(self, answers: int, errors: int, median: Optional[float], p95: Optional[float]) -> None:
        self.answers = answers
        self.errors = errors
        self.median = median
        self.p95 = p95

    @classmethod
    def of_summary(cls, summary: Dict[str, Any]) -> "AnswerCounts":
        return cls(summary["requests"], summary["errors5xx"], summary["median"], summary["p95"])

    @property
    def error_share(self) -> float:
        return self.errors / float(self.answers) if self.answers else 0.0

    def row(self, name: str) -> str:
        """Returns a line for the log."""
        return "%-12s %8d answers  %6.2f%% 5xx  median %s  95th percentile %s" % (
            name,
            self.answers,
            100 * self.error_share,
            _milliseconds(self.median),
            _milliseconds(self.p95),
        )


def _milliseconds(seconds: Optional[float]) -> str:
    return "     none" if seconds is None else "%6.1f ms" % (1000 * seconds)


def is_clear(old: AnswerCounts, new: AnswerCounts, tolerance: float) -> bool:
    """Whether the new version already has enough errors to fail before the canary's time is over."""
    return new.errors >= MANY_ERRORS and _errors_are_worse(old, new, tolerance)


def fault(old: AnswerCounts, new: AnswerCounts, tolerance: float) -> Optional[str]:
    """Returns why the new version may not take over, as a sentence; None if it may. `tolerance` is how much worse each number
    may be, as a fraction of the old version's: 0.25 for a quarter."""
    if is_clear(old, new, tolerance):
        return _worse_errors(old, new)
    for name, numbers in (("new", new), ("old", old)):
        if numbers.answers < LEAST_ANSWERS:
            return "the %s version answered %d requests in that time, and fewer than %d are too few to compare" % (
                name,
                numbers.answers,
                LEAST_ANSWERS,
            )
    if _errors_are_worse(old, new, tolerance):
        return _worse_errors(old, new)
    for name, before, after in (("median", old.median, new.median), ("95th percentile", old.p95, new.p95)):
        if before is not None and after is not None and after > before * (1 + tolerance) + NOISE:
            return "the %s of its latency is %.1f ms against %.1f ms" % (name, 1000 * after, 1000 * before)
    return None


def _errors_are_worse(old: AnswerCounts, new: AnswerCounts, tolerance: float) -> bool:
    return new.error_share > old.error_share * (1 + tolerance)


def _worse_errors(old: AnswerCounts, new: AnswerCounts) -> str:
    return "%.2f%% of its answers are 5xx, against %.2f%% of the old version's" % (100 * new.error_share, 100 * old.error_share)
