# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Why an environment cannot be had."""

from typing import Iterable


class EnvironmentFault(Exception):
    """`sentence` is for people and says which field is wrong; `block` are the last lines of the log if more is known."""

    def __init__(self, sentence: str, block: Iterable[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.block = list(block) or [sentence]


def os_reason(error: OSError) -> str:
    """What the operating system says, as in "No space left on device"."""
    return error.strerror or str(error)
