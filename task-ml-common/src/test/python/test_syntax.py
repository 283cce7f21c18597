# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What runs in the user's Python keeps to the syntax of the oldest one that is supported."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
SOURCES = sorted(PROJECT.glob("task-*/src/main/resources/dolphinml/**/*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path).split("/dolphinml/")[1])
def test_the_syntax_is_that_of_python_3_7(source):
    ast.parse(source.read_text(encoding="utf-8"), str(source), feature_version=(3, 7))


def python_3_7():
    """A Python 3.7 that runs, or None: a shim of pyenv may lead nowhere."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [shutil.which("python3.7"), *map(str, sorted(versions.glob("3.7.*/bin/python3")))]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    return next((each for each in candidates if each and subprocess.run([each, "-c", ""], **quiet).returncode == 0), None)


def test_python_3_7_itself_compiles_it():
    """A newer parser lets some of the newer syntax pass, such as an annotated tuple without parentheses."""
    python = python_3_7()
    if python is None:
        pytest.skip("there is no Python 3.7 on PATH or of pyenv")
    compiles = "import sys\nfor path in sys.stdin.read().split():\n    compile(open(path, 'rb').read(), path, 'exec')"
    done = subprocess.run(
        [python, "-c", compiles],
        input="\n".join(map(str, SOURCES)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
