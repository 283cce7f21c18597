# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Helps with attributes that are None only until something has started."""

from typing import Optional, TypeVar

T = TypeVar("T")


def given(value: Optional[T]) -> T:
    """Returns the value, which must have been set."""
    assert value is not None
    return value
