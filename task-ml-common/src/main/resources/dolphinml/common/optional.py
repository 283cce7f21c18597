# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""For what is None only until something has begun."""

from typing import Optional, TypeVar

T = TypeVar("T")


def given(value: Optional[T]) -> T:
    """The value, which has been set by now."""
    assert value is not None
    return value
