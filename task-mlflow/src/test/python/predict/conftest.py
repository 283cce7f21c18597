# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Registered models on a real tracking server, and runs of the program that scores files with them."""

import os
import pathlib
import sys
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from started_program import StartedProgram  # noqa: E402

pandas = pytest.importorskip("pandas", reason="needs an environment with MLflow and pandas")


@pytest.fixture(scope="session")
def registered(mlflow_server):
    """registered(name, function, columns) -> a version of a model that answers with `function(frame)`."""
    import cloudpickle
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    def register(name, function, columns=None):
        # The program that loads the model has no tests on its path.
        cloudpickle.register_pickle_by_value(sys.modules[function.__module__])
        model = type("Model", (mlflow.pyfunc.PythonModel,), {"predict": lambda self, context, model_input: function(model_input)})
        signature = columns and ModelSignature(Schema([ColSpec(kind, column) for column, kind in columns.items()]))
        mlflow.set_tracking_uri(mlflow_server.address)
        with mlflow.start_run():
            place = {"name" if mlflow.__version__ >= "3" else "artifact_path": "model"}
            mlflow.pyfunc.log_model(
                python_model=model(), signature=signature, registered_model_name=name, pip_requirements=["pandas"], **place
            )
        return "models:/%s/1" % name

    yield register
    mlflow.set_tracking_uri(None)


class Prediction(StartedProgram):
    @property
    def outputs(self):
        assert self.report["status"] == "success", self.log
        return self.report["outputs"]

    @property
    def error(self):
        assert self.report["status"] == "failure", self.log
        assert self.last_line == self.report["error"]
        return self.report["error"]


@pytest.fixture
def predict(mlflow_server, tmp_path):
    """predict(model, input, predictions, batch=...) starts the program in the folder `work`."""
    runs = []
    work = tmp_path / "work"
    work.mkdir()

    def start(model, source, target, batch=1000, server=None, limits=(), **environment):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        variables["NO_PROXY"] = variables["no_proxy"] = "127.0.0.1"
        variables.update(environment)
        request = {
            "workdir": str(work),
            "secrets": [],
            "outputs": [],
            "prediction": {
                "trackingUri": server or mlflow_server.address,
                "model": model,
                "input": str(source),
                "predictions": str(target),
                "batchRows": batch,
            },
        }
        marker = uuid.uuid4().hex
        runs.append(
            Prediction("mlflow/predict/predict_batch.py", request, tmp_path / marker, variables, marker, work, limits=limits)
        )
        return runs[-1]

    start.work = work
    yield start
    for run in runs:
        run.kill()
