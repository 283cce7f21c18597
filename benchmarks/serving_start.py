#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""From a deployment task's start to the first healthy answer, against bare `mlflow models serve --env-manager local`, in turns.

    python3 benchmarks/serving_start.py [PYTHON] [--runs 7]

PYTHON is the Python of an environment with MLflow and scikit-learn, without one that of the project's tests; its MLflow also
keeps the registry, on loopback. The model is a logistic regression with an input example. Each run begins with nothing
deployed, and ends when GET /ping is answered with 200 at the port that clients use. For ours that is after the model has
predicted its example.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import frame

from dsharness.mlflow_server import MlflowServer
from dsharness.ports import free_port
from dsharness.venvs import venv

PROJECT = frame.PROJECT
RESOURCES = [PROJECT / module / "src/main/resources" for module in ("task-ml-common", "task-mlflow")]

LOG_MODEL = """
import sys, warnings
warnings.filterwarnings("ignore")
import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

data = load_iris(as_frame=True)
model = LogisticRegression(max_iter=500).fit(data.data, data.target)
where = {"name": "model"} if mlflow.__version__ >= "3" else {"artifact_path": "model"}
with mlflow.start_run():
    mlflow.sklearn.log_model(
        model, pip_requirements=[], registered_model_name="iris", input_example=data.data.head(2), **where)
"""


def is_healthy(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def processor_seconds(directory, program):
    """Of the processes whose working directory is this one or in it, and of what they have waited for, without the program's."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.name != str(program) and Path(os.readlink(str(process / "cwd")), "x").is_relative_to(directory):
                ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def failed(process):
    """Whether it has ended with another code than 0; it can still be waited for."""
    ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return ended is not None and ended.si_status != 0


def until_healthy(process, port, log):
    """(seconds, processor seconds of others) since now; ends this program if the process fails before that."""
    begin = time.monotonic()
    while not is_healthy(port):
        if failed(process) or time.monotonic() - begin > 300:
            raise SystemExit("not healthy:\n" + log.read_text("utf-8", "replace"))
        time.sleep(0.01)
    return time.monotonic() - begin, processor_seconds(log.parent, process.pid)


def with_its_own(process, seconds):
    """The same, with the processor seconds of the process, which ends now or has ended."""
    _, _, used = os.wait4(process.pid, 0)
    return seconds[0], seconds[1] + used.ru_utime + used.ru_stime


class Contestants:
    def __init__(self, python, directory, tracking):
        self.python = python
        self.directory = directory
        self.tracking = tracking

    def environment(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "DOLPHINML_"))}
        environment["PATH"] = os.path.dirname(self.python) + os.pathsep + environment.get("PATH", os.defpath)
        return dict(environment, MLFLOW_DISABLE_TELEMETRY="true", NO_PROXY="127.0.0.1")

    def run(self, argv, port, log, **more):
        with log.open("wb") as stream:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=dict(self.environment(), **more),
                cwd=str(self.directory),
                start_new_session=True,
            )
        return process, until_healthy(process, port, log)

    def bare(self):
        port, log = free_port(), self.directory / "bare.log"
        argv = [
            self.python,
            "-m",
            "mlflow",
            "models",
            "serve",
            "--model-uri",
            "models:/iris/1",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--env-manager",
            "local",
        ]
        process, seconds = self.run(argv, port, log, MLFLOW_TRACKING_URI=self.tracking)
        os.killpg(process.pid, signal.SIGKILL)
        return with_its_own(process, seconds)

    def ours(self):
        port, log = free_port(), self.directory / "ours.log"
        request = {
            "trackingUri": self.tracking,
            "model": "models:/iris/1",
            "host": "127.0.0.1",
            "port": port,
            "stateDir": str(self.directory / "state"),
            "name": "iris",
        }
        seconds = self._task(dict(request, action="deploy"), port, log)
        self._task(dict(request, action="stop"), None, self.directory / "stop.log")
        return seconds

    def _task(self, deployment, port, log):
        # Staged again for each run, as the worker does: nothing is compiled before.
        staged = self.directory / uuid.uuid4().hex
        for resources in RESOURCES:
            shutil.copytree(
                str(resources / "dolphinml"),
                str(staged / "dolphinml"),
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        private = staged / "private"
        private.mkdir()
        (private / "request.json").write_text(
            json.dumps(
                {
                    "task": {"name": "a task", "instanceId": 1},
                    "workdir": str(self.directory),
                    "secrets": [],
                    "outputs": [],
                    "deployment": deployment,
                }
            )
        )
        argv = [self.python, str(staged / "dolphinml/mlflow/deploy/deploy_model.py"), str(private / "request.json")]
        seconds = None
        if port is not None:
            process, seconds = self.run(argv, port, log, DOLPHINML_RUN=staged.name)
            seconds = with_its_own(process, seconds)
        else:
            subprocess.run(argv, env=dict(self.environment(), DOLPHINML_RUN=staged.name), stdout=subprocess.DEVNULL, check=True)
        shutil.rmtree(str(staged))
        return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    python = options.python or str(venv(PROJECT / ".ci/requirements-python.txt", say=print) / "bin/python")
    report = frame.Report("serving_start", frame.versions(python, "mlflow", "scikit-learn", "uvicorn"))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "worker").mkdir()
        with MlflowServer(directory / "registry", Path(python).parents[1], port=0) as server:
            subprocess.run(
                [python, "-c", LOG_MODEL],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(os.environ, MLFLOW_TRACKING_URI=server.address, MLFLOW_DISABLE_TELEMETRY="true"),
            )
            contestants = Contestants(python, directory / "worker", server.address)
            seen = frame.alternate((contestants.ours, contestants.bare), lambda start: start(), options.runs)
    rows, clock = [], None
    for number, what in enumerate(("clock", "processor")):
        ours, bare = ([span[number] for span in spans] for spans in seen)
        ratio = frame.Ratio(ours, bare)
        clock = clock or ratio
        rows.append(["start to the first healthy answer, " + what, frame.seconds(ours), frame.seconds(bare), ratio])
    report.table("the start of a deployment", ("", "ours", "`mlflow models serve`", "ratio"), rows, options.runs)
    return 0 if clock.median <= 1.05 else 1


if __name__ == "__main__":
    sys.exit(main())
