# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deployments for tests: a registry with models that answer which one they are, and the program as the worker runs it."""

import contextlib
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import sys
import urllib.request
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from platforms import (  # noqa: E402, F401
    artifacts,
    cluster,
    knative,
    knative_services,
    kserve,
    mlserver_program,
    namespace,
    seldon,
    seldon_services,
    services,
)
from started_program import ENOUGH, RESOURCES, StartedProgram, free_port, is_free, wait_until  # noqa: E402, F401

from dolphinml.mlflow.deploy.detached import launch  # noqa: E402
from dolphinml.mlflow.deploy.state import places  # noqa: E402
from dsharness.processes import alive, living, signal_all  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "servers: runs with each kind of model server that is a process; see DEPLOY_TYPE")
    config.addinivalue_line("markers", "bentoml: needs BentoML; .ci/run has them in a stage of their own")


#: What the tests deploy: BentoML in an environment that has it, as in a stage of .ci/run, else MLflow's model server.
DEPLOY_TYPE = "BENTOML" if importlib.util.find_spec("bentoml") else "MLFLOW"


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def beside_a_task(monkeypatch):
    """Lets the programs that outlive a task be started by a test itself, from the modules' files."""

    def copied(directory):
        for resources in RESOURCES:
            for file in resources.glob("**/*.py"):
                target = pathlib.Path(launch.copied_program(directory)) / file.relative_to(resources.parent)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file), str(target))
        return os.path.join(launch.copied_program(directory), "dolphinml/mlflow/deploy")

    monkeypatch.setattr(launch, "copy_program", copied)
    # They leave the task's processes, so these tests must not adopt them.
    monkeypatch.setattr(launch.processes, "adopt_orphans", lambda: None)


@pytest.fixture
def fronts(tmp_path, port, beside_a_task):
    """A front with its generations, without a task; for the tests of the relay."""
    from fronts import Fronts

    made = Fronts(tmp_path, port)
    yield made
    made.clean()


class Registry:
    """The registry of a tracking server, with models that were logged by this MLflow; their files are in `artifacts`."""

    def __init__(self, uri, artifacts):
        self.uri = uri
        self.artifacts = artifacts

    def client(self):
        from mlflow.tracking import MlflowClient

        return MlflowClient(self.uri, self.uri)

    def log(self, name, model, example=None):
        """Logs and registers a model; returns (version as text, run id, path of the files)."""
        import mlflow

        mlflow.set_tracking_uri(self.uri)
        experiment = mlflow.get_experiment_by_name("deploy")
        number = (
            experiment.experiment_id if experiment else mlflow.create_experiment("deploy", artifact_location=str(self.artifacts))
        )
        where = {"name": "model"} if mlflow.__version__.startswith("3") else {"artifact_path": "model"}
        with mlflow.start_run(experiment_id=number) as run:
            logged = mlflow.pyfunc.log_model(python_model=model, input_example=example, pip_requirements=[], **where)
        version = mlflow.register_model(logged.model_uri, name)
        return str(version.version), run.info.run_id, logged.model_uri


def models():
    """The models, defined here so that they are pickled by value and need nothing of the tests."""
    import mlflow.pyfunc

    class Answers(mlflow.pyfunc.PythonModel):
        def __init__(self, answer, seconds=0.0):
            self.answer = answer
            self.seconds = seconds

        def predict(self, context, model_input, params=None):
            import time

            time.sleep(self.seconds)
            return [self.answer] * len(model_input)

    class Loads(mlflow.pyfunc.PythonModel):
        """Lets itself be logged: MLflow 2 loads a model when it is."""

        def __init__(self):
            self.logged_by = os.getpid()

        def predict(self, context, model_input, params=None):
            return []

    class DiesLoading(Loads):
        def load_context(self, context):
            import os
            import sys

            if os.getpid() == self.logged_by:
                return
            print("about to load")
            sys.stdout.flush()
            raise ValueError("the weights are not there")

    class LacksAPackage(Loads):
        def load_context(self, context):
            import os

            if os.getpid() != self.logged_by:
                import nosuchpackage  # noqa: F401

    class NeverLoads(Loads):
        def load_context(self, context):
            import os
            import subprocess
            import time

            if os.getpid() == self.logged_by:
                return
            subprocess.Popen(["sleep", "900"], start_new_session=True)
            time.sleep(900)

    class CannotPredict(mlflow.pyfunc.PythonModel):
        def __init__(self, refuses):
            self.refuses = refuses

        def predict(self, context, model_input, params=None):
            if self.refuses:
                raise KeyError("petal length is missing")
            return [0] * len(model_input)

    return Answers, DiesLoading, LacksAPackage, NeverLoads, CannotPredict


EXAMPLE = [[5.1, 3.5, 1.4, 0.2]]


@pytest.fixture(scope="session")
def registry(tmp_path_factory, mlflow_server):
    """'answers' 1, 2 and 3 (3 takes 0.3 s a prediction), 'dies', 'lacks', 'hangs' and 'refuses'."""
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    import cloudpickle
    import numpy

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    registry = Registry(mlflow_server.address, tmp_path_factory.mktemp("registry") / "artifacts")
    answers, dies, lacks, hangs, refuses = models()
    example = numpy.array(EXAMPLE)
    registry.log("answers", answers("one"), example)
    registry.log("answers", answers("two"), example)
    registry.log("answers", answers("three", 0.3), example)
    registry.log("dies", dies())
    registry.log("lacks", lacks())
    registry.log("hangs", hangs())
    model = refuses(False)
    _, _, uri = registry.log("refuses", answers("fine"), example)
    import mlflow

    # Logging validates the example in some versions, so the refusing model gets its example by hand.
    path = tmp_path_factory.mktemp("refuses") / "model"
    model.refuses = True
    mlflow.pyfunc.save_model(str(path), python_model=model, pip_requirements=[])
    fine = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path_factory.mktemp("fine")))
    import yaml

    described = yaml.safe_load((pathlib.Path(fine) / "MLmodel").read_text())["saved_input_example_info"]
    for name in ("input_example.json", "serving_input_example.json"):
        if (pathlib.Path(fine) / name).exists():
            shutil.copy(str(pathlib.Path(fine) / name), str(path / name))
    own = yaml.safe_load((path / "MLmodel").read_text())
    own["saved_input_example_info"] = described
    (path / "MLmodel").write_text(yaml.safe_dump(own))
    registry.refusing = str(path)
    return registry


@pytest.fixture(autouse=True)
def no_registry_of_this_process():
    """MLflow remembers the last tracking server that it was told of, also for the tests of other folders."""
    yield
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)
        os.environ.pop("MLFLOW_TRACKING_URI", None)


#: In the environment of all that a run starts; the worker's marker is not, for a service is to outlive its task.
RUN_VARIABLE = "DOLPHINML_TEST_RUN"


class Deployer:
    """Starts the program with the requests of one state directory."""

    def __init__(self, directory, registry_uri):
        self.operators = directory / "state"
        self.state = pathlib.Path(places.state_directory(str(self.operators)))
        self._directory = directory
        self._registry_uri = registry_uri
        self.runs = []

    def start(self, environment=(), limits=(), **deployment):
        name = uuid.uuid4().hex
        work = self._directory / name
        about = deployment.pop("task", {})
        request = {
            "task": dict({"host": "127.0.0.1:1234", "workflowInstanceId": 12, "name": "a task", "instanceId": 7}, **about),
            "workdir": str(work),
            "secrets": ["s3cret-value"],
            "outputs": [],
            "deployment": dict(
                {"trackingUri": self._registry_uri, "stateDir": str(self.operators), "deployType": DEPLOY_TYPE}, **deployment
            ),
        }
        mark = uuid.uuid4().hex
        variables = dict(dict(os.environ, **dict(environment)), **{RUN_VARIABLE: mark})
        self.runs.append(StartedProgram("mlflow/deploy/deploy_model.py", request, work, variables, name, limits=limits))
        self.runs[-1].mark = mark
        return self.runs[-1]

    def run(self, **deployment):
        return self.start(**deployment).finish()

    def record(self, name):
        path = self.state / name / "record.json"
        return json.loads(path.read_text()) if path.exists() else None

    def clean(self):
        for run in self.runs:
            run.kill()
        end_processes_of(self.state)


@pytest.fixture
def deployer(tmp_path, registry):
    deployer = Deployer(tmp_path, registry.uri)
    yield deployer
    deployer.clean()


def started_by(run):
    """{id: command} of the living processes that a run has started, whatever session they are in: not of the front."""
    found = {}
    for pid in living("%s=%s" % (RUN_VARIABLE, run.mark)):
        with contextlib.suppress(OSError), open("/proc/%d/cmdline" % pid, "rb") as command:
            found[pid] = command.read().split(b"\0")[0]
    return found


def processes_of(directory):
    """Ids of the living processes that are named in their command line or work in the directory."""
    found = set()
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as command:
                named = any(word.startswith(os.fsencode(str(directory))) for word in command.read().split(b"\0"))
            if (named or os.readlink("/proc/%d/cwd" % pid).startswith(str(directory))) and alive(pid):
                found.add(pid)
        except OSError:
            pass
    return found


def end_processes_of(directory):
    signal_all(processes_of(directory), signal.SIGTERM)
    wait_until(lambda: not processes_of(directory))


def predict(port, row=EXAMPLE[0], timeout=ENOUGH):
    body = json.dumps({"inputs": [row]}).encode()
    request = urllib.request.Request("http://127.0.0.1:%d/invocations" % port, body, {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as answer:
        return json.loads(answer.read().decode())["predictions"]


def answers_at(port):
    try:
        return predict(port)
    except OSError:
        return None


def served_version(port):
    """The version of the model 'answers' that serves at the port; None if none does."""
    found = answers_at(port)
    return {"one": "1", "two": "2"}[found[0]] if found else None
