# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Logs what a kernel's process and its child processes write directly to their standard output."""

import codecs
import os
import select
import threading

from dolphinml.common.console import Console, LineFolder

BYTES_AT_ONCE = 65536


class KernelText:
    """A pipe that kernels write to; its lines go to the log with a margin."""

    def __init__(self, console: Console, margin: str) -> None:
        self._folder = LineFolder(console, margin)
        self._reader, self.writer = os.pipe()
        self._lock = threading.Lock()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        threading.Thread(target=self._pump, name="kernel-text", daemon=True).start()

    def _pump(self) -> None:
        while True:
            select.select([self._reader], [], [])
            self._take()

    def _take(self) -> bool:
        """Forwards what is in the pipe; returns True if there was anything."""
        with self._lock:
            if not select.select([self._reader], [], [], 0)[0]:
                return False
            self._folder.feed(self._decoder.decode(os.read(self._reader, BYTES_AT_ONCE)))
            return True

    def drain(self) -> None:
        """Logs everything written so far, including an unfinished line."""
        # At most a full pipe at a time: a process may never stop writing.
        for _ in range(16):
            if not self._take():
                break
        with self._lock:
            self._folder.close()
