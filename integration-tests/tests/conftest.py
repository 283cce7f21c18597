# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One DolphinScheduler with our jars for the whole session; the tests are its users."""

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))

from dsharness import bundle, deployments, models, places, server  # noqa: E402
from dsharness.finished import Finished  # noqa: E402
from dsharness.kubernetes.cluster import Cluster  # noqa: E402
from dsharness.kubernetes.documented import role  # noqa: E402
from dsharness.kubernetes.fixtures import need_cluster  # noqa: E402
from dsharness.mlflow_server import MlflowServer  # noqa: E402
from dsharness.server import Server, tenant  # noqa: E402
from dsharness.venvs import venv  # noqa: E402


@pytest.fixture(scope="session")
def work():
    """A directory of this session; the logs in it stay until the next one."""
    directory = Path(os.environ.get("DOLPHINML_TEST_WORK") or places.WORK / "integration")
    # What a session that was killed has left would outlive its records.
    deployments.stop_all(directory / "deployments")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


@pytest.fixture(scope="session")
def environment():
    """A venv with papermill, ipykernel, mlflow and scikit-learn: the one of the demo, unless one is named."""
    chosen = os.environ.get("DOLPHINML_TEST_ENVIRONMENT")
    return Path(chosen) if chosen else venv(places.PROJECT / "examples" / "requirements-demo.txt")


@pytest.fixture(scope="session")
def openmldb_sdk():
    """A venv with OpenMLDB's real SDK, which has wheels for CPython 3.8 to 3.11 only."""
    chosen = os.environ.get("DOLPHINML_TEST_OPENMLDB")
    directory = Path(chosen) if chosen else venv(places.PROJECT / ".ci" / "requirements-openmldb.txt")
    if (
        subprocess.run(
            [str(directory / "bin" / "python"), "-c", "import openmldb.dbapi"], stderr=subprocess.DEVNULL, check=False
        ).returncode
        != 0
    ):
        pytest.skip("no real OpenMLDB SDK in %s: it needs CPython 3.8 to 3.11" % directory)
    return directory


@pytest.fixture(scope="session")
def dvc():
    """A venv with DVC."""
    chosen = os.environ.get("DOLPHINML_TEST_DVC")
    return Path(chosen) if chosen else venv(places.PROJECT / ".ci" / "requirements-dvc.txt")


@pytest.fixture(scope="session")
def archive(work):
    """The archive that users get, unpacked. DOLPHINML_ARCHIVE replaces the one of this build."""
    chosen = os.environ.get("DOLPHINML_ARCHIVE")
    return bundle.unpack(Path(chosen) if chosen else bundle.archive(), work)


@pytest.fixture(scope="session")
def home(work, archive):
    """A DolphinScheduler with our jars, put there as its operator would."""
    return installed(work / "home", archive)


def installed(directory, archive):
    """A home in the directory, into which the archive's own script has put our jars."""
    home = server.home(directory)
    subprocess.run([str(archive / "install.sh"), str(home)], stdin=subprocess.DEVNULL, check=True)
    return home


@pytest.fixture(scope="session")
def ds(work, home):
    """The server."""
    properties = {
        "conda.path": work / "no-conda" / "conda.sh",
        "ml.environment.cacheDir": work / "environments",
        "ml.mlflow.stateDir": work / "deployments",
        "ml.secrets.dir": work / "secrets",
    }
    with Server(work / "ds", home=home, properties=properties, jvm_options=["-XX:TieredStopAtLevel=1"]) as running:
        yield running
    deployments.stop_all(work / "deployments")


@pytest.fixture(scope="session")
def commons(work):
    """A directory that every user of the machine can reach, wherever the project is."""
    with tempfile.TemporaryDirectory(prefix="dolphinml-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        for shared in ("environments", "deployments"):
            (directory / shared).mkdir()
            (directory / shared).chmod(0o1777)
        yield directory
        if (directory / "second-ds" / "logs").exists():
            shutil.copytree(directory / "second-ds" / "logs", work / "second-ds-logs")


@pytest.fixture(scope="session")
def second_ds(work, archive, commons):
    """A server on Java 8 that a test may spoil for others; where it can, it runs tasks as their tenants, by sudo."""
    properties = {
        "conda.path": work / "no-conda" / "conda.sh",
        "sudo.enable": str(server.has_sudo()).lower(),
        "data.basedir.path": commons / "tasks",
        "ml.environment.cacheDir": commons / "environments",
        "ml.mlflow.stateDir": commons / "deployments",
        "ml.secrets.dir": commons / "secrets",
    }
    home = installed(work / "second-home", archive)
    with Server(
        commons / "second-ds",
        home=home,
        properties=properties,
        jvm_options=["-XX:TieredStopAtLevel=1"],
        port=0,
        java=server.java8(),
    ) as running:
        yield running


@pytest.fixture(scope="session")
def cluster(work):
    """A cluster with Kubeflow's training operator. Its user `tasks` has the rights that the documentation names for the task
    types and no other, `without-rights` has none."""
    need_cluster()
    with Cluster(work / "cluster") as running:
        running.start_training_operator()
        running.user("without-rights")
        running.user("tasks")
        for page in ("mlflow-clusters", "kubeflow"):
            running.bind("tasks", role(running, page + ".md", page, "default"))
        yield running


@pytest.fixture(scope="session")
def secrets(work):
    """The folder of our own secrets, which nodes name."""
    directory = work / "secrets" / tenant()
    directory.mkdir(parents=True)
    directory.chmod(0o700)
    return directory


@pytest.fixture(scope="session")
def client(ds):
    client = ds.client()
    client.tenant(tenant())
    return client


@pytest.fixture(scope="session")
def project(client):
    return client.project("integration")


@pytest.fixture(scope="session")
def mlflow(work, environment):
    # Any port: on the usual one another run's server may answer for this one.
    with MlflowServer(work / "mlflow", environment, port=0) as server:
        yield server


@pytest.fixture(scope="session")
def registered(mlflow, environment, work):
    """The name of the iris model; its versions are those of `models.register`."""
    models.register(environment, mlflow.address, work)
    return models.NAME


@pytest.fixture(scope="module")
def place(work, request):
    """A directory for the files of one test module."""
    directory = work / request.module.__name__
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def start(project):
    """start(workflow, parameters) -> the id of its running instance."""

    def begin(workflow, parameters=None):
        workflow.name = "%s-%s" % (workflow.name, uuid.uuid4().hex[:6])
        return project.start(project.create(workflow, tenant()), parameters)

    return begin


@pytest.fixture(scope="session")
def finish(project):
    """finish(instance) -> Finished, when it has ended."""

    def end(instance):
        return Finished(project, instance, project.wait(instance))

    return end


@pytest.fixture(scope="session")
def run(start, finish):
    """run(workflow, parameters) -> Finished."""

    def whole(workflow, parameters=None):
        return finish(start(workflow, parameters))

    return whole
