# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""AutoML with flaml: the best model that it finds within `time_budget` seconds, retrained in a scikit-learn pipeline.

The logged model is our feature encoding followed by the estimator that flaml chose (LightGBM, XGBoost, a forest, ...);
loading it does not need flaml, unless it is an ensemble.
"""

import contextlib
import inspect
import json
import os
import tempfile
import time
import warnings
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

import numpy
from flaml import AutoML
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder

from dolphinml.common import exceptions
from dolphinml.common.waiting import Beat
from dolphinml.mlflow.preset import features
from dolphinml.mlflow.preset.algorithms import SEED, STEP
from dolphinml.mlflow.preset.literals import Word, not_a_literal
from dolphinml.mlflow.preset.trained import Trained
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import SECONDS_BETWEEN_LINES, heartbeat, log_line

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from dolphinml.mlflow.preset.data import Dataset
    from dolphinml.mlflow.preset.training_request import TrainingRequest

TIME_BUDGET = 60
CLASSIFICATION = ("classification", "binary", "multiclass")
TASKS = CLASSIFICATION + ("regression",)

# Arguments of AutoML.fit that come from the data or from this module.
_OURS = (
    "self",
    "X_train",
    "y_train",
    "dataframe",
    "label",
    "X_val",
    "y_val",
    "log_file_name",
    "log_type",
    "append_log",
    "sample_weight_val",
    "groups",
    "groups_val",
    "time_col",
    "fit_kwargs",
)
_NUMBERS = ("time_budget", "max_iter", "seed", "n_jobs", "n_splits", "split_ratio", "train_time_limit")


class FlamlTraining:
    """A training with flaml. The constructor checks the settings, before the data is read."""

    def __init__(self, request: "TrainingRequest") -> None:
        self._settings: Dict[str, Any] = {
            "task": "classification",
            "time_budget": TIME_BUDGET,
            "seed": SEED,
            "verbose": 0,
            "mlflow_logging": False,
        }
        self._settings.update(request.params)
        self._check(request.params)
        self.regression = self._settings["task"] == "regression"

    def _check(self, params: Dict[str, Any]) -> None:
        known = [name for name in inspect.signature(AutoML.fit).parameters if name not in _OURS]
        unknown = [name for name in params if name not in known]
        if unknown:
            raise TrainingFailure(
                "params: flaml has no setting %s; it has %s"
                % (" and no ".join("'%s'" % name for name in unknown), ", ".join(sorted(known)))
            )
        for name in _NUMBERS:
            if isinstance(params.get(name), Word):
                raise not_a_literal("params", "%s=%s" % (name, params[name]))
        estimators = params.get("estimator_list", "auto")
        if estimators != "auto" and not (isinstance(estimators, (list, tuple)) and estimators):
            raise TrainingFailure(
                "params: estimator_list is %r; write a list such as ['lgbm', 'xgboost'], or auto" % (str(estimators),)
            )
        if self._settings["task"] not in TASKS:
            raise TrainingFailure("params: task '%s' is not known; use one of %s" % (self._settings["task"], ", ".join(TASKS)))
        budget = self._settings["time_budget"]
        if not isinstance(budget, (int, float)) or budget <= 0 and not params.get("max_iter"):
            raise TrainingFailure("params: time_budget is %r; give a number of seconds greater than 0" % (budget,))

    def train(self, dataset: "Dataset") -> Trained:
        with tempfile.TemporaryDirectory() as directory:
            log = os.path.join(directory, "trials.jsonl")
            automl = self._search(dataset, log)
            trials = _read(log)
        log_line("Best: %s after %d trials: %s" % (automl.best_estimator, _count(trials), _described(automl.best_config)))
        pipeline, modules = self._final(automl, dataset)
        params = {"best_estimator": automl.best_estimator}
        params.update((name, _python_value(value)) for name, value in automl.best_config.items())
        for name, value in self._settings.items():
            params.setdefault(name, value)
        return Trained(
            pipeline,
            self._estimator_of(pipeline),
            params,
            {"best_loss": float(automl.best_loss)},
            {"trials.jsonl": trials},
            modules,
            self.regression,
        )

    def _search(self, dataset: "Dataset", log: str) -> AutoML:
        values = features.filled_columns(dataset).fit_transform(dataset.train_x)
        labels = dataset.train_y if self.regression else LabelEncoder().fit_transform(dataset.train_y)
        settings = {name: str(value) if isinstance(value, Word) else value for name, value in self._settings.items()}
        log_line(
            "flaml: %s, time budget %g s, models: %s"
            % (settings["task"], settings["time_budget"], _estimator_names(settings.get("estimator_list")))
        )
        automl = AutoML()
        # `_final` trains the final model, with the feature encoding; once is enough.
        settings["retrain_full"] = False
        with _Watch(log, settings["time_budget"]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                automl.fit(X_train=values, y_train=labels, log_file_name=log, log_type="all", **settings)
            except ImportError as error:
                raise TrainingFailure(
                    "params: a model of estimator_list is not installed: %s" % exceptions.message_with_type(error)
                ) from error
            except Exception as error:  # flaml may raise anything for the node's settings
                raise TrainingFailure("flaml ended: %s" % exceptions.message_with_type(error)) from error
        if automl.model is None or automl.best_config is None:
            raise TrainingFailure(
                "params: flaml finished no model within time_budget=%g; set a larger one" % (settings["time_budget"])
            )
        return automl

    def _final(self, automl: AutoML, dataset: "Dataset") -> Tuple[Pipeline, List[str]]:
        """Returns the best model, trained on all training rows, and the modules that loading it needs."""
        model = automl.model
        # An ensemble consists of flaml's own classes.
        alone = not hasattr(model, "estimators") and getattr(model, "estimator", None) is not None
        estimator = clone(model.estimator if alone else model)
        modules = {type(estimator).__module__.split(".")[0]} | (set() if alone else {"flaml", "lightgbm", "xgboost"})
        if not self.regression:
            vote = "soft" if hasattr(estimator, "predict_proba") else "hard"
            # A voting ensemble of one, so that the model predicts the original labels.
            estimator = VotingClassifier([(automl.best_estimator, estimator)], voting=vote)
        pipeline = Pipeline([(features.STEP, features.filled_columns(dataset)), (STEP, estimator)])
        with heartbeat("Training the best model on all rows"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline.fit(dataset.train_x, dataset.train_y)
        return pipeline, sorted(modules - {"sklearn"})

    def _estimator_of(self, pipeline: Pipeline) -> "BaseEstimator":
        model = pipeline.named_steps[STEP]
        return model if self.regression else model.estimators_[0]


class _Watch(Beat):
    """Follows flaml's log of trials: reports each better model, and the progress of the search every ten seconds."""

    def __init__(self, log: str, budget: float) -> None:
        super().__init__(self._report)
        self._log = log
        self._budget = " of %g s" % budget if budget > 0 else ""
        self._read = 0
        self._trials = 0
        self._best: Any = None
        self._began = self._reported_at = time.monotonic()

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        self._read_trials()

    def _report(self) -> None:
        self._read_trials()
        if time.monotonic() - self._reported_at >= SECONDS_BETWEEN_LINES:
            best = "best %s, loss %.6g" % self._best if self._best else "none yet"
            seconds = time.monotonic() - self._began
            self._say("flaml (%d s%s): %d models tried, %s" % (seconds, self._budget, self._trials, best))

    def _say(self, line: str) -> None:
        log_line(line)
        self._reported_at = time.monotonic()

    def _read_trials(self) -> None:
        """Reads the new trials; if several of them are better models, reports only the best."""
        better = None
        with contextlib.suppress(OSError):
            with open(self._log, encoding="utf-8") as stream:
                stream.seek(self._read)
                for line in iter(stream.readline, ""):
                    if not line.endswith("\n"):
                        break
                    self._read += len(line.encode("utf-8"))
                    better = self._count(json.loads(line)) or better
        if better:
            self._say(
                "Better: %s, loss %.6g after %d s, trial %d: %s"
                % (
                    better["learner"],
                    better["validation_loss"],
                    better["wall_clock_time"],
                    self._trials,
                    _described(better["config"]),
                )
            )

    def _count(self, record: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        if "learner" not in record:
            return None
        self._trials += 1
        loss = record["validation_loss"]
        if loss is None or not numpy.isfinite(loss) or self._best and loss >= self._best[1]:
            return None
        self._best = (record["learner"], loss)
        return record


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""


def _count(trials: str) -> int:
    return sum('"learner"' in line for line in trials.splitlines())


def _estimator_names(estimators: Any) -> str:
    return ", ".join(estimators) if isinstance(estimators, (list, tuple)) else "those that are installed"


def _described(config: Dict[str, Any]) -> str:
    return ", ".join("%s=%s" % (name, _rounded(_python_value(value))) for name, value in config.items())


def _rounded(value: Any) -> Any:
    return "%.4g" % value if isinstance(value, float) else value


def _python_value(value: Any) -> Any:
    return value.item() if isinstance(value, numpy.generic) else value
