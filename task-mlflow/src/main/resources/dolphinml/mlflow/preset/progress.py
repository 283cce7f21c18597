# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Lines for the task's log, and lines beside a call that takes long."""

import contextlib
import logging
import sys
import threading
import time
import warnings

SECONDS_BETWEEN_SIGNS = 10.0


def say(text):
    """One line of the log, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def quiet():
    """Without MLflow's advice to programmers of models; its errors are still shown."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class Heartbeat:
    """Says `text (20 s)` every ten seconds: `with Heartbeat("Training svm"): ...`. `detail()` may add to the line."""

    def __init__(self, text, detail=lambda: "", seconds=SECONDS_BETWEEN_SIGNS):
        self._text = text
        self._detail = detail
        self._seconds = seconds
        self._began = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._done.set()
        self._thread.join()

    @property
    def elapsed(self):
        return time.monotonic() - self._began

    def _beat(self):
        while not self._done.wait(self._seconds):
            say("%s (%d s)%s" % (self._text, self.elapsed, self._detail()))
