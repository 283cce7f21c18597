# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in all that a notebook's node hands to papermill, and on into the cell that it injects.

`DOLPHINML_FUZZ_CASES=10000` runs more of it.
"""

import json
import math
import sys

import pytest
from conftest import PROJECT

sys.path.insert(0, str(PROJECT / "task-ml-common/src/test/python"))

from hostile import cases, is_refusal, nothing_else_ran  # noqa: E402

FIELDS = ("others", "kernel", "engine", "parameters")


def value(texts, depth=2):
    """A JSON value with hostile texts in it."""
    kind = texts.random.randrange(8 if depth else 5)
    if kind < 3:
        return texts.text()
    if kind < 5:
        return texts.random.choice((True, False, None, 0, -1, 10**30, 1.5, -0.0, 1e300))
    if kind == 5:
        return [value(texts, depth - 1) for _ in range(texts.random.randint(0, 3))]
    return {texts.text(): value(texts, depth - 1) for _ in range(texts.random.randint(0, 3))}


def drawn(texts):
    form = {
        "input": texts.maybe("") or "in.ipynb",
        "output": texts.maybe("") or "out.ipynb",
        "kernel": texts.maybe("python3"),
        "engine": texts.maybe(None),
        "executionTimeout": 5,
        "startTimeout": 60,
        "others": [],
    }
    raw = {"raw_%d" % number: text for number, text in enumerate(texts.texts())}
    for pair in raw.items():
        form["others"] += ["-r", *pair]
    if texts.random.randrange(8) == 0:
        form["others"].append(texts.text())
    return form, raw, {"given_%d" % number: value(texts) for number in range(texts.random.randint(0, 3))}


def same(left, right):
    """Equal in type too, as JSON has types."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def same_file(path):
    return "./" + path if path.startswith("-") and path != "-" else path


def test_what_reaches_papermill(tmp_path):
    pytest.importorskip("papermill", reason="needs an environment with papermill")
    from dolphinml.common.program import TaskFailure
    from dolphinml.jupyter import papermill_call, preflight

    arrived = refused = 0
    with nothing_else_ran(tmp_path):
        for texts in cases("papermill"):
            form, raw, parameters = drawn(texts)
            faults = preflight.Faults()
            papermill_call.check_options(form, faults)
            try:
                faults.raise_if_any()
            except TaskFailure as failure:
                assert all(is_refusal(line, FIELDS) for line in failure.block or [failure.summary]), failure.block
                refused += 1
                continue
            passed = papermill_call.keyword_arguments(form)
            papermill_call.with_parameters(passed, parameters, guess=False)
            paths = [same_file(form["input"]), same_file(form["output"])]
            assert [passed["input_path"], passed["output_path"]] == paths
            assert (passed["kernel_name"], passed["engine_name"]) == (form["kernel"], form["engine"])
            injected = dict(zip(papermill_call.PATH_PARAMETERS, paths))
            assert same(passed["parameters"], dict(parameters, **dict(raw, **injected)))
            check_cell(passed["parameters"])
            arrived += 1
    print("%d cases arrived, %d were refused" % (arrived, refused))
    assert arrived > refused


def check_cell(parameters):
    """The code that papermill puts into the notebook gives the kernel these values."""
    from papermill.translators import papermill_translators

    source = papermill_translators.find_translator("python3", "python").codify(parameters, "Parameters")
    variables = {}
    exec(source, {"float": float}, variables)
    assert same(variables, parameters), source
    assert not any(isinstance(each, float) and math.isnan(each) for each in variables.values())
