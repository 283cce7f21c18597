# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What stands for "no value" in files of data: the texts that the newest pandas takes for gaps, whichever is installed."""

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
