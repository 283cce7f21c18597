"""Does what `mlflow run` does, with a run that the frame has made, and finds before it what would make it fail."""

import os
import signal
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.dont_write_bytecode = True

from dolphinml.mlflow.project import in_child  # noqa: E402
from dolphinml.mlflow.project.in_child import Fault, one_line  # noqa: E402


def prepare(request):
    try:
        import mlflow.cli
    except ImportError as error:
        raise Fault("mlflow.environment: %s cannot import mlflow (%s); install mlflow there, or name another"
                    " environment" % (sys.executable, one_line(error)))
    from dolphinml.mlflow.project import mlflow_command, project_source

    options = mlflow_command.parse(mlflow.cli.run, request)
    directory = project_source.fetch(options["uri"], options["version"])
    project = project_source.check(directory, options)
    notes = []
    if project.lacks_environment and options["env_manager"] is None and options["backend"] == "local":
        options["env_manager"] = "local"
        notes.append("The project has no environment file: it runs in the node's own environment (%s)" % sys.prefix)
    given = {name: options.pop(name, None) for name in ("experiment_name", "experiment_id", "run_id")}
    if given["run_id"]:
        raise Fault("params: --run-id cannot be given, since the task makes the run; leave it out")
    told = {"notes": notes, "experimentName": given["experiment_name"], "experimentId": given["experiment_id"],
            "runName": options.get("run_name"), "backend": options["backend"]}

    def train(order):
        # A backend elsewhere must hear of a kill: MLflow tells it when it is interrupted.
        signal.signal(signal.SIGTERM, _interrupt)
        adopt(order["runId"])
        options.update(experiment_name=None, experiment_id=order["experimentId"], run_id=None)
        return mlflow_command.call(mlflow.cli.run, options)

    return told, train


def _interrupt(number, frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt()


def adopt(run_id):
    """Lets the run that MLflow makes next be the given one, with all the tags that MLflow would have given it.

    `mlflow run --run-id` would leave out tags and parameters, and backends other than the local one ignore it.
    """
    from mlflow.tracking import MlflowClient

    make = MlflowClient.create_run

    def adopted(client, experiment_id, start_time=None, tags=None, *others, **more):
        MlflowClient.create_run = make
        for key, value in (tags or {}).items():
            client.set_tag(run_id, key, value)
        return client.get_run(run_id)

    MlflowClient.create_run = adopted


if __name__ == "__main__":
    in_child.run(prepare)
