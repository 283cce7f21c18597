# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a notebook run, collected before it starts."""

from typing import List

from dolphinml.common.program import TaskFailure


class Faults:
    """Collects one sentence a fault and raises them together."""

    def __init__(self) -> None:
        self.sentences: List[str] = []

    def add(self, field: str, wrong: str, right: str) -> None:
        self.sentences.append("%s: %s; %s." % (field, wrong, right))

    def raise_if_any(self) -> None:
        if self.sentences:
            raise TaskFailure(self.sentences[0], self.sentences)
