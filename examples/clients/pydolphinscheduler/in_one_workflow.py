# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Trains, and hands the best version on to the node that serves it: the second example of examples/train-and-deploy."""

from iris_nodes import choice, service, training
from submit import main


def nodes():
    best = choice()
    training("${notebooks}/iris/iris_svm.ipynb") >> best
    best >> service("models:/${model_name}/${model_version}")


main(
    "train and deploy in one workflow",
    __doc__.strip(),
    {
        "environment": "/opt/ml/venv",
        "notebooks": "/opt/ml/notebooks",
        "output_directory": "/opt/ml/runs",
        "tracking_uri": "http://127.0.0.1:5000",
        "experiment_name": "iris",
        "deploy_port": "7000",
        "model_name": "",
        "model_version": "",
    },
    nodes,
)
