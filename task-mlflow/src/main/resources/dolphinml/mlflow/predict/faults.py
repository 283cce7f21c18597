# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The failures that end a batch prediction."""

from dolphinml.common.program import TaskFailure


def input_failure(sentence: str) -> TaskFailure:
    """Returns the failure for input that cannot be scored."""
    return TaskFailure("mlflow.input: " + sentence)
