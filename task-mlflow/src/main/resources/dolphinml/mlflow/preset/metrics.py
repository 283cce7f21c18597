# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a model on the test rows."""

import math
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

import numpy
from sklearn import metrics
from sklearn.preprocessing import label_binarize

if TYPE_CHECKING:
    import pandas

    from dolphinml.mlflow.preset.logged_model import LoggedModel

CLASSIFICATION = ("accuracy", "f1", "precision", "recall", "roc_auc", "log_loss")
REGRESSION = ("r2", "rmse", "mae", "mse")
LOWER_IS_BETTER = ("log_loss", "loss", "error", "brier_score", "rmse", "mae", "mse", "mape", "max_error")

# The names that the stock presets and scikit-learn use.
_OTHER_NAMES = {"f1-score": "f1", "f1_score": "f1", "auc": "roc_auc"}


def logged_name(name: str) -> str:
    """Returns the name under which the metric is logged."""
    return _OTHER_NAMES.get(name, name)


def spellings(name: str) -> List[str]:
    """Returns the names under which a run may have logged the metric, ours first."""
    return [logged_name(name)] + [other for other, own in _OTHER_NAMES.items() if own == logged_name(name)]


def lower_is_better(name: str) -> bool:
    """Whether a smaller value of the metric is better, as for log_loss, rmse, val_loss, ..."""
    return name in LOWER_IS_BETTER or name.split("_")[-1] in LOWER_IS_BETTER


def classification(
    model: "LoggedModel", features: "pandas.DataFrame", labels: numpy.ndarray
) -> Tuple[numpy.ndarray, Dict[str, float]]:
    """Returns the predictions, and the metrics by name: averages weighted by class frequency, undefined ones left out."""
    predicted = numpy.asarray(model.predict(features))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(labels, predicted, average="weighted", zero_division=0)
    values = {"accuracy": metrics.accuracy_score(labels, predicted), "f1": f1, "precision": precision, "recall": recall}
    values["roc_auc"] = _roc_auc(model, features, labels)
    values["log_loss"] = _log_loss(model, features, labels)
    return predicted, _finite_metrics(values)


def regression(
    model: "LoggedModel", features: "pandas.DataFrame", labels: numpy.ndarray
) -> Tuple[numpy.ndarray, Dict[str, float]]:
    predicted = numpy.asarray(model.predict(features))
    mse = metrics.mean_squared_error(labels, predicted)
    values = {"rmse": math.sqrt(mse), "mse": mse, "mae": metrics.mean_absolute_error(labels, predicted)}
    if len(labels) > 1:
        values["r2"] = metrics.r2_score(labels, predicted)
    return predicted, _finite_metrics(values)


def _finite_metrics(values: Dict[str, Optional[float]]) -> Dict[str, float]:
    return {name: float(value) for name, value in values.items() if value is not None and math.isfinite(value)}


def _roc_auc(model: "LoggedModel", features: "pandas.DataFrame", labels: numpy.ndarray) -> Optional[float]:
    """Returns the one-vs-rest ROC AUC, weighted by class frequency in the test; None if it is undefined."""
    present = numpy.unique(labels)
    classes = list(getattr(model, "classes_", ()))
    scores = _scores(model, features)
    if scores is None or len(present) < 2 or not set(present.tolist()) <= set(numpy.asarray(classes).tolist()):
        return None
    if len(classes) == 2:
        return metrics.roc_auc_score(labels == classes[1], scores)
    which = [classes.index(label) for label in present]
    truth = label_binarize(labels, classes=classes)[:, which]
    return metrics.roc_auc_score(truth, scores[:, which], average="weighted")


def _scores(model: "LoggedModel", features: "pandas.DataFrame") -> Optional[numpy.ndarray]:
    """Returns a score for each class (of two classes, only for the second), or None if the model has none."""
    if hasattr(model, "predict_proba"):
        scores = numpy.asarray(model.predict_proba(features))
        return scores[:, 1] if scores.shape[1] == 2 else scores
    if hasattr(model, "decision_function"):
        scores = numpy.asarray(model.decision_function(features))
        # One-vs-one votes, one for each pair of classes, are not scores of a class.
        return scores if scores.ndim == 1 or scores.shape[1] == len(model.classes_) else None
    return None


def _log_loss(model: "LoggedModel", features: "pandas.DataFrame", labels: numpy.ndarray) -> Optional[float]:
    classes = list(getattr(model, "classes_", ()))
    if not hasattr(model, "predict_proba") or not set(labels.tolist()) <= set(numpy.asarray(classes).tolist()):
        return None
    return metrics.log_loss(labels, numpy.asarray(model.predict_proba(features)), labels=classes)
