# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Collects the faults of a notebook run before it starts."""

from typing import List

from dolphinml.common.program import TaskFailure


class Faults:
    """Collects one sentence per fault and raises them all together."""

    def __init__(self) -> None:
        self.sentences: List[str] = []

    def add(self, field: str, wrong: str, right: str) -> None:
        self.sentences.append("%s: %s; %s." % (field, wrong, right))

    def raise_if_any(self) -> None:
        if self.sentences:
            raise TaskFailure(self.sentences[0], self.sentences)
