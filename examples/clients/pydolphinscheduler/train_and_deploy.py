"""Runs `train`, then `deploy`, and hands the version on: examples/train-and-deploy. Submit those two to the project first."""

from ml_nodes import MlNode, given, out
from pydolphinscheduler.tasks.sub_process import SubProcess
from submit import main

BEGIN = """\
# DolphinScheduler 3.1 takes over what a workflow gives out only in a node to which something was handed on.
printf '#{setValue(begun=%s)}\\n' "$(date +%Y-%m-%dT%H:%M:%S)"
"""


class Workflow(SubProcess):
    """Runs another workflow of the project, by its name."""

    def __init__(self, name, custom):
        super().__init__(name, name)
        self._custom = list(custom)

    @property
    def task_params(self):
        return dict(super().task_params, localParams=self._custom)


def nodes():
    begin = MlNode("begin", "SHELL", {"rawScript": BEGIN}, custom=[out("begun")])
    train = Workflow("train", [out("model_name"), out("model_version")])
    deploy = Workflow("deploy", [given("model_name", ""), given("model_version", ""), out("prediction")])
    begin >> train >> deploy


main("train and deploy", __doc__.strip(), {
    "environment": "/opt/ml/venv",
    "notebooks": "/opt/ml/notebooks",
    "output_directory": "/opt/ml/runs",
    "tracking_uri": "http://127.0.0.1:5000",
    "experiment_name": "iris",
    "deploy_port": "7000",
}, nodes)
