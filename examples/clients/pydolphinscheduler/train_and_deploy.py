# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs `train`, then `deploy`: examples/train-and-deploy. Submit those two to the project first."""

from pydolphinscheduler.tasks.sub_process import SubProcess
from submit import main


class Workflow(SubProcess):
    """Runs another workflow of the project, by its name."""

    def __init__(self, name):
        super().__init__(name, name)


def nodes():
    Workflow("train") >> Workflow("deploy")


main(
    "train and deploy",
    __doc__.strip(),
    {
        "environment": "/opt/ml/venv",
        "notebooks": "/opt/ml/notebooks",
        "output_directory": "/opt/ml/runs",
        "tracking_uri": "http://127.0.0.1:5000",
        "experiment_name": "iris",
        "deploy_port": "7000",
    },
    nodes,
)
