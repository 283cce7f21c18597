# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Turns columns into numbers: all preprocessing, starting from the rows that a served model receives.

Uses only scikit-learn classes and pandas methods: a logged model must load where this package is not installed.
"""

import re
from typing import TYPE_CHECKING, Any, Callable, List, Union

import pandas
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from dolphinml.mlflow.gaps import GAPS

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from dolphinml.mlflow.preset.data import Dataset

STEP = "features"

# Makes a value the same text whether it comes from a file or from JSON: gaps, booleans, and whole numbers, which are
# decimals in a column with a gap.
_SAME = {
    r"^(?:%s)$" % "|".join(re.escape(gap) for gap in GAPS): "",
    r"^(?:true|TRUE)$": "True",
    r"^(?:false|FALSE)$": "False",
    r"^([+-]?\d+)\.0+$": r"\1",
}


def scaled_columns(dataset: "Dataset") -> ColumnTransformer:
    """For linear and distance-based models: numbers imputed and scaled, text one-hot encoded."""
    return _columns(dataset, [SimpleImputer(strategy="median"), StandardScaler()], OneHotEncoder(handle_unknown="ignore"))


def ordered_columns(dataset: "Dataset") -> ColumnTransformer:
    """For trees: numbers unchanged, text ordinal-encoded."""
    return _columns(dataset, [], _ranks())


def filled_columns(dataset: "Dataset") -> ColumnTransformer:
    """For AutoML, which tries several kinds of models: numbers imputed, text ordinal-encoded."""
    return _columns(dataset, [SimpleImputer(strategy="median")], _ranks())


def _ranks() -> OrdinalEncoder:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


def _columns(
    dataset: "Dataset", numbers: List["BaseEstimator"], encoder: Union[OneHotEncoder, OrdinalEncoder]
) -> ColumnTransformer:
    parts = [
        ("numbers", make_pipeline(_as_transformer(pandas.DataFrame.astype, dtype="float64"), *numbers), dataset.numbers),
        (
            "texts",
            make_pipeline(
                _as_transformer(pandas.DataFrame.astype, dtype="str"),
                _as_transformer(pandas.DataFrame.fillna, value=""),
                _as_transformer(pandas.DataFrame.replace, to_replace=_SAME, regex=True),
                encoder,
            ),
            dataset.texts,
        ),
    ]
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def _as_transformer(method: Callable[..., Any], **arguments: Any) -> FunctionTransformer:
    return FunctionTransformer(method, kw_args=arguments)


def sources(transformer: ColumnTransformer) -> List[str]:
    """Returns the source column of each number in the transformer's output."""
    names = []
    for _, part, columns in transformer.transformers_:
        last = part.steps[-1][1] if isinstance(part, Pipeline) else None
        if isinstance(last, OneHotEncoder):
            for column, categories in zip(columns, last.categories_):
                names += [column] * len(categories)
        elif last is not None:
            names += list(columns)
    return names
