# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Trains three models, chooses the best and registers it: the workflow `train` of examples/train-and-deploy."""

from iris_nodes import choice, training
from submit import main


def nodes():
    training("${notebooks}/iris/iris_svm.ipynb") >> choice()


main(
    "train",
    __doc__.strip(),
    {
        "environment": "/opt/ml/venv",
        "notebooks": "/opt/ml/notebooks",
        "output_directory": "/opt/ml/runs",
        "tracking_uri": "http://127.0.0.1:5000",
        "experiment_name": "iris",
    },
    nodes,
)
