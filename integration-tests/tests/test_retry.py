# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A retried task resumes at the checkpoint of its notebook, and only where the notebook says so."""

import pytest

from dsharness import notebooks
from dsharness.finished import own_lines
from dsharness.workflow import Workflow, notebook

COUNT = """
import os
def count(name):
    path = os.path.join(directory, name)
    open(path, 'a').write('x')
    return os.path.getsize(path)
"""


def cells(tags):
    return [
        notebooks.cell("directory = ''", "parameters"),
        notebooks.cell(COUNT, *tags["always"]),
        "count('expensive')",
        notebooks.cell("count('checkpoint')", *tags["checkpoint"]),
        "if count('fragile') == 1:\n    raise RuntimeError('the first attempt fails')",
        "count('end')",
    ]


@pytest.fixture(scope="module")
def ran(run, place, environment):
    nodes = []
    for name, tags in (
        ("tagged", {"always": ["always"], "checkpoint": ["checkpoint"]}),
        ("untagged", {"always": [], "checkpoint": []}),
    ):
        (place / name).mkdir()
        source = notebooks.save(place / (name + ".ipynb"), *cells(tags))
        nodes.append(
            notebook(
                name, source, place / (name + "-out.ipynb"), str(environment), '{"directory": "%s"}' % (place / name), retries=1
            )
        )
    return run(Workflow("retries", nodes))


def counts(place, name):
    return {each.name: each.stat().st_size for each in (place / name).iterdir()}


@pytest.mark.parametrize("name", ["tagged", "untagged"])
def test_the_second_attempt_succeeds(ran, name):
    assert [each["state"] for each in ran.attempts(name)][-1] == "SUCCESS", ran.lines(name)[-20:]


def test_what_lies_above_the_checkpoint_is_not_done_again(ran, place):
    assert counts(place, "tagged") == {"expensive": 1, "checkpoint": 1, "fragile": 2, "end": 1}


def test_the_log_says_what_was_skipped(ran):
    [first, *_, last] = ran.logs("tagged")
    assert not any("skip" in line.lower() for line in own_lines(first))
    assert any("skip" in line.lower() for line in own_lines(last))


def test_without_tags_nothing_is_skipped(ran, place):
    assert counts(place, "untagged") == {"expensive": 2, "checkpoint": 2, "fragile": 2, "end": 1}
