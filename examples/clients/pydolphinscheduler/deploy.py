# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a service of the model with an alias and queries it: the workflow `deploy` of examples/train-and-deploy."""

from iris_nodes import service
from submit import main


def nodes():
    service("${model}")


main(
    "deploy",
    __doc__.strip(),
    {
        "environment": "/opt/ml/venv",
        "tracking_uri": "http://127.0.0.1:5000",
        "deploy_port": "7000",
        "model": "models:/iris@champion",
    },
    nodes,
)
