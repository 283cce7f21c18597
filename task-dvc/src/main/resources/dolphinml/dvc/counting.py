# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Forwards the progress of a transfer, as DVC reports it, to a Progress."""

from typing import TYPE_CHECKING, Any, Dict, Optional

from fsspec.callbacks import Callback

if TYPE_CHECKING:
    from dolphinml.data.progress import Progress


class Counting(Callback):
    """Counts files; the callback that it creates for each file counts its bytes."""

    def __init__(self, progress: "Progress") -> None:
        super().__init__()
        self._progress = progress

    def relative_update(self, inc: int = 1) -> None:
        self._progress.add_file(inc)

    def branched(self, path_1: str, path_2: str, **options: Any) -> Callback:
        return _CountingBytes(self._progress)

    def branch(self, path_1: str, path_2: str, kwargs: Dict[str, Any], child: Optional[Callback] = None) -> Callback:
        child = _CountingBytes(self._progress)
        kwargs["callback"] = child
        return child


class _CountingBytes(Callback):
    def __init__(self, progress: "Progress") -> None:
        super().__init__()
        self._progress = progress
        self._done = 0

    def relative_update(self, inc: int = 1) -> None:
        self._done += inc
        self._progress.add_bytes(inc)

    def absolute_update(self, value: int) -> None:
        self._progress.add_bytes(value - self._done)
        self._done = value
