# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What ends a batch prediction before its time."""

from dolphinml.common.program import TaskFailure


def of_input(sentence):
    """The data cannot be scored."""
    return TaskFailure("mlflow.input: " + sentence)


def first_line(error):
    """What an exception says, in one line with its type."""
    text = " ".join(str(error).split("\n\n")[0].split())
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__
