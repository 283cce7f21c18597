# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow Models by BentoML: deploy, replace under load, fail, roll back, stop."""

import json
import os
import sys
import urllib.request
from pathlib import Path

import pytest

from dsharness import models, places
from dsharness.ports import free_port
from dsharness.venvs import venv
from dsharness.workflow import Workflow, deployment, given

sys.path.insert(0, str(places.PROJECT / "task-mlflow/src/test/python/deploy"))

from load import Load  # noqa: E402

NAME = "iris-bento"


@pytest.fixture(scope="module")
def bentoml():
    """A venv with BentoML and MLflow."""
    chosen = os.environ.get("DOLPHINML_TEST_BENTOML")
    return Path(chosen) if chosen else venv(places.PROJECT / ".ci" / "requirements-bentoml.txt")


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def node(mlflow, bentoml, registered, port):
    """node(name, version, *options, **more) -> a node as the form sends it, with deployType in a custom parameter."""

    def make(name, version, *local, model=registered, **more):
        own = (given("mlflow.deployType", "BENTOML"), given("mlflow.deploymentName", NAME), given("mlflow.batchSize", "32"))
        return deployment(name, "models:/" + model + version, port, mlflow.address, bentoml, local=own + local, **more)

    return make


@pytest.fixture(scope="module")
def first(run, node):
    return run(Workflow("deploys by bentoml", [node("deploys", "/1")]))


def test_the_model_is_a_bentoml_service(first, port):
    assert first.task("deploys")["state"] == "SUCCESS", first.lines("deploys")
    outputs = first.outputs("deploys")
    assert (outputs["mlflow.model_version"], outputs["mlflow.deployment_name"]) == ("1", NAME)
    assert models.predict(port) == [0]
    with urllib.request.urlopen("http://127.0.0.1:%d/docs.json" % port, timeout=90) as answer:
        assert "/predict" in json.load(answer)["paths"]


def test_it_is_replaced_under_load_and_rolled_back(first, run, node, port):
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=json.dumps(models.ROW)).start()
    try:
        load.wait_for(20)
        finished = run(
            Workflow(
                "replaces it",
                [
                    node("replaces", "/2"),
                    node("never loads", "/1", model=models.NAME + "-broken", after=["replaces"]),
                ],
            )
        )
        back = run(Workflow("rolls it back", [node("rolls back", "/2", given("mlflow.deployAction", "rollback"))]))
        load.wait_for(20)
    finally:
        load.stop()
    assert finished.task("replaces")["state"] == "SUCCESS", finished.lines("replaces")
    log = finished.lines("never loads")
    assert finished.task("never loads")["state"] == "FAILURE"
    assert log[-1] == (
        "The BentoML server of models:/%s-broken/1 could not start its service before it was healthy:"
        " ValueError: the weights are not there" % models.NAME
    )
    assert "Deployment '%s' serves models:/%s/2 as before" % (NAME, models.NAME) in log
    assert back.state == "SUCCESS", back.lines("rolls back")
    assert back.outputs("rolls back")["mlflow.model_version"] == "1"
    assert load.failures == []


def test_a_stop_leaves_nothing(first, run, node, port, work):
    finished = run(Workflow("stops it", [node("stops", "/1", given("mlflow.deployAction", "stop"))]))
    assert finished.state == "SUCCESS", finished.lines("stops")
    assert not models.answers(port)
    assert list((work / "deployments").glob("*/*/%s/bento-store" % NAME)) == []
