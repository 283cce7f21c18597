# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Formats what is logged at the end of a run."""

from typing import Dict, List

MOST_METRICS = 40


def metrics_table(metrics: Dict[str, float]) -> List[str]:
    """Returns aligned lines, each with a metric's name and value; at most MOST_METRICS metrics."""
    names = sorted(metrics)
    width = max([len(name) for name in names[:MOST_METRICS]] or [0])
    lines = ["  %s  %s" % (name.ljust(width), number(metrics[name])) for name in names[:MOST_METRICS]]
    if len(names) > MOST_METRICS:
        lines.append("  ... and %d more" % (len(names) - MOST_METRICS))
    return lines


def number(value: float) -> str:
    """Formats a number for people: six significant digits, whole numbers without a decimal point."""
    if value == value and abs(value) < 1e15 and value == int(value):
        return "%d" % value
    return "%.6g" % value
