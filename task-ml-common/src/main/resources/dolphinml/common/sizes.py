# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Formats sizes for humans."""


def readable(size: float) -> str:
    """Returns the size with three digits and a unit, as in "431 MB"."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        # 999.5 would be rounded to four digits.
        if amount < 999.5:
            return "%.3g %s" % (amount, unit)
        amount /= 1000.0
    return "%.3g TB" % amount
