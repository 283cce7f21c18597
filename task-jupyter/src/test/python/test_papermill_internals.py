# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""papermill's private names are what this release of it has them for."""

import pathlib
import re

import pytest

from dolphinml.jupyter import papermill_internals


def test_translators():
    found = papermill_internals.translators()
    assert {"python", "R", "julia", "scala"} <= set(found)
    assert found["python"].codify({"a": [1, None]}, "Parameters") == "# Parameters\na = [1, None]\n"


def test_engines():
    names = papermill_internals.engine_names()
    assert names == sorted(names) and "nbclient" in names


@pytest.mark.parametrize(
    "text, value", [("1", 1), ("0.5", 0.5), ("True", True), ("None", None), ("1_000 rows", "1_000 rows"), ("", "")]
)
def test_types_of_the_command_line(text, value):
    found = papermill_internals.typed(text)
    assert (found, type(found)) == (value, type(value))


def test_no_other_program_uses_private_names_of_papermill():
    folder = pathlib.Path(papermill_internals.__file__).parent
    private = re.compile(r"papermill_\w+\._[a-z]|from papermill[\w.]* import _[a-z]")
    assert [each.name for each in sorted(folder.glob("*.py")) if private.search(each.read_text(encoding="utf-8"))] == [
        "papermill_internals.py"
    ]
