# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Every algorithm against a real tracking server, on labels that are numbers, texts and two classes."""

import mlflow
import numpy
import pandas
import pytest

CASES = [(algorithm, "iris_names") for algorithm in ("lr", "svm", "lightgbm", "xgboost")]
# What is done with labels is the presets' own work and not MLflow's.
if mlflow.__version__ >= "3":
    CASES += [("lr", "iris"), ("xgboost", "iris"), ("svm", "cancer"), ("xgboost", "cancer")]


@pytest.mark.parametrize("algorithm, data", CASES)
def test_logs_metrics_pictures_and_a_model_that_answers_with_the_labels(train, client, csv, algorithm, data):
    ended = train(jobType="BasicAlgorithm", algorithm=algorithm, dataPath=csv(data))
    assert ended.error is None
    expected = {"accuracy", "f1", "precision", "recall", "roc_auc"} | ({"log_loss"} if algorithm != "svm" else set())
    assert set(ended.metrics) == expected
    assert all(0.9 < ended.metrics[name] <= 1 for name in expected - {"log_loss"})

    run = client.get_run(ended.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == pytest.approx(ended.metrics)
    assert run.data.params["algorithm"] == algorithm and run.data.params["data_path"] == csv(data)
    assert run.data.params["random_state"] == "0"
    files = {file.path: file.file_size for file in client.list_artifacts(ended.run_id)}
    assert files["confusion_matrix.png"] > 3000 and files["feature_importance.png"] > 3000

    assert ended.outputs == {"mlflow.model_uri": "runs:/%s/model" % ended.run_id}
    model = mlflow.pyfunc.load_model(ended.outputs["mlflow.model_uri"])
    frame = pandas.read_csv(csv(data))
    features = frame.drop(columns=["label"])
    answers = model.predict(features)
    assert numpy.mean(numpy.asarray(answers) == frame["label"].to_numpy()) > 0.9
    assert [column.name for column in model.metadata.signature.inputs.inputs] == list(features.columns)
    assert model.metadata.signature.outputs is not None
    example = model.metadata.load_input_example(mlflow.artifacts.download_artifacts(ended.outputs["mlflow.model_uri"]))
    assert example.shape == (5, features.shape[1])


def test_searches_the_grid_and_trains_the_best(train, client, csv):
    ended = train(
        algorithm="svm",
        dataPath=csv("iris"),
        params="max_iter=10000;C=7",
        searchParams="kernel=['linear', 'rbf'];C=[0.001, 1]",
        isSearchParams=True,
    )
    lines = [line for line in ended.log.split("\n") if line.startswith("Candidate ")]
    assert [line.partition(": accuracy")[0] for line in lines] == [
        "Candidate 1 of 4: C=0.001, kernel='linear'",
        "Candidate 2 of 4: C=0.001, kernel='rbf'",
        "Candidate 3 of 4: C=1, kernel='linear'",
        "Candidate 4 of 4: C=1, kernel='rbf'",
    ]
    params = client.get_run(ended.run_id).data.params
    assert (params["C"], params["kernel"], params["max_iter"]) == ("1", "linear", "10000")
    assert 0.9 < ended.metrics["cv_accuracy"] <= 1
    assert "search.csv" in [file.path for file in client.list_artifacts(ended.run_id)]


def test_a_search_space_that_is_switched_off_is_not_read(train, csv):
    ended = train(algorithm="lr", dataPath=csv("iris"), searchParams="C=[0.1, 1", isSearchParams=False)
    assert ended.error is None and "Candidate" not in ended.log
