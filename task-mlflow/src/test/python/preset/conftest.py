# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Trainings for tests: data sets, a real tracking server, and the presets called as the program calls them."""

import os
import pathlib
import sys

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[5]
sys.path[0:0] = [str(PROJECT / module / "src/main/resources") for module in ("task-mlflow", "task-ml-common")]


@pytest.fixture(scope="session")
def csv(tmp_path_factory):
    """csv("iris") -> the path of a CSV file; also "iris_names" (labels are texts) and "cancer" (two classes)."""
    from sklearn import datasets

    directory = tmp_path_factory.mktemp("data")
    iris = datasets.load_iris(as_frame=True).frame.rename(columns={"target": "label"})
    iris.to_csv(directory / "iris.csv", index=False)
    names = dict(enumerate(["setosa", "versicolor", "virginica"]))
    iris.assign(label=iris["label"].map(names)).to_csv(directory / "iris_names.csv", index=False)
    cancer = datasets.load_breast_cancer(as_frame=True).frame.rename(columns={"target": "label"})
    cancer.iloc[:, -9:].to_csv(directory / "cancer.csv", index=False)
    return lambda name: str(directory / (name + ".csv"))


@pytest.fixture(scope="session")
def server(mlflow_server):
    return mlflow_server


class Ended:
    """What a training left: its log, metrics, outputs and error."""

    def __init__(self, log, result, error):
        self.log, self.error = log, error
        self.metrics, self.outputs = result["metrics"], result["outputs"]

    @property
    def run_id(self):
        return self.log.partition("Logged the model as runs:/")[2].partition("/")[0]


@pytest.fixture
def experiment(server, request, monkeypatch):
    """The id of an experiment for the test; trainings log to it."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    number = server.experiment(request.node.name)
    import mlflow

    # Of a test before this one; MLflow takes the variable away with it.
    mlflow.set_tracking_uri(None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", number)
    return number


@pytest.fixture
def train(experiment, capsys):
    """train(algorithm="svm", dataPath=...) -> Ended; failures come back as `error`."""
    from dolphinml.mlflow.preset import training
    from dolphinml.mlflow.preset.training_failure import TrainingFailure

    def run(**given):
        result, error = {"metrics": {}, "outputs": {}}, None
        capsys.readouterr()
        try:
            training.train_and_register(given, result)
        except TrainingFailure as failure:
            error = str(failure)
        return Ended(capsys.readouterr().out, result, error)

    return run


@pytest.fixture
def client(server, experiment):
    from mlflow.tracking import MlflowClient

    return MlflowClient(server.address, server.address)
