# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes lines to the task's log, including progress lines during long calls."""

import contextlib
import logging
import sys
import warnings
from typing import Iterator

from dolphinml.common.waiting import Heartbeat

SECONDS_BETWEEN_LINES = 10.0


def log_line(text: str) -> None:
    """Writes one line to the log and flushes it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences MLflow's advice to model developers; its errors are still shown."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class _Log:
    """The task's log, with the interface that `Heartbeat` expects."""

    line = staticmethod(log_line)


def heartbeat(text: str) -> Heartbeat:
    """Logs progress lines during a long call: `with heartbeat("Training svm") as waiting: ...`."""
    return Heartbeat(_Log(), text, SECONDS_BETWEEN_LINES)
