# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Shows progress while waiting: a line every few seconds, and the awaited program's output in between."""

import threading
import time
from typing import Any, Callable

SECONDS_BETWEEN_LINES = 5.0


class WaitingLog:
    """Writes `text (12 s)` if nothing else was written for a while."""

    def __init__(
        self, console: Any, text: str, clock: Callable[[], float] = time.monotonic, interval: float = SECONDS_BETWEEN_LINES
    ) -> None:
        self._console = console
        self._text = text
        self._interval = interval
        self._clock = clock
        self._began = self._last = clock()

    @property
    def seconds(self) -> float:
        return self._clock() - self._began

    def line(self, text: str) -> None:
        self._console.line(text)
        self._last = self._clock()

    @staticmethod
    def pause() -> None:
        """Sleeps between two polls."""
        time.sleep(0.5)

    def report(self, detail: str = "") -> None:
        if self._clock() - self._last >= self._interval:
            self.line("%s (%d s)%s" % (self._text, self.seconds, detail))


class Beat:
    """Calls `look()` every `interval` seconds in a thread while a block runs: `with Beat(look, 1.0): ...`"""

    def __init__(self, look: Callable[[], Any], interval: float = 1.0) -> None:
        self._look = look
        self._interval = interval
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._interval):
            self._look()


class Heartbeat(Beat):
    """Logs lines while a call blocks: `with Heartbeat(console, "Fetching the model") as waiting: ...`"""

    def __init__(self, console: Any, text: str, interval: float = SECONDS_BETWEEN_LINES) -> None:
        self._waiting = WaitingLog(console, text, interval=interval)
        super().__init__(self._waiting.report, min(1.0, interval))

    def __enter__(self) -> WaitingLog:
        super().__enter__()
        return self._waiting
