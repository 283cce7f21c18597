# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A client of MLflow 3 with a server of MLflow 2, which keeps models with their run only."""

import os
import pathlib

import pandas
import pytest


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from dsharness.mlflow_server import MlflowServer

    mlflow = pytest.importorskip("mlflow")
    if int(mlflow.__version__.split(".")[0]) < 3:
        pytest.skip("for a client of MLflow 3")
    venv = os.environ.get("DOLPHINML_TEST_MLFLOW2")
    if not venv:
        pytest.skip("DOLPHINML_TEST_MLFLOW2 names no environment of .ci/requirements-mlflow2.txt")
    with MlflowServer(tmp_path_factory.mktemp("server2"), pathlib.Path(venv), port=0) as running:
        yield running


def test_the_model_is_logged_registered_and_loads(train, client, csv):
    import mlflow

    ended = train(algorithm="lr", dataPath=csv("iris_names"), registerModel=True, modelName="iris")
    assert ended.error is None and ended.outputs["mlflow.model_uri"] == "models:/iris/1"
    assert "Version 1 of 'iris' is production: models:/iris/Production, models:/iris@production\n" in ended.log
    assert client.get_model_version("iris", "1").run_id == ended.run_id
    features = pandas.read_csv(csv("iris_names")).drop(columns=["label"])
    for uri in ("models:/iris@production", "runs:/%s/model" % ended.run_id):
        model = mlflow.pyfunc.load_model(uri)
        assert set(model.predict(features)) == {"setosa", "versicolor", "virginica"}
        assert model.metadata.signature is not None and model.metadata.run_id == ended.run_id
