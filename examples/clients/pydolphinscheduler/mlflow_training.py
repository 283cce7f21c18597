# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Two models from a CSV file, by a preset algorithm and by AutoML: the workflow of examples/mlflow-training."""

from ml_nodes import Mlflow, given
from pydolphinscheduler.tasks.shell import Shell
from submit import main

REPORT = 'echo "run ${mlflow.run_id} made ${mlflow.model_uri}, version ${mlflow.model_version}: accuracy ${accuracy}"\n'


def train(name, model, **fields):
    return Mlflow(
        name,
        mlflowTaskType="MLflow Projects",
        mlflowTrackingUri="${tracking_uri}",
        experimentName="${experiment_name}",
        dataPath="${data}",
        registerModel=True,
        modelName=model,
        custom=[given("mlflow.environment", "${environment}"), given("mlflow.outputs", "accuracy")],
        **fields,
    )


def nodes():
    svm = train(
        "svm",
        "iris_svm",
        mlflowJobType="BasicAlgorithm",
        algorithm="svm",
        params="probability=True",
        searchParams="C=[0.1, 1.0, 10.0];kernel=['linear', 'rbf']",
    )
    flaml = train(
        "flaml",
        "iris_automl",
        mlflowJobType="AutoML",
        automlTool="flaml",
        params="time_budget=10;estimator_list=['lgbm', 'xgboost']",
    )
    svm >> flaml >> Shell("what became of it", REPORT)


main(
    "iris_training",
    __doc__.strip(),
    {
        "environment": "/opt/ml/venv",
        "data": "/opt/ml/iris/iris.csv",
        "tracking_uri": "http://127.0.0.1:5000",
        "experiment_name": "iris",
        "mlflow.run_id": "",
        "mlflow.model_uri": "",
        "mlflow.model_version": "",
        "accuracy": "",
    },
    nodes,
)
