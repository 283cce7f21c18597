"""Trains three models, chooses the best and registers it: the workflow `train` of examples/train-and-deploy."""

import json

from iris_nodes import MODELS, training
from ml_nodes import Jupyter, out
from submit import main


def nodes():
    candidates = ["iris_svm_" + kernel for kernel in MODELS]
    choice = Jupyter(
        "choose the best",
        condaEnvName="${environment}",
        inputNotePath="${notebooks}/train-and-deploy/choose_best.ipynb",
        outputNotePath="${output_directory}/choose_best.ipynb",
        parameters=json.dumps({"candidates": candidates, "model_name": "iris", "tracking_uri": "${tracking_uri}"}),
        custom=[out("model_name"), out("model_version"), out("accuracy", "DOUBLE")],
    )
    training("${notebooks}/iris/iris_svm.ipynb") >> choice


main("train", __doc__.strip(), {
    "environment": "/opt/ml/venv",
    "notebooks": "/opt/ml/notebooks",
    "output_directory": "/opt/ml/runs",
    "tracking_uri": "http://127.0.0.1:5000",
    "experiment_name": "iris",
}, nodes)
