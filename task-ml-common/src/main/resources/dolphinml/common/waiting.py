# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting that shows life: a line every few seconds, and what the awaited one prints in between."""

import threading
import time

SECONDS_BETWEEN_SIGNS = 5.0


class Signs:
    """Writes `text (12 s)` when nothing else was written for a while."""

    def __init__(self, console, text, clock=time.monotonic):
        self._console = console
        self._text = text
        self._clock = clock
        self._began = self._last = clock()

    @property
    def seconds(self):
        return self._clock() - self._began

    def line(self, text):
        self._console.line(text)
        self._last = self._clock()

    @staticmethod
    def pause():
        """Between two looks at the awaited one."""
        time.sleep(0.5)

    def sign(self, detail=""):
        if self._clock() - self._last >= SECONDS_BETWEEN_SIGNS:
            self.line("%s (%d s)%s" % (self._text, self.seconds, detail))


class Heartbeat:
    """Signs of life beside a call that blocks: `with Heartbeat(console, "Fetching the model"): ...`"""

    def __init__(self, console, text):
        self._signs = Signs(console, text)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self._signs

    def __exit__(self, *exception):
        self._done.set()
        self._thread.join()

    def _beat(self):
        while not self._done.wait(1.0):
            self._signs.sign()
