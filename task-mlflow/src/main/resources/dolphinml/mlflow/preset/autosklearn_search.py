# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""AutoML with auto-sklearn, where it can be installed: Linux with Python 3.7 to 3.9."""

import inspect
import warnings
from typing import TYPE_CHECKING

from sklearn.pipeline import Pipeline

from dolphinml.common import exceptions
from dolphinml.mlflow.preset import features
from dolphinml.mlflow.preset.algorithms import SEED, STEP
from dolphinml.mlflow.preset.literals import Word, not_a_literal
from dolphinml.mlflow.preset.trained import Trained
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import heartbeat, log_line
from dolphinml.mlflow.preset.training_request import autosklearn_is_absent

if TYPE_CHECKING:
    from dolphinml.mlflow.preset.data import Dataset
    from dolphinml.mlflow.preset.training_request import TrainingRequest


class AutosklearnTraining:
    """A training with auto-sklearn. The constructor checks the settings, before the data is read."""

    regression = False

    def __init__(self, request: "TrainingRequest") -> None:
        try:
            from autosklearn.classification import AutoSklearnClassifier
        except ImportError as error:
            raise TrainingFailure(autosklearn_is_absent(" (%s)" % exceptions.message(error))) from error
        self._class = AutoSklearnClassifier
        self._settings = {"seed": SEED}
        self._settings.update(request.params)
        known = [name for name in inspect.signature(self._class.__init__).parameters if name not in ("self", "kwargs")]
        unknown = [name for name in request.params if name not in known]
        if unknown:
            raise TrainingFailure(
                "params: autosklearn has no setting %s; it has %s"
                % (" and no ".join("'%s'" % name for name in unknown), ", ".join(sorted(known)))
            )
        for name in ("time_left_for_this_task", "per_run_time_limit", "memory_limit", "seed", "n_jobs"):
            if isinstance(request.params.get(name), Word):
                raise not_a_literal("params", "%s=%s" % (name, request.params[name]))

    def train(self, dataset: "Dataset") -> Trained:
        settings = {name: str(value) if isinstance(value, Word) else value for name, value in self._settings.items()}
        classifier = self._class(**settings)
        budget = classifier.get_params()["time_left_for_this_task"]
        log_line("autosklearn: time budget %g s" % budget)
        pipeline = Pipeline([(features.STEP, features.filled_columns(dataset)), (STEP, classifier)])
        with heartbeat("autosklearn, %g s in all" % budget), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                pipeline.fit(dataset.train_x, dataset.train_y)
            except UnboundLocalError as error:  # raised when the time runs out before it has a model
                raise TrainingFailure(
                    "params: autosklearn finished no model within time_left_for_this_task=%g; set a larger one" % budget
                ) from error
            except Exception as error:  # auto-sklearn may raise anything for the node's settings
                raise TrainingFailure("autosklearn ended: %s" % exceptions.message_with_type(error)) from error
        statistics = str(classifier.sprint_statistics())
        for line in statistics.splitlines():
            log_line(line)
        return Trained(
            pipeline,
            classifier,
            settings,
            files={"leaderboard.txt": "%s\n\n%s\n" % (statistics, classifier.leaderboard())},
            modules=("autosklearn",),
        )
