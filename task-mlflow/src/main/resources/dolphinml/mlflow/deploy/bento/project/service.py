# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""An MLflow model as a BentoML service that also gives the answers of `mlflow models serve`, byte for byte.

Configured by settings.json beside this file: {"name", "model": tag in the model store, "tensor": whether the inputs of the
model's signature are tensors, "workers", "timeout": seconds, "batchSize": requests or null, "batchLatency": milliseconds}.
"""

import json
import os
import typing

import bentoml
import numpy
import pandas

from scoring import Scoring, ScoringPaths, text_of

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "settings.json"), encoding="utf-8") as stream:
    SETTINGS = json.load(stream)

# Without a configuration no traces are exported, yet tracing would take a quarter of the time of a small prediction.
CONFIGURED = any(name in os.environ for name in ("BENTOML_CONFIG", "BENTOML_CONFIG_OPTIONS", "BENTOML_CONFIG_OVERRIDES"))
TRACING = {} if CONFIGURED else {"tracing": {"excluded_urls": "/invocations"}}

SCORING = Scoring()
if typing.TYPE_CHECKING:
    Rows = typing.Union[numpy.ndarray, pandas.DataFrame]
else:
    Rows = numpy.ndarray if SETTINGS["tensor"] else pandas.DataFrame


# Longer than the timeout of MLflow's app, so that clients get MLflow's timeout response.
@bentoml.service(
    name=SETTINGS["name"],
    workers=SETTINGS["workers"],
    traffic={"timeout": SETTINGS["timeout"] + 5},
    logging={"access": {"enabled": False}},
    **TRACING,
)
class MlflowModel:
    def __init__(self) -> None:
        os.environ["MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT"] = str(SETTINGS["timeout"])
        import mlflow.pyfunc  # imported here because it takes seconds, which the process that starts the workers need not spend

        self._model = mlflow.pyfunc.load_model(bentoml.models.get(SETTINGS["model"]).path_of("mlflow_model"))
        SCORING.serve(self._model, SETTINGS["batchSize"], SETTINGS["batchLatency"], SETTINGS["timeout"])

    @bentoml.api
    def predict(self, rows: Rows) -> typing.Any:
        """Returns the predictions of the rows as JSON values."""
        if SETTINGS["tensor"]:
            # JSON does not distinguish 1 from 1.0, but MLflow does.
            rows = rows.astype(self._model.metadata.get_input_schema().numpy_types()[0], casting="same_kind", copy=False)
        return json.loads(text_of(self._model.predict(rows)))["predictions"]


# The decorator has turned the class into a service.
typing.cast(typing.Any, MlflowModel).add_asgi_middleware(ScoringPaths, scoring=SCORING)
