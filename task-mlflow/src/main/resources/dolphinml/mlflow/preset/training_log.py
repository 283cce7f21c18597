# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Lines for the task's log, and lines beside a call that takes long."""

import contextlib
import logging
import sys
import warnings
from typing import Iterator

from dolphinml.common.waiting import Heartbeat

SECONDS_BETWEEN_LINES = 10.0


def log_line(text: str) -> None:
    """One line of the log, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
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


class _Log:
    """The task's log, as what is common to all programs writes to it."""

    line = staticmethod(log_line)


def heartbeat(text: str) -> Heartbeat:
    """Lines beside a call that takes long: `with heartbeat("Training svm") as waiting: ...`."""
    return Heartbeat(_Log(), text, SECONDS_BETWEEN_LINES)
