# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Three notebooks train in parallel: the workflow of examples/iris."""

from iris_nodes import training
from submit import main

main(
    "iris_svm",
    __doc__.strip(),
    {
        "environment": "/opt/ml/venv",
        "notebook": "/opt/ml/iris/iris_svm.ipynb",
        "output_directory": "/opt/ml/iris/runs",
        "tracking_uri": "http://127.0.0.1:5000",
        "experiment_name": "iris",
    },
    lambda: training("${notebook}"),
)
