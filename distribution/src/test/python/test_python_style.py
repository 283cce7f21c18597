# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Ruff on every Python file and notebook of the project, by the rules of ruff.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dsharness import places

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")


@pytest.mark.skipif(RUFF is None, reason="ruff is not installed; pip install ruff")
def test_ruff():
    done = subprocess.run([RUFF, "check", "--no-cache", "--output-format", "concise", "."], cwd=str(places.PROJECT),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
    assert done.returncode == 0, done.stdout
