# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The nodes that train on the iris data and serve what was trained, for the workflows that have them."""

import json

from ml_nodes import Jupyter, Mlflow, MlNode, given, out
from pydolphinscheduler.tasks.shell import Shell

MODELS = {"linear": 0.1, "rbf": 10.0, "poly": 1.0}
EXPERIMENT = """\
# Parallel first uses of a new experiment race inside MLflow; the losers would log into "Default".
export MLFLOW_TRACKING_URI='${tracking_uri}'
'${environment}/bin/python' - <<'END'
import mlflow
print("experiment", mlflow.set_experiment("${experiment_name}").experiment_id)
END
"""

ASK = """\
# The row is one flower; 127.0.0.1, for the service listens on every address of this worker.
'${environment}/bin/python' - <<'END'
import json, urllib.request
columns = ["sepal length (cm)", "sepal width (cm)"]
body = json.dumps({"dataframe_split": {"columns": columns, "data": [[5.1, 3.5]]}}).encode()
url = "http://127.0.0.1:${deploy_port}/invocations"
request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
answer = json.load(urllib.request.urlopen(request, timeout=60))["predictions"][0]
print("${setValue(prediction=%s)}" % ["setosa", "versicolor", "virginica"][answer])
END
"""


def train(kernel, penalty, notebook):
    model = "iris_svm_" + kernel
    # Numbers stay numbers: the notebook gets 0.1 and not "0.1".
    parameters = {
        "experiment_name": "${experiment_name}",
        "model_name": model,
        "C": penalty,
        "kernel": kernel,
        "tracking_uri": "${tracking_uri}",
    }
    return Jupyter(
        "svm " + kernel,
        condaEnvName="${environment}",
        inputNotePath=notebook,
        outputNotePath="${output_directory}/%s.ipynb" % model,
        parameters=json.dumps(parameters),
        custom=[out("accuracy", "DOUBLE"), out("mlflow_run_id"), given("jupyter.report", "html")],
    )


def training(notebook):
    """The node that comes first, and the three that come after it; `notebook` is the path of iris_svm.ipynb."""
    experiment = Shell("create experiment", EXPERIMENT)
    models = [train(kernel, penalty, notebook) for kernel, penalty in MODELS.items()]
    experiment >> models
    return models


def choice():
    """The node that registers the best of the three as a version of `iris`, and gives it the alias `champion`."""
    candidates = ["iris_svm_" + kernel for kernel in MODELS]
    return Jupyter(
        "choose the best",
        condaEnvName="${environment}",
        inputNotePath="${notebooks}/train-and-deploy/choose_best.ipynb",
        outputNotePath="${output_directory}/choose_best.ipynb",
        parameters=json.dumps({"candidates": candidates, "model_name": "iris", "tracking_uri": "${tracking_uri}"}),
        custom=[out("model_name"), out("model_version"), out("accuracy", "DOUBLE")],
    )


def service(model):
    """The node that makes a service of a model, and the one that queries it; returns the first."""
    deployment = Mlflow(
        "deploy the model",
        mlflowTaskType="MLflow Models",
        mlflowTrackingUri="${tracking_uri}",
        deployType="MLFLOW",
        deployPort="${deploy_port}",
        deployModelKey=model,
        custom=[given("mlflow.environment", "${environment}"), given("mlflow.deploymentName", "iris")],
    )
    deployment >> MlNode("ask for a prediction", "SHELL", {"rawScript": ASK}, custom=[out("prediction")])
    return deployment
