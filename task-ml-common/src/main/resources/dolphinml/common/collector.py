# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Sets how often Python's garbage collector looks for reference cycles.

Importing a big library creates a few hundred thousand objects that stay and hardly any garbage: scanning them repeatedly
takes a sixth of the time of MLflow's import.
"""

import gc

#: New objects between two collections of the youngest generation; about 10 MB.
OBJECTS_BETWEEN_LOOKS = 50_000

_usual = gc.get_threshold()


def collect_rarely() -> None:
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, *_usual[1:])


def collect_as_usual() -> None:
    """Restores Python's own thresholds, which the user's code may rely on."""
    gc.set_threshold(*_usual)
