# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A time of day that somebody sets while processes run. Monotonic clocks go on, as they do on a real machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

DAY = 86400


class Clock:
    """`variables` are the environment of the processes that see this clock."""

    def __init__(self, directory):
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("SKIPPED: there is no C compiler, so nobody sets a clock")
        library = directory / "clock.so"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(Path(__file__).with_suffix(".c")), "-ldl"], check=True
        )
        self._file = directory / "clock"
        self.variables = {"LD_PRELOAD": str(library), "CLOCK_FILE": str(self._file)}
        self.set(0)

    def set(self, days):
        """To now and so many days."""
        part = self._file.with_suffix(".part")
        part.write_text("%d\n" % (days * DAY))
        part.rename(self._file)
