# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The four algorithms of the form: the estimator, parameters and feature encoding of each."""

import importlib
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Sequence, Type

from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline

from dolphinml.mlflow.preset import features
from dolphinml.mlflow.preset.literals import Word, not_a_literal
from dolphinml.mlflow.preset.training_failure import TrainingFailure

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.compose import ColumnTransformer

    from dolphinml.mlflow.preset.data import Dataset

STEP = "model"
SEED = 0

# Parameters that the estimators pass through to their libraries but do not list in get_params().
_LIGHTGBM_NATIVE = (
    "bagging_fraction",
    "bagging_freq",
    "bagging_seed",
    "boost_from_average",
    "boosting",
    "cat_l2",
    "cat_smooth",
    "deterministic",
    "device_type",
    "drop_rate",
    "early_stopping_round",
    "extra_trees",
    "feature_fraction",
    "feature_fraction_bynode",
    "force_col_wise",
    "force_row_wise",
    "is_unbalance",
    "lambda_l1",
    "lambda_l2",
    "linear_tree",
    "max_bin",
    "max_cat_threshold",
    "max_cat_to_onehot",
    "max_delta_step",
    "max_drop",
    "metric",
    "min_data_in_bin",
    "min_data_in_leaf",
    "min_gain_to_split",
    "min_sum_hessian_in_leaf",
    "monotone_constraints",
    "num_class",
    "num_iterations",
    "num_threads",
    "path_smooth",
    "scale_pos_weight",
    "seed",
    "skip_drop",
    "uniform_drop",
    "verbose",
    "verbosity",
)
_XGBOOST_NATIVE = (
    "alpha",
    "disable_default_eval_metric",
    "eta",
    "lambda",
    "max_cached_hist_node",
    "min_split_loss",
    "nthread",
    "num_class",
    "one_drop",
    "process_type",
    "rate_drop",
    "refresh_leaf",
    "sample_type",
    "seed",
    "skip_drop",
    "updater",
)
# Old nodes may set it; the labels are encoded anyway.
_IGNORED = {"xgboost": ("use_label_encoder",)}


class Algorithm:
    """One algorithm of the form. `library` is the module that defines its estimator."""

    def __init__(
        self,
        name: str,
        library: str,
        estimator: str,
        encode: Callable[["Dataset"], "ColumnTransformer"],
        defaults: Dict[str, Any],
        native: Sequence[str] = (),
        encodes_labels: bool = False,
    ) -> None:
        self.name = name
        self.library = library
        self._estimator = estimator
        self._encode = encode
        self._defaults = dict(defaults, random_state=SEED)
        self._native = native
        self._encodes_labels = encodes_labels

    def _class(self) -> "Type[BaseEstimator]":
        return getattr(importlib.import_module(self.library), self._estimator)

    def pipeline(self, dataset: "Dataset", params: Dict[str, Any]) -> Pipeline:
        """Returns the unfitted pipeline, for parameters that `check` has accepted."""
        chosen = dict(self._defaults, **{name: _plain_value(value) for name, value in params.items()})
        for name in _IGNORED.get(self.name, ()):
            chosen.pop(name, None)
        return Pipeline([(features.STEP, self._encode(dataset)), (STEP, self._model(chosen))])

    def _model(self, chosen: Dict[str, Any]) -> "BaseEstimator":
        estimator = self._class()(**chosen)
        if not self._encodes_labels:
            return estimator
        # A voting ensemble of one: scikit-learn's way to fit on labels 0..n-1 and predict the original ones.
        return VotingClassifier([(self.name, estimator)], voting="soft")

    def check(self, params: Dict[str, Any], field: str, search: bool = False) -> None:
        """Raises TrainingFailure for an unknown name or, outside a search, for a word where a number or boolean belongs."""
        own = self._class()().get_params()
        known = set(own) | set(self._native) | set(_IGNORED.get(self.name, ()))
        unknown = [name for name in params if name not in known]
        if unknown:
            raise TrainingFailure(
                "%s: %s has no parameter %s; it has %s"
                % (field, self.name, " and no ".join("'%s'" % name for name in unknown), ", ".join(sorted(own)))
            )
        for name, value in params.items():
            if not search and isinstance(value, Word) and isinstance(own.get(name), (bool, int, float)):
                raise not_a_literal(field, "%s=%s" % (name, value))

    def grid(self, search_params: Dict[str, List[Any]]) -> Dict[str, List[Any]]:
        """Returns the search space, keyed by the pipeline's parameter names."""
        prefix = "%s__%s__" % (STEP, self.name) if self._encodes_labels else "%s__" % STEP
        return {prefix + name: [_plain_value(value) for value in values] for name, values in search_params.items()}

    @staticmethod
    def short(candidate: Dict[str, Any]) -> Dict[str, Any]:
        """Returns a candidate of the grid, keyed by the names in the form."""
        return {name.rpartition("__")[2]: value for name, value in candidate.items()}

    def estimator_of(self, pipeline: Pipeline) -> "BaseEstimator":
        """Returns the fitted estimator of a fitted pipeline."""
        model = pipeline.named_steps[STEP]
        return model.estimators_[0] if self._encodes_labels else model


def _plain_value(value: Any) -> Any:
    return str(value) if isinstance(value, Word) else value


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("lr", "sklearn.linear_model", "LogisticRegression", features.scaled_columns, {"max_iter": 1000}),
        Algorithm("svm", "sklearn.svm", "SVC", features.scaled_columns, {}),
        Algorithm("lightgbm", "lightgbm", "LGBMClassifier", features.ordered_columns, {"verbose": -1}, _LIGHTGBM_NATIVE),
        Algorithm("xgboost", "xgboost", "XGBClassifier", features.ordered_columns, {}, _XGBOOST_NATIVE, encodes_labels=True),
    )
}
