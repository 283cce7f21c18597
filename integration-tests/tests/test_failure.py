# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A failed notebook is a FAILURE, and the end of its log says why."""

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, given, notebook


@pytest.fixture(scope="module")
def ran(run, place, environment):
    failing = notebooks.save(
        place / "failing.ipynb",
        notebooks.cell("threshold = 0.5\napi_token = 'none'", "parameters"),
        "print('first cell ran')",
        notebooks.cell("rows = {}\nprint('about to divide')\nshare = 1 / len(rows)", "train"),
        "print('never')",
    )
    dying = notebooks.save(place / "dying.ipynb", "print('alive')", "import os, signal\nos.kill(os.getpid(), 9)")
    tolerated = notebooks.save(
        place / "tolerated.ipynb", notebooks.cell("raise ValueError('kept for later')", "raises-exception"), "print('went on')"
    )

    def node(name, source, parameters="", **options):
        return notebook(name, source, place / (name + "-out.ipynb"), str(environment), parameters, **options)

    return run(
        Workflow(
            "failures",
            [
                node(
                    "failing",
                    failing,
                    '{"threshold": 0.7, "api_token": "hush-hush-4711"}',
                    local=[given("jupyter.report", "html")],
                ),
                node("dying", dying),
                node("tolerated", tolerated),
            ],
        )
    )


def test_a_failing_cell_is_a_failure(ran):
    assert ran.state == "FAILURE"
    assert ran.task("failing")["state"] == "FAILURE"


def test_the_traceback_is_the_end_of_the_log(ran):
    end = "\n".join(ran.lines("failing")[-30:])
    for part in (
        "ZeroDivisionError: division by zero",
        "share = 1 / len(rows)",
        "train",
        "threshold",
        "0.7",
        "failing-out.ipynb",
    ):
        assert part in end
    assert "papermill/execute.py" not in end
    assert "\x1b[" not in ran.log("failing")


def test_nothing_of_the_worker_comes_between_but_its_verdict(ran):
    """DolphinScheduler reports the result after the task; our last line is the last one of the task."""
    log = ran.log("failing")
    ours = log.rindex("failing-out")
    assert ours > log.rindex("ZeroDivisionError") - 2000
    assert "Exception in thread" not in log[ours:]


def test_the_secret_is_nowhere(ran, place, ds):
    assert "hush-hush-4711" not in ran.log("failing")
    assert "hush-hush-4711" not in (place / "failing-out.ipynb").read_text(encoding="utf-8")


def test_the_output_notebook_is_kept_as_far_as_it_got(ran, place):
    assert notebooks.errors(place / "failing-out.ipynb") == ["ZeroDivisionError"]
    assert "first cell ran" in (place / "failing-out.ipynb").read_text(encoding="utf-8")


def test_the_report_is_written_on_failure(ran, place):
    assert "ZeroDivisionError" in (place / "failing-out.html").read_text(encoding="utf-8")


def test_a_dead_kernel_is_explained(ran):
    assert ran.task("dying")["state"] == "FAILURE"
    end = "\n".join(ran.lines("dying")[-15:]).lower()
    assert "kernel" in end and "memory" in end


def test_an_error_that_a_tag_tolerates_still_fails_the_run_as_in_papermill(ran, place):
    assert ran.task("tolerated")["state"] == "FAILURE"
    assert "went on" in (place / "tolerated-out.ipynb").read_text(encoding="utf-8")
    assert "ValueError: kept for later" in "\n".join(ran.lines("tolerated")[-15:])
