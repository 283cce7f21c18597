# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A client of MLflow 2 with a server of MLflow 3."""

import os
import pathlib

import pytest
from frame import make_project


def test_it_is_warned_of_and_the_project_runs_all_the_same(frame, client, tmp_path):
    if frame.mlflow < "3":
        pytest.skip("for a server of MLflow 3")
    venv = os.environ.get("DOLPHINML_TEST_MLFLOW2")
    if not venv:
        pytest.skip("DOLPHINML_TEST_MLFLOW2 names no environment of .ci/requirements-mlflow2.txt")
    make_project(tmp_path / "proj")
    run = frame.project("proj", experimentName="majors", python=pathlib.Path(venv) / "bin" / "python").finish()
    assert run.report["status"] == "success", run.log
    told = next(line for line in run.lines if line.startswith("WARNING "))
    assert told.startswith("WARNING The environment has MLflow 2.")
    assert told.endswith(
        " and the server MLflow %s: across major versions not everything works; install mlflow 3.x in"
        " the environment" % frame.mlflow
    )
    recorded = client.get_run(run.run_id)
    assert recorded.info.status == "FINISHED" and recorded.data.metrics == {"accuracy": 0.5, "rows": 150.0}
