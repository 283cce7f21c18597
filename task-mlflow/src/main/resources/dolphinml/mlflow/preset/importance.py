# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How much each column matters to a fitted pipeline."""

import time
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

import numpy
from sklearn.inspection import permutation_importance

from dolphinml.mlflow.preset import features
from dolphinml.mlflow.preset.training_log import heartbeat, log_line

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

    from dolphinml.mlflow.preset.data import Dataset

MOST_ROWS = 500
MOST_SECONDS = 20.0
REPEATS = 5


class Importance:
    """Importance values by column, highest first, and the method that measured them."""

    def __init__(self, values: Dict[str, float], method: str) -> None:
        self.values = sorted(values.items(), key=lambda pair: -pair[1])
        self.method = method


def importance_of(pipeline: "Pipeline", estimator: "BaseEstimator", dataset: "Dataset") -> Optional[Importance]:
    """Returns the importance of the columns, or None if measuring it would take too long."""
    own = _own(estimator)
    sources = features.sources(pipeline.named_steps[features.STEP])
    if own is not None and len(own[0]) == len(sources):
        return Importance(_by_column(sources, own[0]), own[1])
    return _permuted(pipeline, dataset)


def _own(estimator: "BaseEstimator") -> Optional[Tuple[numpy.ndarray, str]]:
    """Returns the estimator's own (value for each of its inputs, method), or None if it has none."""
    values = getattr(estimator, "feature_importances_", None)
    if values is not None:
        return numpy.asarray(values, dtype=float), "share in the splits of the trees"
    # An SVM with a non-linear kernel has no coefficients per column, and reading coef_ raises an error.
    if getattr(estimator, "kernel", "linear") == "linear" and hasattr(estimator, "coef_"):
        coefficients = estimator.coef_
        coefficients = coefficients.toarray() if hasattr(coefficients, "toarray") else numpy.asarray(coefficients)
        return numpy.abs(numpy.atleast_2d(coefficients)).mean(axis=0), "mean size of the coefficients"
    return None


def _by_column(sources: List[str], values: numpy.ndarray) -> Dict[str, float]:
    total: Dict[str, float] = {}
    for name, value in zip(sources, values):
        total[name] = total.get(name, 0.0) + float(value)
    return total


def _permuted(pipeline: "Pipeline", dataset: "Dataset") -> Optional[Importance]:
    rows = min(MOST_ROWS, len(dataset.test_y))
    sample, labels = dataset.test_x.head(rows), dataset.test_y[:rows]
    began = time.monotonic()
    pipeline.predict(sample)
    columns = dataset.train_x.shape[1]
    repeats = int(min(REPEATS, MOST_SECONDS / max(columns * (time.monotonic() - began), 1e-9)))
    if repeats < 1:
        log_line("No picture of the features' importance: to shuffle %d columns would take too long" % columns)
        return None
    with heartbeat("Shuffling %d columns" % columns):
        found = permutation_importance(pipeline, sample, labels, n_repeats=repeats, random_state=0)
    return Importance(dict(zip(sample.columns, found.importances_mean.tolist())), "loss when the column is shuffled")
