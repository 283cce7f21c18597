# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The example of two workflows under one parent, imported by its own script and run as a whole."""

import json
import urllib.request

import pytest

from dsharness import joint, places
from dsharness.finished import Finished
from dsharness.ports import free_port
from dsharness.workflow import Workflow, deployment, given


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def whole(ds, client, mlflow, environment, place, port):
    project = client.project("train and deploy")
    codes = joint.import_all(ds.address, "train and deploy")
    assert list(codes) == ["train", "deploy", "train and deploy"]
    notebooks = joint.notebooks(place / "notebooks")
    instance = project.start(
        codes["train and deploy"],
        {
            "environment": str(environment),
            "notebooks": str(notebooks),
            "output_directory": str(place / "runs"),
            "tracking_uri": mlflow.address,
            "experiment_name": "train and deploy",
            "deploy_port": str(port),
        },
    )
    return Finished(project, instance, project.wait(instance))


def inner(whole, name):
    """The run of the workflow inside a node of the parent."""
    instance = whole.project.inner(whole.instance, name)
    return Finished(whole.project, instance, whole.project.instance(instance)["state"])


def test_both_workflows_run(whole):
    states = {}
    for name in ("train", "deploy"):
        for task in whole.project.tasks(inner(whole, name).instance):
            states[task["name"]] = task["state"]
    logs = {
        name: inner(whole, where).lines(name)[-20:]
        for where in ("train", "deploy")
        for name in states
        if states[name] != "SUCCESS" and inner(whole, where).task(name)
    }
    assert whole.state == "SUCCESS", (states, logs)
    assert set(states.values()) == {"SUCCESS"} and len(states) == 7


def test_the_version_that_was_chosen_is_the_one_that_serves(whole, mlflow, port):
    train, deploy = inner(whole, "train"), inner(whole, "deploy")
    accuracies = {kind: float(train.outputs("svm " + kind)["accuracy"]) for kind in ("linear", "rbf", "poly")}
    chosen = train.outputs("choose the best")
    assert float(chosen["accuracy"]) == max(accuracies.values())
    served = deploy.outputs("deploy the model")
    assert (served["mlflow.model_name"], served["mlflow.model_version"]) == ("iris", chosen["model_version"])
    registered = mlflow.api("registered-models/get?name=iris")["registered_model"]
    assert {"alias": "champion", "version": chosen["model_version"]} in registered["aliases"]


def test_the_service_predicts(whole):
    assert inner(whole, "deploy").outputs("ask for a prediction")["prediction"] == "setosa"


@pytest.fixture(scope="module")
def stop(run, mlflow, environment, port):
    """Ends the service of the example."""
    action, name = given("mlflow.deployAction", "stop"), given("mlflow.deploymentName", "iris")

    def end():
        finished = run(
            Workflow("ends the example", [deployment("stops", "", port, mlflow.address, environment, local=[action, name])])
        )
        assert finished.state == "SUCCESS", finished.lines("stops")

    return end


def test_the_service_stays_until_it_is_stopped(whole, stop, port):
    with urllib.request.urlopen("http://127.0.0.1:%d/ping" % port, timeout=90) as answer:
        assert answer.status == 200
    stop()
    with pytest.raises(OSError):
        urllib.request.urlopen("http://127.0.0.1:%d/ping" % port, timeout=90)


def test_within_one_workflow_the_version_is_handed_on(whole, ds, stop, mlflow, environment, place, port):
    values = {
        "environment": environment,
        "notebooks": place / "notebooks",
        "output_directory": place / "runs of one",
        "tracking_uri": mlflow.address,
        "experiment_name": "in one workflow",
        "deploy_port": port,
    }
    done = joint.ds_client(
        ds.address,
        "--project",
        "in one workflow",
        joint.EXAMPLE / "in-one-workflow.json",
        "--run",
        *(each for name, value in values.items() for each in ("--set", "%s=%s" % (name, value))),
    )
    try:
        assert done.returncode == 0, done.stdout
        lines = [line.split() for line in done.stdout.splitlines()]
        [chosen] = [line[-1] for line in lines if line[:-1] == ["choose", "the", "best", "model_version", "="]]
        [served] = [line[-1] for line in lines if line[:-1] == ["deploy", "the", "model", "mlflow.model_version", "="]]
        assert chosen == served
        assert int(chosen) > int(inner(whole, "train").outputs("choose the best")["model_version"])
        assert ["ask", "for", "a", "prediction", "prediction", "=", "setosa"] in lines
    finally:
        stop()


def test_each_training_has_a_report(whole, place):
    for kind in ("linear", "rbf", "poly"):
        assert "data:image/png;base64," in (place / "runs" / ("iris_svm_%s.html" % kind)).read_text("utf-8")


def test_the_exports_hold_nothing_of_this_machine():
    exports = list(joint.EXAMPLE.glob("*.json"))
    assert exports
    for path in exports:
        assert str(places.PROJECT) not in path.read_text("utf-8")
        [exported] = json.loads(path.read_text("utf-8"))
        assert {"processDefinition", "processTaskRelationList", "taskDefinitionList"} <= set(exported)
