# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Grid search with cross-validation; each candidate is logged as it finishes."""

import time
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Union

import numpy
from sklearn.base import clone
from sklearn.model_selection import KFold, ParameterGrid, StratifiedKFold, cross_val_score

from dolphinml.common import exceptions
from dolphinml.common.optional import given
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import heartbeat, log_line

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from dolphinml.mlflow.preset.data import Dataset

Params = Dict[str, Any]
Folds = Union[StratifiedKFold, KFold]


FOLDS = 5


class TriedCombination:
    """One combination of values: its parameters and its mean accuracy, or None and the error."""

    def __init__(
        self,
        params: Params,
        score: Optional[float],
        spread: Optional[float] = None,
        fault: Optional[str] = None,
        seconds: float = 0.0,
    ) -> None:
        self.params, self.score, self.spread, self.fault, self.seconds = params, score, spread, fault, seconds


class Search:
    """The candidates in grid order, and the best one. Raises TrainingFailure if none could be trained."""

    def __init__(self, candidates: List[TriedCombination]) -> None:
        self.candidates = candidates
        good = [candidate for candidate in candidates if candidate.score is not None]
        if not good:
            raise TrainingFailure(
                "searchParams: none of the %d candidates could be trained; the last: %s" % (len(candidates), candidates[-1].fault)
            )
        # Of equally good candidates, the first in the grid.
        self.best = max(good, key=lambda candidate: given(candidate.score))


def try_all(pipeline: "Pipeline", grid: Dict[str, List[Any]], short: Callable[[Params], Params], dataset: "Dataset") -> Search:
    """Tries every combination; `short(params)` returns a candidate's parameters keyed by the names in the form."""
    combinations = list(ParameterGrid(grid))
    folds = _folds(dataset.train_y)
    log_line("Search: %d candidates, cross-validation with %d folds" % (len(combinations), folds.get_n_splits()))
    candidates = []
    for number, params in enumerate(combinations, 1):
        described = ", ".join("%s=%r" % pair for pair in short(params).items())
        with heartbeat("Candidate %d of %d: %s" % (number, len(combinations), described)):
            candidate = _try(clone(pipeline), params, folds, dataset)
        candidates.append(candidate)
        log_line(
            "Candidate %d of %d: %s: %s (%.1f s)" % (number, len(combinations), described, _result(candidate), candidate.seconds)
        )
    return Search(candidates)


def _folds(labels: numpy.ndarray) -> Folds:
    smallest = int(numpy.unique(labels, return_counts=True)[1].min())
    if smallest >= 2:
        return StratifiedKFold(min(FOLDS, smallest))
    log_line("A class has a single row; the folds are not balanced by class")
    return KFold(min(FOLDS, len(labels)), shuffle=True, random_state=0)


def _try(pipeline: "Pipeline", params: Params, folds: Folds, dataset: "Dataset") -> TriedCombination:
    began = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = cross_val_score(
                pipeline.set_params(**params),
                dataset.train_x,
                dataset.train_y,
                cv=folds,
                scoring="accuracy",
                error_score="raise",
            )
    except Exception as error:  # the library refuses this combination; the others continue
        return TriedCombination(params, None, fault=exceptions.message(error), seconds=time.monotonic() - began)
    return TriedCombination(params, float(scores.mean()), float(scores.std()), seconds=time.monotonic() - began)


def _result(candidate: TriedCombination) -> str:
    if candidate.score is None:
        return "failed: %s" % candidate.fault
    return "accuracy %.4f, +/- %.4f" % (candidate.score, given(candidate.spread))


def as_csv(search: Search, short: Callable[[Params], Params]) -> str:
    """Returns the candidates as CSV text."""
    import csv
    import io

    names = list(short(search.candidates[0].params))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names + ["accuracy", "spread", "seconds", "fault"])
    for candidate in search.candidates:
        values = short(candidate.params)
        known = candidate.score is not None
        writer.writerow(
            [values[name] for name in names]
            + [
                candidate.score if known else "",
                candidate.spread if known else "",
                "%.3f" % candidate.seconds,
                candidate.fault or "",
            ]
        )
    return text.getvalue()
