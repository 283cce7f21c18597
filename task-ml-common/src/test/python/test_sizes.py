# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "main/resources"))

from dolphinml.common.sizes import readable  # noqa: E402


@pytest.mark.parametrize(
    "size, shown",
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (65_530, "65.5 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (431e6, "431 MB"),
        (1.26e9, "1.26 GB"),
    ],
)
def test_a_size_has_three_digits(size, shown):
    assert readable(size) == shown
