# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The exception that ends a training early, with one sentence for the user."""


class TrainingFailure(Exception):
    """The training cannot succeed. `str(failure)` is one sentence for the user: the field, the fault, what would be right."""
