# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The texts that stand for "no value" in data files: those of the newest pandas, whichever version is installed."""

GAPS = (
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)
