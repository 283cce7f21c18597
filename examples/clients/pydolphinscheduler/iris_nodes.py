"""The nodes that train on the iris data, for the workflows that have them."""

import json

from ml_nodes import Jupyter, given, out
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


def train(kernel, penalty, notebook):
    model = "iris_svm_" + kernel
    # Numbers stay numbers: the notebook gets 0.1 and not "0.1".
    parameters = {"experiment_name": "${experiment_name}", "model_name": model, "C": penalty, "kernel": kernel,
                  "tracking_uri": "${tracking_uri}"}
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
