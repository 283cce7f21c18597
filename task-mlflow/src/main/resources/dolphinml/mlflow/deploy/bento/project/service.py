# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A model of MLflow as a BentoML service. It also answers what `mlflow models serve` answers, byte for byte.

Generated from settings.json beside this file: {"name", "model": tag in the model store, "tensor": whether the model's
signature has tensors, "workers", "timeout": seconds, "batchSize": requests or null, "batchLatency": milliseconds}.
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

# Traces that no configuration exports would take a quarter of the time of a small prediction.
CONFIGURED = any(name in os.environ for name in ("BENTOML_CONFIG", "BENTOML_CONFIG_OPTIONS", "BENTOML_CONFIG_OVERRIDES"))
TRACING = {} if CONFIGURED else {"tracing": {"excluded_urls": "/invocations"}}

SCORING = Scoring()
if typing.TYPE_CHECKING:
    Rows = typing.Union[numpy.ndarray, pandas.DataFrame]
else:
    Rows = numpy.ndarray if SETTINGS["tensor"] else pandas.DataFrame


# The time limit is beyond that of MLflow's app, whose answer clients know.
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
        import mlflow.pyfunc  # not in the process that starts the workers: it takes seconds

        self._model = mlflow.pyfunc.load_model(bentoml.models.get(SETTINGS["model"]).path_of("mlflow_model"))
        SCORING.serve(self._model, SETTINGS["batchSize"], SETTINGS["batchLatency"], SETTINGS["timeout"])

    @bentoml.api
    def predict(self, rows: Rows) -> typing.Any:
        """Predictions of the rows, as JSON has them."""
        if SETTINGS["tensor"]:
            # JSON does not tell 1 from 1.0, and MLflow does.
            rows = rows.astype(self._model.metadata.get_input_schema().numpy_types()[0], casting="same_kind", copy=False)
        return json.loads(text_of(self._model.predict(rows)))["predictions"]


# The decorator has made a service of the class.
typing.cast(typing.Any, MlflowModel).add_asgi_middleware(ScoringPaths, scoring=SCORING)
