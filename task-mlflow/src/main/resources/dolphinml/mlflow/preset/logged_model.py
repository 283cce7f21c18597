# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The model that a training has logged, loaded the way a model server loads it."""

import os
import tempfile
from typing import TYPE_CHECKING, Any

import mlflow
import mlflow.artifacts
import mlflow.pyfunc
import mlflow.sklearn

from dolphinml.mlflow.preset.training_log import quiet

if TYPE_CHECKING:
    import pandas


class LoggedModel:
    """Predicts as the model server does, signature included; all other attributes are those of the loaded pipeline."""

    def __init__(self, uri: str) -> None:
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        with tempfile.TemporaryDirectory() as directory, quiet():
            path = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=directory)
            self._served = mlflow.pyfunc.load_model(path)
            self._pipeline = mlflow.sklearn.load_model(path)

    def predict(self, rows: "pandas.DataFrame") -> Any:
        return self._served.predict(rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)
