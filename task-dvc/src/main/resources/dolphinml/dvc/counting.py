# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hands what DVC says of a transfer on to a Progress."""

from fsspec.callbacks import Callback


class Counting(Callback):
    """Counts files; what it makes for each of them counts bytes."""

    def __init__(self, progress):
        super().__init__()
        self._progress = progress

    def relative_update(self, inc=1):
        self._progress.add_file(inc)

    def branched(self, path_1, path_2, **options):
        return _CountingBytes(self._progress)

    def branch(self, path_1, path_2, kwargs, child=None):
        child = _CountingBytes(self._progress)
        kwargs["callback"] = child
        return child


class _CountingBytes(Callback):
    def __init__(self, progress):
        super().__init__()
        self._progress = progress
        self._done = 0

    def relative_update(self, inc=1):
        self._done += inc
        self._progress.add_bytes(inc)

    def absolute_update(self, value):
        self._progress.add_bytes(value - self._done)
        self._done = value
