# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A preset of a team's own: columns are scaled before one of two algorithms learns; a search space is tried out whole."""

import argparse
import ast

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

ALGORITHMS = {"lr": LogisticRegression, "svm": SVC}


def literals(text):
    """name=value;name=value, as in the form, with Python literals for values."""
    pairs = (part.split("=", 1) for part in text.split(";") if part.strip())
    return {name.strip(): ast.literal_eval(value.strip()) for name, value in pairs}


def main():
    parser = argparse.ArgumentParser()
    for name in ("algorithm", "data-path", "params", "search-params", "model-name", "label-column"):
        parser.add_argument("--" + name, default="")
    asked = parser.parse_args()
    if asked.algorithm not in ALGORITHMS:
        raise SystemExit("algorithm: %s is none of this preset; use %s" % (asked.algorithm, ", ".join(ALGORITHMS)))
    data = pd.read_csv(asked.data_path)
    label = asked.label_column or "label"
    features, labels = data.drop(columns=label), data[label]
    train_x, test_x, train_y, test_y = train_test_split(features, labels, test_size=0.25, random_state=0)
    learner = ALGORITHMS[asked.algorithm](**literals(asked.params))
    model = Pipeline([("scaler", StandardScaler()), ("learner", learner)])
    grid = {"learner__" + name: values for name, values in literals(asked.search_params).items()}
    # The task has already created the run; MLflow finds it through MLFLOW_RUN_ID.
    with mlflow.start_run():
        if grid:
            model = GridSearchCV(model, grid).fit(train_x, train_y).best_estimator_
        else:
            model.fit(train_x, train_y)
        predicted = model.predict(test_x)
        mlflow.log_metric("accuracy", accuracy_score(test_y, predicted))
        mlflow.sklearn.log_model(
            model,
            "model",
            registered_model_name=asked.model_name or None,
            input_example=test_x.head(1),
            signature=infer_signature(test_x, predicted),
        )


if __name__ == "__main__":
    main()
