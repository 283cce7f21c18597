# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What ends a training early, in one sentence."""


class TrainingFailure(Exception):
    """The training cannot succeed. `str(failure)` is one sentence for people: the field, the fault, what is right."""
