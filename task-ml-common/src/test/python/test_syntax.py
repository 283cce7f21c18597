# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What runs in the user's Python keeps to the syntax of the oldest one that is supported."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
SOURCES = sorted(PROJECT.glob("task-*/src/main/resources/dolphinml/**/*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path).split("/dolphinml/")[1])
def test_the_syntax_is_that_of_python_3_7(source):
    ast.parse(source.read_text(encoding="utf-8"), str(source), feature_version=(3, 7))
