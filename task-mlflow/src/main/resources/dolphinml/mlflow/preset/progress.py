# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Lines for the task's log, and signs of life beside a call that takes long."""

import contextlib
import logging
import sys
import warnings

from dolphinml.common.waiting import Heartbeat

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


class Log:
    """The task's log, as what waits beside a call wants it."""

    line = staticmethod(say)


def heartbeat(text):
    """Says `text (20 s)` every ten seconds beside a block."""
    return Heartbeat(Log, text, SECONDS_BETWEEN_SIGNS)
