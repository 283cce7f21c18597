# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The example as a user meets it: its export is imported and run."""

import json

import pytest

from dsharness import notebooks, places
from dsharness.finished import Finished

IRIS = places.PROJECT / "examples" / "iris"
NODES = {
    "svm linear": ("iris_svm_linear", 0.1, "linear"),
    "svm rbf": ("iris_svm_rbf", 10.0, "rbf"),
    "svm poly": ("iris_svm_poly", 1.0, "poly"),
}


@pytest.fixture(scope="module")
def experiment():
    return "iris-integration"


@pytest.fixture(scope="module")
def iris(project, mlflow, environment, place, experiment):
    code = project.import_file("workflow.json", (IRIS / "workflow.json").read_bytes())
    project.release(code)
    instance = project.start(
        code,
        {
            "environment": str(environment),
            "notebook": str(IRIS / "iris_svm.ipynb"),
            "output_directory": str(place / "not there yet"),
            "tracking_uri": mlflow.address,
            "experiment_name": experiment,
        },
    )
    return Finished(project, instance, project.wait(instance))


def test_all_nodes_succeed(iris):
    states = {each["name"]: each["state"] for each in iris.project.tasks(iris.instance)}
    assert iris.state == "SUCCESS", {name: iris.lines(name)[-20:] for name in NODES if states.get(name) != "SUCCESS"}
    assert states == dict({"create experiment": "SUCCESS"}, **dict.fromkeys(NODES, "SUCCESS"))


@pytest.mark.parametrize("name", NODES)
def test_outputs_are_what_mlflow_recorded(iris, mlflow, experiment, name):
    model, penalty, kernel = NODES[name]
    outputs = iris.outputs(name)
    recorded = mlflow.api("runs/get?run_id=" + outputs["mlflow_run_id"])["run"]
    assert recorded["info"]["experiment_id"] == mlflow.experiment(experiment)
    assert recorded["info"]["status"] == "FINISHED"
    assert recorded["info"]["run_name"] == model
    assert {each["key"]: each["value"] for each in recorded["data"]["params"]} == {"C": str(penalty), "kernel": kernel}
    metrics = {each["key"]: each["value"] for each in recorded["data"]["metrics"]}
    assert float(outputs["accuracy"]) == round(metrics["accuracy"], 4)


def test_the_three_runs_are_all_in_the_experiment(iris, mlflow, experiment):
    assert len(mlflow.runs(mlflow.experiment(experiment))) == 3
    assert mlflow.runs("0") == []


@pytest.mark.parametrize("name", NODES)
def test_notebook_and_report_are_written(iris, place, name):
    output = place / "not there yet" / (NODES[name][0] + ".ipynb")
    assert notebooks.errors(output) == []
    assert all(each["execution_count"] for each in notebooks.code_cells(output))
    report = output.with_suffix(".html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in report


def test_the_export_is_a_plain_one():
    """What the UI takes: a list with one workflow, and nothing of the machine that it was exported on."""
    text = (IRIS / "workflow.json").read_text(encoding="utf-8")
    [exported] = json.loads(text)
    assert {"processDefinition", "processTaskRelationList", "taskDefinitionList"} <= set(exported)
    assert str(places.PROJECT) not in text
    kinds = sorted(each["taskType"] for each in exported["taskDefinitionList"])
    assert kinds == ["JUPYTER", "JUPYTER", "JUPYTER", "SHELL"]
