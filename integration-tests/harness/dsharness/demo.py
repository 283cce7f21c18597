# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The demo: three notebooks train in parallel on a real DolphinScheduler with our plugins, the best model is deployed.

Run by examples/run-demo.sh.
"""

import argparse
import contextlib
import json
import shutil
import signal
import sys
import time
from datetime import datetime

from dsharness import bundle, deployments, joint, places
from dsharness.client import PASSWORD, USER, out_parameters
from dsharness.mlflow_server import MlflowServer
from dsharness.ports import free_port
from dsharness.processes import NotStarted, end_all
from dsharness.server import Server, distribution, tenant
from dsharness.venvs import venv

EXAMPLES = places.PROJECT / "examples"
DIRECTORY = places.WORK / "demo"
KEPT = DIRECTORY / "kept.json"
DEPLOYMENTS = DIRECTORY / "deployments"
EXPERIMENT = "iris"


class Progress:
    """Lines with the seconds since the start of the demo."""

    def __init__(self):
        self._start = time.monotonic()

    def __call__(self, line):
        print("[%6.1f s] %s" % (time.monotonic() - self._start, line), flush=True)

    @contextlib.contextmanager
    def step(self, what):
        begin = time.monotonic()
        self(what)
        yield
        self("  done in %.1f s" % (time.monotonic() - begin))


class NodeStates:
    """Tells each change of a node's state once."""

    def __init__(self, tasks, say):
        self._tasks, self._say = tasks, say
        self._seen = {}

    def __call__(self):
        for task in sorted(self._tasks(), key=lambda each: each["id"]):
            if self._seen.get(task["name"]) != task["state"]:
                self._seen[task["name"]] = task["state"]
                self._say("  %-20s %s" % (task["name"], task["state"]))


def stop_kept(say=lambda line: None):
    """Ends the servers that an earlier run with --keep left, or that a killed run could not end."""
    try:
        kept = json.loads(KEPT.read_text())
    except (OSError, ValueError):
        return False
    deployments.stop_all(DEPLOYMENTS)
    for marker in kept["markers"]:
        end_all(marker, grace=5.0)
    KEPT.unlink()
    say("ended the servers of an earlier run")
    return True


def remember(*programs):
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps({"markers": [program.marker for program in programs]}))


def run(keep, say):
    stop_kept(say)
    jars = bundle.build(say)
    with say.step("DolphinScheduler 3.1.1 and the Python environment"):
        distribution(say)
        environment = venv(EXAMPLES / "requirements-demo.txt", say=say)
    notebooks = DIRECTORY / "notebooks"
    shutil.rmtree(notebooks, ignore_errors=True)
    with contextlib.ExitStack() as servers:
        mlflow = MlflowServer(DIRECTORY / "mlflow", environment)
        ds = Server(DIRECTORY / "ds", plugins=jars, properties={"ml.mlflow.stateDir": DEPLOYMENTS})
        servers.callback(mlflow.stop)
        servers.callback(deployments.stop_all, DEPLOYMENTS)
        servers.callback(ds.stop)
        with say.step("starting MLflow on port %d and DolphinScheduler on port %d" % (mlflow.port, ds.port)):
            ds.launch(say)
            mlflow.launch()
            remember(ds.program, mlflow.program)
            mlflow.wait()
            ds.wait()
        state, rows, service = run_workflows(ds, mlflow, environment, notebooks, say)
        print_table(rows)
        print(service + "\n")
        if keep:
            servers.pop_all()
            print_addresses(ds, mlflow)
        else:
            say("ending the service and both servers; with --keep they stay, and the links to MLflow open")
    if not keep:
        KEPT.unlink()
    print("Logs, notebooks and MLflow's data: %s" % DIRECTORY)
    return state


def run_workflows(ds, mlflow, environment, notebooks, say):
    client = ds.client()
    client.tenant(tenant())
    project = client.project("iris")
    say("importing examples/train-and-deploy")
    codes = joint.import_all(ds.address, "iris")
    port = free_port(7000)
    instance = project.start(
        codes["train and deploy"],
        {
            "environment": str(environment),
            "notebooks": str(joint.notebooks(DIRECTORY / "examples")),
            "output_directory": str(notebooks),
            "tracking_uri": mlflow.address,
            "experiment_name": EXPERIMENT,
            "deploy_port": str(port),
        },
    )

    def tasks():
        return [task for task in project.all_tasks(instance) if task["taskType"] != project.names.sub_type]

    with say.step("training three models, choosing the best, deploying it"):
        state = project.wait(instance, seconds=600, watch=NodeStates(tasks, say))
    done = {each["name"]: each for each in tasks()}
    for task in done.values():
        if task["state"] != "SUCCESS":
            say("the end of the log of %s:" % task["name"])
            print("\n".join(project.log(task["id"]).splitlines()[-40:]))
    experiment = mlflow.experiment(EXPERIMENT)
    rows = [row(done[name], mlflow, experiment, notebooks) for name in sorted(done) if name.startswith("svm")]
    return state, rows, told(done, port)


def told(done, port):
    """What the service is and what it has predicted."""
    if "prediction" not in out_parameters(done.get("ask for a prediction", {})):
        return "No model was deployed."
    served = out_parameters(done["deploy the model"])
    return "models:/%s/%s serves on port %d; a flower with a sepal of 5.1 x 3.5 cm is a %s." % (
        served["mlflow.model_name"],
        served["mlflow.model_version"],
        port,
        out_parameters(done["ask for a prediction"])["prediction"],
    )


def row(task, mlflow, experiment, notebooks):
    values = out_parameters(task)
    model = json.loads(json.loads(task["taskParams"])["parameters"])["model_name"]
    output = notebooks / (model + ".ipynb")
    mlflow_run = values.get("mlflow_run_id")
    return (
        task["name"],
        task["state"],
        seconds_of(task),
        values.get("accuracy", "-"),
        str(output.relative_to(places.PROJECT)) if output.exists() else "-",
        "%s/#/experiments/%s/runs/%s" % (mlflow.address, experiment, mlflow_run) if mlflow_run else "-",
    )


def seconds_of(task):
    """Whole seconds: that is what DolphinScheduler keeps."""
    if not task.get("startTime") or not task.get("endTime"):
        return "-"
    form = "%Y-%m-%d %H:%M:%S"
    begin, end = (datetime.strptime(task[name], form) for name in ("startTime", "endTime"))
    return "%d s" % (end - begin).total_seconds()


def print_table(rows):
    head = ("node", "state", "duration", "accuracy", "output notebook", "MLflow run")
    widths = [max(len(str(line[column])) for line in [head, *rows]) for column in range(len(head))]
    print()
    for line in [head, tuple("-" * width for width in widths), *rows]:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(line, widths)).rstrip())
    print()


def print_addresses(ds, mlflow):
    print("DolphinScheduler (REST API; Maven Central has no web UI): %s" % ds.address)
    print("  log in as %s / %s:" % (USER, PASSWORD))
    print("  curl -d 'userName=%s&userPassword=%s' %s/login" % (USER, PASSWORD, ds.address))
    print("MLflow: %s" % mlflow.address)
    print("End all with: examples/run-demo.sh --stop")


def main():
    parser = argparse.ArgumentParser(prog="run-demo.sh", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--keep", action="store_true", help="leave DolphinScheduler, MLflow and the service running and print their addresses"
    )
    parser.add_argument("--stop", action="store_true", help="end what an earlier --keep left running")
    chosen = parser.parse_args()
    # A terminated demo cleans up as an interrupted one does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    say = Progress()
    try:
        if chosen.stop:
            if not stop_kept(say):
                say("nothing runs")
            return 0
        with places.locked(places.WORK / "demo.lock"):
            return 0 if run(chosen.keep, say) == "SUCCESS" else 1
    except (NotStarted, RuntimeError) as trouble:
        print("The demo could not continue: %s" % trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; everything that the demo started has been ended.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
