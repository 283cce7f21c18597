# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is logged at a run's end."""

from typing import Dict, List

MOST_METRICS = 40


def metrics_table(metrics: Dict[str, float]) -> List[str]:
    """Lines with a name and a value each, the names in one column."""
    names = sorted(metrics)
    width = max([len(name) for name in names[:MOST_METRICS]] or [0])
    lines = ["  %s  %s" % (name.ljust(width), number(metrics[name])) for name in names[:MOST_METRICS]]
    if len(names) > MOST_METRICS:
        lines.append("  ... and %d more" % (len(names) - MOST_METRICS))
    return lines


def number(value: float) -> str:
    """Six significant digits, as people read them; whole numbers without a point."""
    if value == value and abs(value) < 1e15 and value == int(value):
        return "%d" % value
    return "%.6g" % value
