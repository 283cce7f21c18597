# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""BasicAlgorithm: one algorithm with the node's parameters, or the best of its search space."""

import warnings
from typing import TYPE_CHECKING

from dolphinml.common import exceptions
from dolphinml.common.optional import given
from dolphinml.mlflow.preset import search
from dolphinml.mlflow.preset.algorithms import ALGORITHMS
from dolphinml.mlflow.preset.trained import Trained
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import heartbeat, log_line

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from dolphinml.mlflow.preset.data import Dataset
    from dolphinml.mlflow.preset.training_request import TrainingRequest


class BasicTraining:
    """A training with one algorithm. The constructor checks the parameters, before the data is read."""

    regression = False

    def __init__(self, request: "TrainingRequest") -> None:
        self._params = request.params
        self._space = request.search_params
        self._algorithm = ALGORITHMS[request.method]
        self._algorithm.check(self._params, "params")
        self._algorithm.check(self._space, "searchParams", search=True)

    def train(self, dataset: "Dataset") -> Trained:
        pipeline = self._made(dataset)
        measures, files = {}, {}
        if self._space:
            found = search.try_all(pipeline, self._algorithm.grid(self._space), self._algorithm.short, dataset)
            best = self._algorithm.short(found.best.params)
            score = given(found.best.score)
            log_line(
                "Best: %s: accuracy %.4f in the cross-validation" % (", ".join("%s=%r" % pair for pair in best.items()), score)
            )
            measures["cv_accuracy"] = score
            files["search.csv"] = search.as_csv(found, self._algorithm.short)
            pipeline.set_params(**found.best.params)
        self._fit(pipeline, dataset)
        estimator = self._algorithm.estimator_of(pipeline)
        library = self._algorithm.library.split(".")[0]
        return Trained(
            pipeline,
            estimator,
            estimator.get_params(deep=False),
            measures,
            files,
            modules=() if library == "sklearn" else (library,),
        )

    def _made(self, dataset: "Dataset") -> "Pipeline":
        try:
            return self._algorithm.pipeline(dataset, self._params)
        except (TypeError, ValueError) as error:
            raise TrainingFailure("params: %s" % exceptions.message_with_type(error)) from error

    def _fit(self, pipeline: "Pipeline", dataset: "Dataset") -> None:
        with heartbeat("Training %s" % self._algorithm.name) as training, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("once")
            try:
                pipeline.fit(dataset.train_x, dataset.train_y)
            except Exception as error:  # a library may raise anything for the node's values
                raise TrainingFailure(
                    "%s cannot be trained with these parameters and data: %s"
                    % (self._algorithm.name, exceptions.message_with_type(error))
                ) from error
        for text in sorted({" ".join(str(warning.message).split()) for warning in caught}):
            log_line("Warning: %s" % text)
        log_line("Trained %s in %.1f s" % (self._algorithm.name, training.seconds))
