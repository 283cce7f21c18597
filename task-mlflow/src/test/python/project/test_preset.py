# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Presets in the run frame: one run of ours, its outputs, and the environment that they run in."""

import json
import os
import signal
import sys

import pytest
from frame import PATIENT, living

DATA = "sepal,petal,label\n" + "".join(
    "%.2f,%.2f,%s\n" % (base + number / 50.0, 2 * base, label)
    for base, label in ((1.0, "small"), (3.0, "middle"), (5.0, "large"))
    for number in range(30)
)


@pytest.fixture
def preset(frame, tmp_path):
    """preset(**fields) -> a run of BasicAlgorithm with lr on three groups that are easy to tell apart."""
    (tmp_path / "groups.csv").write_text(DATA)

    def start(environment=(), outputs=(), limits=(), experimentName="presets", **fields):
        settings = dict(
            {
                "jobType": "BasicAlgorithm",
                "algorithm": "lr",
                "automlTool": None,
                "params": "",
                "searchParams": "",
                "isSearchParams": None,
                "dataPath": "groups.csv",
                "labelColumn": "label",
                "registerModel": False,
                "modelName": None,
                "promoteIf": None,
            },
            **fields,
        )
        return frame.start(
            environment=environment,
            outputs=outputs,
            limits=limits,
            experimentName=experimentName,
            preset=settings,
            presetEnvironment=ORDER,
        )

    return start


ORDER = {
    "task": {},
    "field": "mlflow.environment",
    "source": None,
    "kind": "requirements",
    "cacheDir": None,
    "cacheLimit": None,
    "refresh": False,
    "builder": "auto",
    "python": None,
    "condaRoot": None,
    "addIfMissing": [],
    "secrets": [],
}


def test_a_training_is_recorded_in_the_run_of_the_frame(preset, client):
    run = preset(registerModel=True, modelName="groups", outputs=["accuracy"]).finish()
    recorded = client.get_run(run.run_id)
    assert run.outputs["mlflow.run_id"] == run.run_id
    assert run.outputs["mlflow.model_version"] == "1"
    assert run.outputs["mlflow.model_uri"] == "models:/groups/1"
    assert run.outputs["accuracy"] == recorded.data.metrics["accuracy"] > 0.9
    assert recorded.info.status == "FINISHED"
    assert client.get_experiment(recorded.info.experiment_id).name == "presets"
    assert len(client.search_runs([recorded.info.experiment_id])) == 1
    assert recorded.data.tags["dolphinscheduler.task.instance.id"] == "44"
    assert recorded.data.tags["mlflow.source.name"] == "dolphinml preset BasicAlgorithm"
    assert recorded.data.tags["mlflow.runName"] == "a task"


def test_faults_of_the_request_are_reported_before_a_run_is_made(preset, client):
    run = preset(params="C=os.getcwd()", experimentName="never made").finish()
    assert run.lines[-1].startswith("params: ") and "os.getcwd()" in run.lines[-1]
    assert client.get_experiment_by_name("never made") is None


def test_faults_of_the_data_close_the_run_as_failed(preset, client):
    run = preset(labelColumn="species").finish()
    assert run.process.returncode == 1
    assert "species" in run.lines[-1] and "sepal" in run.lines[-1]
    assert run.lines[-2].startswith("Run %s FAILED" % run.run_id)
    assert run.report["error"] == run.lines[-1]
    assert client.get_run(run.run_id).info.status == "FAILED"


def test_a_killed_training(preset, client, tmp_path):
    rows = "".join("%d,%d,%d\n" % (number % 97, number % 89, number % 2) for number in range(20000))
    (tmp_path / "much.csv").write_text("a,b,label\n" + rows)
    run = preset(
        algorithm="svm", dataPath="much.csv", params="C=1000.0;gamma=10.0", experimentName="killed", limits=PATIENT
    ).until("Run ")
    run.process.send_signal(signal.SIGTERM)
    assert run.finish().process.returncode == 143
    assert client.get_run(run.run_id).info.status == "KILLED"
    assert living(run.marker) == []


class Replaced(Exception):
    """This process would be another program now."""


def test_what_is_missing_is_ordered_from_the_environment_cache(monkeypatch, tmp_path):
    """Up to the order; that it is built once and used is seen on the real server (integration-tests)."""
    from dolphinml.mlflow.preset import packages
    from dolphinml.mlflow.project import preset_environment

    def replace(path, argv):
        raise Replaced(argv)

    monkeypatch.setattr(os, "execv", replace)
    monkeypatch.setattr(packages, "missing_modules", lambda request: ["lightgbm"])
    request = str(tmp_path / "request.json")
    settings = {
        "project": {
            "preset": {"jobType": "BasicAlgorithm", "algorithm": "lightgbm", "dataPath": "x.csv"},
            "presetEnvironment": ORDER,
        }
    }
    with pytest.raises(Replaced) as replaced:
        preset_environment.enter(["run_project.py", request], settings, "2.22.5")
    argv = replaced.value.args[0]
    assert argv[3].endswith("environment/prepare_environment.py")
    assert argv[5:] == [sys.executable, "run_project.py", request]
    order = json.loads((tmp_path / "preset-environment.json").read_text())
    requirements = open(order["source"]).read().split("\n")
    assert "mlflow>=1.30,<3" in requirements and any(line.startswith("lightgbm") for line in requirements)

    monkeypatch.setenv("DOLPHINML_PREPARED", "run:/cache/env-1")
    monkeypatch.setenv("PATH", "/usr/bin")
    with pytest.raises(Replaced) as replaced:
        preset_environment.enter(["run_project.py", request], settings, "2.22.5")
    assert replaced.value.args[0] == ["/cache/env-1/bin/python", "run_project.py", request]
    assert os.environ["PATH"].startswith("/cache/env-1/bin:") and "DOLPHINML_PREPARED" not in os.environ


def test_nothing_is_ordered_where_everything_imports(monkeypatch, tmp_path):
    from dolphinml.mlflow.project import preset_environment

    monkeypatch.setattr(os, "execv", None)
    settings = {
        "project": {"preset": {"jobType": "BasicAlgorithm", "algorithm": "lr", "dataPath": "x.csv"}, "presetEnvironment": ORDER}
    }
    preset_environment.enter(["run_project.py", str(tmp_path / "request.json")], settings, None)
    assert list(tmp_path.iterdir()) == []
