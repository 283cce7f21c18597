# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Where MLServer is: of DOLPHINML_TEST_MLSERVER, or in an environment of its own."""

import os
from pathlib import Path

from dsharness import places
from dsharness.kubernetes.binaries import Missing
from dsharness.venvs import venv


def program():
    """The path of the program mlserver; Missing where this Python cannot have it."""
    chosen = os.environ.get("DOLPHINML_TEST_MLSERVER")
    directory = Path(chosen) if chosen else venv(places.PROJECT / ".ci" / "requirements-mlserver.txt")
    found = directory / "bin" / "mlserver"
    if not found.exists():
        raise Missing("MLServer is not in %s: it needs Python 3.9 to 3.12" % directory)
    return found
