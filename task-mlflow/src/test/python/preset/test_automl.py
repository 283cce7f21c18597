# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""flaml, and auto-sklearn: the real one where the tests run in an environment with it, else a module with its surface."""

import importlib.util
import json
import re
import sys

import numpy
import pandas
import pytest

AUTOSKLEARN_IS_REAL = importlib.util.find_spec("autosklearn") is not None


def test_flaml_keeps_its_budget_and_its_models_and_tells_how_it_goes(train, client, csv):
    import mlflow

    ended = train(
        jobType="AutoML",
        automlTool="flaml",
        dataPath=csv("iris_names"),
        params="time_budget=12;estimator_list=['lgbm','xgboost'];n_jobs=1",
    )
    assert ended.error is None
    assert "flaml: classification, time budget 12 s, models: lgbm, xgboost" in ended.log
    assert re.search(r"^Better: (lgbm|xgboost), loss [\d.e-]+ after \d+ s, trial \d+: ", ended.log, re.M)
    # Every ten seconds at the latest there is a line.
    assert re.search(r"^(Better: |flaml \(\d+ s of 12 s\): \d+ models tried, best (lgbm|xgboost), loss )", ended.log, re.M)
    assert ended.metrics["accuracy"] > 0.8 and {"f1", "roc_auc", "best_loss"} <= set(ended.metrics)

    params = client.get_run(ended.run_id).data.params
    assert params["best_estimator"] in ("lgbm", "xgboost") and int(params["n_estimators"]) > 0
    assert params["time_budget"] == "12" and params["automl_tool"] == "flaml"
    trials = [json.loads(line) for line in client_text(client, ended.run_id, "trials.jsonl").splitlines()]
    assert {trial["learner"] for trial in trials if "learner" in trial} <= {"lgbm", "xgboost"}
    assert {"confusion_matrix.png", "feature_importance.png"} <= {f.path for f in client.list_artifacts(ended.run_id)}

    model = mlflow.pyfunc.load_model(ended.outputs["mlflow.model_uri"])
    frame = pandas.read_csv(csv("iris_names"))
    assert numpy.mean(numpy.asarray(model.predict(frame.drop(columns=["label"]))) == frame["label"]) > 0.8
    assert model.metadata.signature is not None and model.metadata.saved_input_example_info
    # Served without flaml.
    needed = mlflow.pyfunc.get_model_dependencies(ended.outputs["mlflow.model_uri"])
    with open(needed) as stream:
        assert "flaml" not in stream.read()


def client_text(client, run_id, name):
    with open(client.download_artifacts(run_id, name), encoding="utf-8") as stream:
        return stream.read()


def test_flaml_predicts_numbers_too(train, csv, tmp_path):
    from sklearn.datasets import load_diabetes

    load_diabetes(as_frame=True).frame.rename(columns={"target": "label"}).to_csv(tmp_path / "d.csv", index=False)
    ended = train(
        jobType="AutoML",
        automlTool="flaml",
        dataPath=str(tmp_path / "d.csv"),
        params="max_iter=2;time_budget=600;estimator_list=['lgbm'];task=regression",
    )
    assert ended.error is None
    assert set(ended.metrics) == {"rmse", "mse", "mae", "r2", "best_loss"}


def test_an_ensemble_of_flaml_is_logged_whole(train, csv):
    import mlflow

    ended = train(
        jobType="AutoML",
        automlTool="flaml",
        dataPath=csv("iris_names"),
        params="max_iter=3;time_budget=600;estimator_list=['lgbm','rf'];ensemble=True;n_jobs=1",
    )
    assert ended.error is None
    model = mlflow.sklearn.load_model(ended.outputs["mlflow.model_uri"])
    assert set(model.predict(pandas.read_csv(csv("iris_names")).drop(columns=["label"]))) <= {"setosa", "versicolor", "virginica"}


@pytest.mark.parametrize(
    "params, message",
    [
        ("time_budget=soon", "params: 'time_budget=soon' is not a Python literal"),
        ("time_budget=0", "params: time_budget is 0; give a number of seconds greater than 0"),
        ("estimator_list=lgbm", "params: estimator_list is 'lgbm'; write a list such as ['lgbm', 'xgboost'], or auto"),
        ("task=forecast", "params: task 'forecast' is not known; use one of classification, binary, multiclass, regression"),
        ("time_bugdet=60", "params: flaml has no setting 'time_bugdet'; it has "),
    ],
)
def test_refuses_settings_before_anything_is_trained(train, csv, params, message):
    ended = train(jobType="AutoML", automlTool="flaml", dataPath=csv("iris"), params=params)
    assert ended.error.startswith(message) and ended.log == ""


def test_names_a_model_that_flaml_does_not_have(train, client, csv, experiment):
    ended = train(jobType="AutoML", automlTool="flaml", dataPath=csv("iris"), params="estimator_list=['lgbn']")
    assert "lgbn" in ended.error and ended.error.startswith("flaml ended: ")
    assert [run.info.status for run in client.search_runs([experiment])] == ["FAILED"]


@pytest.mark.skipif(AUTOSKLEARN_IS_REAL or sys.version_info < (3, 10), reason="auto-sklearn can be installed")
def test_says_before_training_that_autosklearn_is_missing(train, csv):
    ended = train(jobType="AutoML", automlTool="autosklearn", dataPath=csv("iris"))
    assert ended.log == ""
    assert ended.error.startswith("automlTool: autosklearn needs the package 'auto-sklearn', which this environment")
    assert "automlTool flaml runs without it" in ended.error


STAND_IN = """
from sklearn.ensemble import RandomForestClassifier


class AutoSklearnClassifier(RandomForestClassifier):
    def __init__(self, time_left_for_this_task=3600, per_run_time_limit=None, initial_configurations_via_metalearning=25,
                 smac_scenario_args=None, seed=1):
        super().__init__(n_estimators=10, random_state=seed)
        self.time_left_for_this_task = time_left_for_this_task
        self.per_run_time_limit = per_run_time_limit
        self.initial_configurations_via_metalearning = initial_configurations_via_metalearning
        self.smac_scenario_args = smac_scenario_args
        self.seed = seed

    def sprint_statistics(self):
        return "auto-sklearn results:\\n  Number of target algorithm runs: 3"

    def leaderboard(self):
        return "rank 1"
"""


@pytest.fixture
def autosklearn(tmp_path, monkeypatch):
    """The real one if it is there; else a stand-in with the names that auto-sklearn 0.15 documents."""
    if AUTOSKLEARN_IS_REAL:
        yield
        return
    package = tmp_path / "autosklearn"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "classification.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "autosklearn"]:
        del sys.modules[name]


def test_autosklearn_trains_where_it_is_installed(autosklearn, train, client, csv):
    import mlflow

    ended = train(
        jobType="AutoML",
        automlTool="autosklearn",
        dataPath=csv("iris_names"),
        params="time_left_for_this_task=600;per_run_time_limit=200;initial_configurations_via_metalearning=0;"
        "smac_scenario_args={'runcount_limit': 3}",
    )
    assert ended.error is None
    assert "autosklearn: time budget 600 s" in ended.log and "Number of target algorithm runs: " in ended.log
    # What it finds in its time depends on the machine.
    assert 0 < ended.metrics["accuracy"] <= 1
    assert client.get_run(ended.run_id).data.params["time_left_for_this_task"] == "600"
    model = mlflow.pyfunc.load_model(ended.outputs["mlflow.model_uri"])
    assert set(model.predict(pandas.read_csv(csv("iris_names")).drop(columns=["label"]))) <= {"setosa", "versicolor", "virginica"}
    error = train(jobType="AutoML", automlTool="autosklearn", dataPath=csv("iris"), params="budget=3").error
    assert error.startswith("params: autosklearn has no setting 'budget'; it has ")
    assert "per_run_time_limit, " in error
