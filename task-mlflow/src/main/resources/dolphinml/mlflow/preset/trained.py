# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The result of a training, ready to be logged to the tracking server."""

from typing import TYPE_CHECKING, Any, Dict, Iterable, Optional

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline


class Trained:
    """A fitted pipeline and what is reported about it.

    estimator      the fitted estimator in it, for the feature importance
    params         the values it was created with, by name
    measures       metrics of the training itself, such as the cross-validation score
    files          text files to log with the run, by file name
    modules        what loading it imports besides scikit-learn
    """

    def __init__(
        self,
        pipeline: "Pipeline",
        estimator: "BaseEstimator",
        params: Dict[str, Any],
        measures: Optional[Dict[str, float]] = None,
        files: Optional[Dict[str, str]] = None,
        modules: Iterable[str] = (),
        regression: bool = False,
    ) -> None:
        self.pipeline = pipeline
        self.estimator = estimator
        self.params = params
        self.measures = dict(measures or {})
        self.files = dict(files or {})
        self.modules = tuple(modules)
        self.regression = regression
