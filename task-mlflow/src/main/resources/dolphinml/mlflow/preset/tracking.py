# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes parameters, metrics, pictures and the model to the tracking server. Supports MLflow 1.30 to 3."""

import contextlib
import importlib
import inspect
import io
import os
import re
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Tuple

import mlflow
import mlflow.sklearn
import numpy
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema

from dolphinml.mlflow.preset import importance, metrics, pictures
from dolphinml.mlflow.preset.training_log import log_line, quiet

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from dolphinml.mlflow.preset.data import Dataset
    from dolphinml.mlflow.preset.logged_model import LoggedModel
    from dolphinml.mlflow.preset.trained import Trained
    from dolphinml.mlflow.preset.training_request import TrainingRequest

MODEL = "model"
EXAMPLE_ROWS = 5
LONGEST_PARAM = 250

# Modules whose distribution has another name; the first installed one is used.
_DISTRIBUTIONS = {
    "sklearn": ("scikit-learn",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "autosklearn": ("auto-sklearn",),
}


@contextlib.contextmanager
def training_run() -> Iterator["mlflow.ActiveRun"]:
    """Opens the run of MLFLOW_RUN_ID, else a new one in the experiment that the environment names, and closes it at the end."""
    # The creator of an existing run has logged its link. Read the variable now: MLflow removes it.
    announced = "MLFLOW_RUN_ID" in os.environ
    with quiet():
        active = mlflow.start_run()
    try:
        yield active
    except KeyboardInterrupt:
        _end_run("KILLED", announced)
        raise
    except BaseException:
        _end_run("FAILED", announced)
        raise
    _end_run("FINISHED", announced)


def _end_run(status: str, announced: bool) -> None:
    with contextlib.redirect_stdout(io.StringIO() if announced else sys.stdout):
        mlflow.end_run(status)


def log_params(request: "TrainingRequest", trained: "Trained", run_id: str) -> None:
    """Logs the node's settings and the estimator's parameters, except those that the run already has."""
    values = {
        "algorithm" if request.algorithm else "automl_tool": request.method,
        "data_path": request.data_path,
        "label_column": request.label_column,
    }
    for name, value in trained.params.items():
        values.setdefault(name, value)
    known = mlflow.tracking.MlflowClient().get_run(run_id).data.params
    texts = [(name, str(value)[:LONGEST_PARAM]) for name, value in values.items() if name not in known]
    for begin in range(0, len(texts), 100):
        mlflow.log_params(dict(texts[begin : begin + 100]))


def evaluate(model: "LoggedModel", trained: "Trained", dataset: "Dataset") -> Tuple[numpy.ndarray, Dict[str, float]]:
    """Measures the model on the test rows and logs the metrics; returns the predictions and the metrics by name."""
    measure = metrics.regression if trained.regression else metrics.classification
    with quiet():
        predicted, values = measure(model, dataset.test_x, dataset.test_y)
    values.update(trained.measures)
    mlflow.log_metrics(values)
    log_line("Metrics: %s" % ", ".join("%s %.4f" % pair for pair in values.items()))
    return predicted, values


def log_files(trained: "Trained", dataset: "Dataset", predicted: numpy.ndarray) -> None:
    """Logs the pictures and the text files of the training."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in trained.files.items():
            with open(os.path.join(directory, name), "w", encoding="utf-8") as stream:
                stream.write(text)
        if trained.regression:
            pictures.save(pictures.predictions(dataset.test_y, predicted), os.path.join(directory, "predictions.png"))
        else:
            matrix = pictures.confusion_matrix(dataset.test_y, predicted)
            if matrix is not None:
                pictures.save(matrix, os.path.join(directory, "confusion_matrix.png"))
        with quiet():
            found = importance.importance_of(trained.pipeline, trained.estimator, dataset)
        if found is not None:
            pictures.save(pictures.importance(found), os.path.join(directory, "feature_importance.png"))
        mlflow.log_artifacts(directory)


def log_model(trained: "Trained", dataset: "Dataset", run_id: str) -> str:
    """Logs the model with signature and input example; returns the URI for registering it."""
    example = dataset.train_x.head(EXAMPLE_ROWS).reset_index(drop=True)
    described = dict(
        signature=_signature(trained, dataset),
        input_example=example,
        pip_requirements=_pins(trained.modules),
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
    )
    new = "name" in inspect.signature(mlflow.sklearn.log_model).parameters
    with quiet():
        try:
            logged = mlflow.sklearn.log_model(trained.pipeline, **{"name" if new else "artifact_path": MODEL}, **described)
            return logged.model_uri
        except MlflowException as error:
            if not (new and _not_on_this_server(error)):
                raise
            # A server of MLflow 2 stores models only as artifacts of their run.
            _log_with_run(trained.pipeline, described, run_id)
            return "runs:/%s/%s" % (run_id, MODEL)


def _signature(trained: "Trained", dataset: "Dataset") -> ModelSignature:
    """Returns the signature. Numbers are doubles in it: in integer columns, MLflow truncates decimals and refuses gaps."""
    answers = trained.pipeline.predict(dataset.train_x.head(100))
    return ModelSignature(
        Schema([ColSpec("double" if name in dataset.numbers else "string", name) for name in dataset.train_x.columns]),
        infer_signature(numpy.zeros((1, 1)), answers).outputs,
    )


def _not_on_this_server(error: MlflowException) -> bool:
    return error.error_code == "ENDPOINT_NOT_FOUND" or re.search(r"error code (404|405|501)\b", str(error)) is not None


def _log_with_run(pipeline: "Pipeline", described: Dict[str, Any], run_id: str) -> None:
    directory = tempfile.mkdtemp()
    try:
        path = os.path.join(directory, MODEL)
        from mlflow.models import Model

        mlflow.sklearn.save_model(pipeline, path, mlflow_model=Model(artifact_path=MODEL, run_id=run_id), **described)
        mlflow.log_artifacts(path, MODEL)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _pins(modules: Iterable[str]) -> List[str]:
    """Pins the installed versions, so that MLflow need not load the model in another process to infer them."""
    pins = []
    for module in ("sklearn", "numpy", "scipy", "pandas", "cloudpickle") + tuple(modules):
        for distribution in _DISTRIBUTIONS.get(module, (module,)):
            version = _version(distribution)
            if version:
                pins.append("%s==%s" % (distribution, version.split("+")[0]))
                break
    return pins


def _version(distribution: str) -> Optional[str]:
    try:
        metadata = importlib.import_module("importlib.metadata")
    except ImportError:
        metadata = importlib.import_module("importlib_metadata")  # Python 3.7; installed with MLflow
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
