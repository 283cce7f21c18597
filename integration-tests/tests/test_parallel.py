# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Notebooks that start at the same time do not get in each other's way; benchmarks/parallel_starts.py runs 1,000."""

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, notebook

COUNT = 20


@pytest.fixture(scope="module")
def ran(run, place, environment):
    source = notebooks.save(place / "in.ipynb", "print('hello')")
    nodes = [notebook("n%d" % number, source, place / ("%d.ipynb" % number), str(environment)) for number in range(COUNT)]
    return run(Workflow("parallel", nodes))


def test_all_succeed(ran):
    failed = [name for name in ("n%d" % number for number in range(COUNT)) if ran.task(name)["state"] != "SUCCESS"]
    assert failed == [], [ran.lines(name)[-5:] for name in failed]
    assert ran.state == "SUCCESS"
