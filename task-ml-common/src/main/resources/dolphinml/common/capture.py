# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Routes everything that this process and its children print through the console: whole lines, masked, bounded in length."""

import codecs
import os
import select
import sys
import threading

from dolphinml.common.console import Console, LineFolder


class Capture:
    """Takes over the file descriptors 1 and 2 until `drain`. `stream` is the original standard output."""

    def __init__(self) -> None:
        self.stream = os.fdopen(os.dup(1), "wb", 0)
        self._reader, writer = os.pipe()
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(writer)

    def start(self, console: Console) -> None:
        self._thread = threading.Thread(target=self._pump, args=(LineFolder(console),), name="capture", daemon=True)
        self._thread.start()

    def _pump(self, folder: LineFolder) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            data = os.read(self._reader, 65536)
            if not data:
                break
            folder.feed(decoder.decode(data))
        folder.close()

    def drain(self) -> None:
        """Restores the descriptors and waits until everything printed is in the log."""
        sys.stdout.flush()
        sys.stderr.flush()
        # The reader sees the end when the last writer is gone; a child that keeps running must not block it forever.
        os.dup2(self.stream.fileno(), 1)
        os.dup2(self.stream.fileno(), 2)
        while self._thread.is_alive() and select.select([self._reader], [], [], 0.01)[0]:
            self._thread.join(0.01)
        self._thread.join(0.05)
