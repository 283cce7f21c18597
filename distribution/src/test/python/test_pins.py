# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""All that the tests install has a version that is written down, what it brings along too."""

import os
import re
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(PROJECT / "integration-tests/harness"))

from dsharness import pins  # noqa: E402

REQUIREMENTS = sorted(PROJECT.glob(".ci/requirements-*.txt"))

#: The environments of this run, as .ci/run hands them on.
ENVIRONMENTS = [Path(each) for each in os.environ.get("DOLPHINML_TEST_VENVS", "").split(os.pathsep) if each]


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_each_requirement_is_exact(file):
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    loose = [line for line in lines if line and not line.startswith(("#", "-r ")) and not re.match(r"[\w.-]+==[\w.]+", line)]
    assert loose == []


@pytest.mark.parametrize("file", sorted(PROJECT.glob(".ci/constraints/*.txt")), ids=lambda file: file.name)
def test_each_constraint_is_exact(file):
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line]
    assert len(pins.fixed("\n".join(lines))) == len(lines) > 0
    of = file.stem.rpartition("-")[0]
    assert of == "demo" or PROJECT / ".ci" / ("requirements-%s.txt" % of) in REQUIREMENTS


@pytest.mark.skipif(not ENVIRONMENTS, reason="DOLPHINML_TEST_VENVS names no environments that could be looked at")
@pytest.mark.parametrize("directory", ENVIRONMENTS, ids=lambda directory: directory.name)
def test_nothing_is_installed_in_a_version_of_its_own_choice(directory):
    if not pins.constraints(directory):
        pytest.skip("no constraints are written down for the Python of %s" % directory.name)
    assert pins.loose(directory) == {}
