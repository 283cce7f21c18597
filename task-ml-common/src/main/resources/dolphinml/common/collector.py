# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How often Python looks for reference cycles.

An import of a big library makes a few hundred thousand objects that stay, and hardly any garbage: looking through them again and
again takes a sixth of the time that MLflow's import takes.
"""

import gc

#: New objects between two looks at the youngest ones; these are some 10 MB.
OBJECTS_BETWEEN_LOOKS = 50_000

_usual = gc.get_threshold()


def collect_rarely() -> None:
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, *_usual[1:])


def collect_as_usual() -> None:
    """For code that is not ours, which may rely on it."""
    gc.set_threshold(*_usual)
