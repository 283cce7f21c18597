# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Saves a running notebook at intervals that keep saving a small share of the time, however large the notebook is.

papermill saves the whole notebook before and after each cell, whose total cost grows with the square of its size.
"""

import time
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING:
    from papermill.engines import NotebookExecutionManager

# The pause after a save, in multiples of the time that the save took.
MULTIPLE = 9


class PacedSaving:
    """Replaces `save` of papermill's record of a run until the run ends; the end is always saved."""

    def __init__(self, nb_man: "NotebookExecutionManager", clock: Callable[[], float] = time.monotonic) -> None:
        self._nb_man = nb_man
        self._clock = clock
        self._save = nb_man.save
        self._next: Optional[float] = None
        self._pending = False
        self._complete = nb_man.notebook_complete
        nb_man.save, nb_man.notebook_complete = self.save, self._notebook_complete

    def save(self, **kwargs: Any) -> None:
        if kwargs.get("nb"):
            self._nb_man.nb = kwargs["nb"]
        self._pending = True
        self.save_if_due()

    def save_if_due(self) -> None:
        """Saves what is new unless the last save is too recent; call it repeatedly while a cell runs."""
        begin = self._clock()
        if not self._pending or (self._next is not None and begin < self._next):
            return
        self._pending = False
        self._save()
        end = self._clock()
        self._next = end + MULTIPLE * (end - begin)

    def _notebook_complete(self, **kwargs: Any) -> None:
        self._nb_man.save = self._save
        return self._complete(**kwargs)
