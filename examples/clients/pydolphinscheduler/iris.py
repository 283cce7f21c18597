"""Three notebooks train in parallel: the workflow of examples/iris."""

import json

from ml_nodes import Jupyter, given, out
from pydolphinscheduler.tasks.shell import Shell
from submit import main

MODELS = {"linear": 0.1, "rbf": 10.0, "poly": 1.0}
EXPERIMENT = """\
# Parallel first uses of a new experiment race inside MLflow; the losers would log into "Default".
export MLFLOW_TRACKING_URI='${tracking_uri}'
'${environment}/bin/python' - <<'END'
import mlflow
print("experiment", mlflow.set_experiment("${experiment_name}").experiment_id)
END
"""


def train(kernel, penalty):
    model = "iris_svm_" + kernel
    # Numbers stay numbers: the notebook gets 0.1 and not "0.1".
    parameters = {"experiment_name": "${experiment_name}", "model_name": model, "C": penalty, "kernel": kernel,
                  "tracking_uri": "${tracking_uri}"}
    return Jupyter(
        "svm " + kernel,
        condaEnvName="${environment}",
        inputNotePath="${notebook}",
        outputNotePath="${output_directory}/%s.ipynb" % model,
        parameters=json.dumps(parameters),
        custom=[out("accuracy", "DOUBLE"), out("mlflow_run_id"), given("jupyter.report", "html")],
    )


def nodes():
    experiment = Shell("create experiment", EXPERIMENT)
    experiment >> [train(kernel, penalty) for kernel, penalty in MODELS.items()]


main("iris_svm", __doc__.strip(), {
    "environment": "/opt/ml/venv",
    "notebook": "/opt/ml/iris/iris_svm.ipynb",
    "output_directory": "/opt/ml/iris/runs",
    "tracking_uri": "http://127.0.0.1:5000",
    "experiment_name": "iris",
}, nodes)
