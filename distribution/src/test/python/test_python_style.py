# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Ruff on every Python file and notebook by the rules of ruff.toml, mypy on what is shipped by those of mypy.ini, and names that
mean one thing."""

import ast
import collections
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dsharness import places

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")


@pytest.mark.skipif(RUFF is None, reason="ruff is not installed; pip install ruff")
@pytest.mark.parametrize("command", [["check", "--output-format", "concise"], ["format", "--check"]], ids=lambda words: words[0])
def test_ruff(command):
    done = subprocess.run(
        [RUFF, *command, "--no-cache", "."],
        cwd=str(places.PROJECT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed; pip install mypy==1.4.1")
def test_mypy(tmp_path):
    shipped = sorted(str(each.relative_to(places.PROJECT)) for each in places.PROJECT.glob("task-*/src/main/resources/dolphinml"))
    assert len(shipped) == 6
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), *shipped],
        cwd=str(places.PROJECT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_name_of_a_function_leads_to_one_place():
    places_of = collections.defaultdict(list)
    for path in sorted(places.PROJECT.glob("task-*/src/main/resources/dolphinml/**/*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                places_of[node.name].append("%s:%d" % (path.relative_to(places.PROJECT), node.lineno))
    assert len(places_of) > 500
    assert {name: found for name, found in places_of.items() if len(found) > 1 and name != "main"} == {}
