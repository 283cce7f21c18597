# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What ends a batch prediction before its time."""

from dolphinml.common.program import TaskFailure


def input_failure(sentence: str) -> TaskFailure:
    """The data cannot be scored."""
    return TaskFailure("mlflow.input: " + sentence)
