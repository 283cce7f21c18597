# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The reason why an environment cannot be provided."""

from typing import Iterable


class EnvironmentFault(Exception):
    """`sentence` is for the user and names the wrong field; `block` has the last lines of the log if more is known."""

    def __init__(self, sentence: str, block: Iterable[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.block = list(block) or [sentence]


def os_reason(error: OSError) -> str:
    """Returns the operating system's message, as in "No space left on device"."""
    return error.strerror or str(error)
