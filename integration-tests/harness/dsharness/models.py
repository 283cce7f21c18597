# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Registers models in MLflow, trained on the iris data that scikit-learn comes with, and asks their services."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

#: The model's name in the registry.
NAME = "iris deployed"

#: One flower of the data, of the first kind (setosa), as a scoring server takes it.
ROW = {
    "dataframe_split": {
        "columns": ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"],
        "data": [[5.1, 3.5, 1.4, 0.2]],
    }
}

_PROGRAM = '''
import json, os, sys, warnings
warnings.filterwarnings("ignore")
import mlflow
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC


class Loads(mlflow.pyfunc.PythonModel):
    """Lets itself be logged: MLflow 2 loads a model when it is."""

    def __init__(self):
        self.logged_by = os.getpid()

    def predict(self, context, model_input, params=None):
        return []


class NeverLoads(Loads):
    def load_context(self, context):
        if os.getpid() == self.logged_by:
            return
        print("about to load", flush=True)
        raise ValueError("the weights are not there")


class LoadsForever(Loads):
    def load_context(self, context):
        import time

        if os.getpid() != self.logged_by:
            time.sleep(600)


def register(name, log, **given):
    where = {"name": "model"} if mlflow.__version__.startswith("3") else {"artifact_path": "model"}
    with mlflow.start_run():
        info = log(pip_requirements=[], **dict(where, **given))
    return mlflow.register_model(info.model_uri, name).version


mlflow.set_experiment("models for deployments")
data = load_iris(as_frame=True)
example = data.data.head(2)
name = sys.argv[1]
versions = {}
for model in (LogisticRegression(max_iter=1000), SVC(C=10)):
    fitted = model.fit(data.data, data.target)
    versions[type(model).__name__] = register(name, mlflow.sklearn.log_model, sk_model=fitted, input_example=example,
                                              serialization_format="cloudpickle")
MlflowClient().set_registered_model_alias(name, "champion", versions["LogisticRegression"])
register(name + "-broken", mlflow.pyfunc.log_model, python_model=NeverLoads())
register(name + "-slow", mlflow.pyfunc.log_model, python_model=LoadsForever())
print(json.dumps(versions))
'''


def register(environment, tracking_uri, directory):
    """NAME: version 1 (logistic regression, alias champion) and 2 (support vectors); NAME-broken never loads,
    NAME-slow takes ten minutes to. `environment` is a venv with MLflow and scikit-learn."""
    program = Path(directory) / "register_models.py"
    program.write_text(_PROGRAM)
    done = subprocess.run(
        [str(Path(environment) / "bin" / "python"), str(program), NAME],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, MLFLOW_TRACKING_URI=tracking_uri),
        timeout=900,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return json.loads(done.stdout.decode("utf-8").strip().split("\n")[-1])


def predict(port):
    """The prediction of ROW by the service on that port of this machine."""
    request = urllib.request.Request(
        "http://127.0.0.1:%d/invocations" % port, json.dumps(ROW).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.loads(answer.read().decode())["predictions"]


def answers(port):
    """Whether a service predicts on that port."""
    try:
        return predict(port) is not None
    except OSError:
        return False
