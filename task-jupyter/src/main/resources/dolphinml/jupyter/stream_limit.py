# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps a cell that prints endlessly from filling memory and the notebook: the excess only goes to the log."""

from typing import Callable, Dict, Set

from dolphinml.jupyter.memory import readable_memory
from dolphinml.jupyter.outputs import markers


class StreamLimit:
    """Limits how much of each cell's printed text goes into the notebook."""

    def __init__(self, most: int, warn: Callable[[str], None]) -> None:
        self._most = most
        self._warn = warn
        self._kept: Dict[int, int] = {}
        self._reported: Set[int] = set()

    def kept(self, index: int, text: str) -> str:
        """Returns the part of a text that goes into the notebook, including output parameters set in the rest."""
        room = self._most - self._kept.get(index, 0)
        self._kept[index] = self._kept.get(index, 0) + len(text)
        if len(text) <= room:
            return text
        kept = text[: max(0, room)]
        if index not in self._reported:
            self._reported.add(index)
            notice = "cell prints more than the %s that the output notebook keeps (jupyter.printLimit); the rest is in"
            notice %= readable_memory(self._most)
            self._warn("This %s this log alone." % notice)
            kept += "\n[this %s the task's log]\n" % notice
        return kept + "".join(marker + "\n" for marker in markers(text[max(0, room) :]))
