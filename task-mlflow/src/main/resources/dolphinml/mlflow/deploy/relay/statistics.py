# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of a server's answers: counts by status, and latencies."""

import bisect
import collections
from typing import Any, Counter, Dict, List, Optional, Tuple

#: Upper bounds of the latencies that metrics show, in seconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_STEPS_BETWEEN = 16


def _fine_bounds() -> List[float]:
    bounds = [0.0001 * 10 ** (step / 16.0) for step in range(16)]
    for low, high in zip(BUCKETS, BUCKETS[1:]):
        bounds += [low * (high / low) ** (step / float(_STEPS_BETWEEN)) for step in range(_STEPS_BETWEEN)]
    return bounds + [BUCKETS[-1]]


# Close enough together that a quantile read from them is accurate to a few per cent.
_BOUNDS = _fine_bounds()


class Statistics:
    """Counts by status, and latencies: from the last byte of a request to the first byte of its answer."""

    def __init__(self) -> None:
        self.codes: Counter[int] = collections.Counter()
        self.seconds = 0.0
        self._counts = [0] * (len(_BOUNDS) + 1)

    def count(self, code: int, seconds: Optional[float] = None) -> None:
        """Counts one answer; `seconds` is None if the server had no part in it."""
        self.codes[code] += 1
        if seconds is not None:
            self.seconds += seconds
            self._counts[bisect.bisect_left(_BOUNDS, seconds)] += 1

    def copy(self) -> "Statistics":
        return Statistics().add(self)

    def add(self, other: "Statistics", sign: int = 1) -> "Statistics":
        for code, number in other.codes.items():
            self.codes[code] += sign * number
        self.seconds += sign * other.seconds
        self._counts = [own + sign * number for own, number in zip(self._counts, other._counts)]
        return self

    def since(self, earlier: "Statistics") -> "Statistics":
        """Returns what has been counted since `earlier` was copied."""
        return self.copy().add(earlier, -1)

    @property
    def requests(self) -> int:
        return sum(self.codes.values())

    @property
    def errors(self) -> int:
        """Returns the number of 5xx answers, including those that the relay gave for a failed server."""
        return sum(number for code, number in self.codes.items() if code >= 500)

    @property
    def measured(self) -> int:
        return sum(self._counts)

    def quantile(self, share: float) -> Optional[float]:
        """Returns the latency in seconds that this share of the answers did not exceed; None if there are no answers."""
        left = share * self.measured
        if not self.measured:
            return None
        for index, number in enumerate(self._counts):
            if number and left <= number:
                low = _BOUNDS[index - 1] if index else 0.0
                high = _BOUNDS[index] if index < len(_BOUNDS) else low
                return low + (high - low) * max(left, 0.0) / number
            left -= number
        return _BOUNDS[-1]

    def buckets(self) -> List[Tuple[float, int]]:
        """Returns (upper bound, number of latencies up to it) for each of BUCKETS."""
        found = []
        for bound in BUCKETS:
            found.append((bound, sum(self._counts[: bisect.bisect_right(_BOUNDS, bound)])))
        return found

    def summary(self) -> Dict[str, Any]:
        """Returns the statistics as JSON, latencies in seconds."""
        return {
            "requests": self.requests,
            "errors5xx": self.errors,
            "codes": {str(code): number for code, number in sorted(self.codes.items()) if number},
            "measured": self.measured,
            "seconds": round(self.seconds, 6),
            "median": self.quantile(0.5),
            "p95": self.quantile(0.95),
            "p99": self.quantile(0.99),
        }
