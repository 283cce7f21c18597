# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A second tenant looks for the secrets of the first one's tasks, while they run and afterwards.

Tasks run by sudo as users of the operating system that DolphinScheduler has made itself: both have the same group.
"""

import json
import os
import re
import shutil
import uuid
import zipfile

import pytest

from dsharness import deployments, look_around, models, places, tenants
from dsharness.finished import Finished
from dsharness.notebooks import cell, save
from dsharness.ports import free_port
from dsharness.server import has_sudo
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, deployment, given, manifest, notebook, shell, sql

pytestmark = pytest.mark.skipif(not has_sudo(), reason="needs root and sudo to run tasks as other users")

DOUBLE = places.PROJECT / "task-openmldb" / "src" / "test" / "python" / "double"

#: What all secrets of this run begin with, in two halves; they end with the place where they were put.
HALVES = ("s3cr", uuid.uuid4().hex)

#: In the notebook, what the second tenant must see, or it is blind.
SHOWN = """
import subprocess
print('the password is', db_password)
with open(place + '/shown', 'w') as stream:
    stream.write(db_password)
shown = subprocess.Popen(['bash', '-c', 'sleep 900 & wait', db_password])
"""
WAITS = """
import os, sys, time
open(os.path.join(place, name), 'w').close()
while not os.path.exists(os.path.join(place, 'go')):
    time.sleep(0.2)
"""
MLPROJECT = "name: waits\nentry_points:\n  main:\n    command: python main.py\n"
TRAINING = "import mlflow\nplace, name = %r, 'project'\nwith mlflow.start_run():\n    mlflow.log_metric('m', 1)\n"
ENDLESS = "LOAD DATA INFILE 'hdfs://files/endless.csv' INTO TABLE t"
CLUSTER = {"databases": ["d"], "statements": {ENDLESS: {"job": {"id": 8, "states": ["RUNNING"]}}}}

#: Instead of kubectl: notes whose kubeconfig it has and its mode, and waits.
KUBECTL = """#!/bin/sh
stat -c '%%a %%U' "$KUBECONFIG" >'%s'
until [ -e '%s' ]; do sleep 0.2; done
"""

#: Folders in which every user and program leaves files.
WRITTEN_BY_ALL = ("/tmp", "/var/tmp", "/dev/shm", "/run")

#: What the notebook shows of its own accord.
SHOWN_FILE, SHOWN_PROCESS = ("notebook", "place/shown"), ("notebook", "/proc/N/cmdline")

#: DolphinScheduler's own files, of which docs/en/operations.md warns.
COMMANDS = {("environment", "tasks/*.command")}
SERVER_LOGS = {(end, "second-ds/logs/*.log") for end in ("environment", "notebook", "password", "uri")}


def secret(end):
    return "%s%s-%s" % (*HALVES, end)


@pytest.fixture(scope="module")
def users(commons):
    """The names of the two tenants; DolphinScheduler makes the users when they first run a task."""
    names = ["ml_%s_%s" % (uuid.uuid4().hex[:6], each) for each in ("one", "two")]
    yield names
    deployments.stop_all(commons / "deployments")
    for name in names:
        tenants.remove(name)


@pytest.fixture(scope="module")
def shared(commons):
    """The folder that both can reach, with what the first one's tasks read."""
    place = commons / "place"
    place.mkdir()
    place.chmod(0o1777)
    save(commons / "waits.ipynb", cell("place = db_password = ''", "parameters"), SHOWN, "name = 'notebook'" + WAITS)
    project = commons / "project"
    project.mkdir()
    (project / "MLproject").write_text(MLPROJECT)
    (project / "main.py").write_text(TRAINING % str(place) + WAITS.replace("\n", "\n    "))
    (commons / "cluster.json").write_text(json.dumps(CLUSTER))
    (commons / "requirements.txt").write_text(
        "--extra-index-url http://one:%s@127.0.0.1:1/simple\n./%s\n" % (secret("index"), wheel(commons))
    )
    shutil.copy(look_around.__file__, commons / "look_around.py")
    (commons / "kubectl").write_text(KUBECTL % (place / "kubeconfig", place / "never"))
    (commons / "kubectl").chmod(0o755)
    return commons


def wheel(directory):
    """Makes a package of the SDK's double; returns its file name."""
    name = "openmldb-1.0-py3-none-any.whl"
    about = {
        "METADATA": "Metadata-Version: 2.1\nName: openmldb\nVersion: 1.0\n",
        "RECORD": "",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(directory / name, "w") as packed:
        for file in DOUBLE.rglob("*.py"):
            packed.write(file, file.relative_to(DOUBLE))
        for file, text in about.items():
            packed.writestr("openmldb-1.0.dist-info/" + file, text)
    return name


@pytest.fixture(scope="module")
def python(shared, environment):
    """A venv that each tenant may run, and the line of a DolphinScheduler environment with which it does."""
    return tenants.runnable(environment, shared / "environment")


class First:
    """The first tenant's tasks, each with a secret; all but the model's wait."""

    def __init__(self, project, user, shared, venv, environment, mlflow, zookeeper):
        self.project = project
        self._place = shared / "place"
        self._port = free_port()
        address = mlflow.address.replace("://", "://one:%s@" % secret("uri"))
        parameters = json.dumps({"place": str(self._place), "db_password": "${db_password}"})
        nodes = [
            notebook(
                "notebook",
                shared / "waits.ipynb",
                self._place / "out.ipynb",
                str(venv),
                parameters,
                local=[given("jupyter.report", "html")],
                environment=environment,
            ),
            deployment(
                "project",
                "",
                7000,
                address,
                venv,
                environment=environment,
                fields={
                    "mlflowTaskType": "MLflow Projects",
                    "mlflowProjectRepository": str(shared / "project"),
                    "experimentName": "tenants",
                    "params": "",
                    "mlflowProjectVersion": "",
                },
            ),
            deployment(
                "model",
                "models:/%s/1" % models.NAME,
                self._port,
                address,
                venv,
                local=[given("mlflow.host", "127.0.0.1")],
                environment=environment,
            ),
            sql(
                "statements",
                "USE d;\n%s;" % ENDLESS,
                "offline",
                fields={"zk": zookeeper, "zkPath": "/zookeeper"},
                environment=environment,
                local=[
                    given("openmldb.environment", str(shared / "requirements.txt")),
                    given("openmldb.pollInterval", "1"),
                    given("openmldb.user", "one"),
                    given("openmldb.password", secret("password")),
                ],
            ),
            manifest(
                "manifest",
                [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "never"}}],
                environment=environment,
                local=[given("kubeflow.kubectl", str(shared / "kubectl")), given("kubeflow.kubeconfig", "secret:clusters/prod")],
            ),
        ]
        workflow = Workflow("secrets", nodes, parameters={"db_password": secret("notebook")})
        self._instance = project.start(project.create(workflow, user))

    def awaited(self):
        """Returns when all of them are at work."""
        self._wait(
            lambda: (
                (self._place / "notebook").exists()
                and (self._place / "project").exists()
                and self._polls()
                and (self._place / "kubeconfig").exists()
                and models.answers(self._port)
            )
        )

    def finished(self):
        """Lets all of them end but the job and the manifest, which are killed."""
        (self._place / "go").touch()
        self._wait(lambda: [each["state"] for each in self.project.tasks(self._instance)].count("SUCCESS") == 3)
        self.project.kill(self._instance)
        return Finished(self.project, self._instance, self.project.wait(self._instance, 300))

    def _polls(self):
        calls = self._place / "statements"
        return calls.exists() and "SHOW JOB" in calls.read_text()

    def _wait(self, ready):
        def checked():
            failed = [each for each in self.project.tasks(self._instance) if each["state"] == "FAILURE"]
            assert not failed, [self.project.log(each["id"])[-3000:] for each in failed]
            return ready()

        wait_until(checked, 300, "the tasks of the first tenant")


def keep_secret(path, user):
    """Puts a kubeconfig where the user's secrets are; the user exists by now."""
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"users": [{"name": "one", "user": {"token": secret("kubeconfig")}}]}))
    for each, mode in ((path.parents[1], 0o700), (path.parent, 0o700), (path, 0o600)):
        each.chmod(mode)
        shutil.chown(str(each), user)


def run(project, user, name, command, **fields):
    """Runs one SHELL task as this user."""
    instance = project.start(project.create(Workflow(name, [shell(name, command, **fields)]), user))
    finished = Finished(project, instance, project.wait(instance, 300))
    assert finished.state == "SUCCESS", finished.log(name)


def look(project, user, command, report, environment):
    """What the user's own task finds on this machine."""
    run(project, user, report.stem, command % report, environment=environment)
    return json.loads(report.read_text())


@pytest.fixture(scope="module")
def looked(second_ds, shared, python, users, mlflow, registered):
    """What the second tenant saw while the first one's tasks ran, and afterwards; the first one's finished workflow."""
    one, two = users
    venv, exports = python
    client = second_ds.client()
    project = client.project("tenants")
    for user in users:
        client.tenant(user)
    # Tasks that begin together would each make the user, and each time with another id.
    run(project, one, "first", "true")
    keep_secret(shared / "secrets" / one / "clusters" / "prod", one)
    of_first = client.environment(
        "of the first",
        "%s OPENMLDB_DOUBLE=%s OPENMLDB_DOUBLE_LOG=%s DB_TOKEN=%s"
        % (exports, shared / "cluster.json", shared / "place" / "statements", secret("environment")),
    )
    of_second = client.environment("of the second", exports)
    stamp = shared / "stamp"
    stamp.touch()
    command = " ".join(
        map(
            str,
            [venv / "bin" / "python3", shared / "look_around.py", "%s", *HALVES, stamp, shared, *WRITTEN_BY_ALL, "/home/" + one],
        )
    )
    first = First(project, one, shared, venv, of_first, mlflow, second_ds.registry())
    first.awaited()
    during = look(project, two, command, shared / "place" / "during", of_second)
    finished = first.finished()
    return during, look(project, two, command, shared / "place" / "after", of_second), finished


def places_of(seen, shared):
    return {(end, kind(path, shared)) for end, path in seen["found"]}


def kind(path, shared):
    """The place in words that are the same in each run."""
    path = re.sub("^%s/" % re.escape(str(shared)), "", path)
    path = re.sub(r"^tasks/.*\.command$", "tasks/*.command", path)
    path = re.sub(r"^second-ds/logs/[^/]*\.log$", "second-ds/logs/*.log", path)
    return re.sub(r"^/proc/\d+/", "/proc/N/", path)


def test_all_tasks_did_their_work(looked):
    _, _, finished = looked
    states = {each["name"]: each["state"] for each in finished.project.tasks(finished.instance)}
    assert states == {"notebook": "SUCCESS", "project": "SUCCESS", "model": "SUCCESS", "statements": "KILL", "manifest": "KILL"}


def test_while_they_run_the_other_tenant_sees_none_of_their_secrets(looked, shared):
    during, _, _ = looked
    assert places_of(during, shared) == {SHOWN_FILE, SHOWN_PROCESS} | COMMANDS | SERVER_LOGS


def test_afterwards_the_other_tenant_sees_none_of_their_secrets(looked, shared):
    _, after, _ = looked
    assert places_of(after, shared) - COMMANDS == {SHOWN_FILE} | SERVER_LOGS


def test_what_is_in_the_logs_of_the_servers_they_wrote_themselves(looked, second_ds):
    entries = re.split(r"\n(?=\[[A-Z]+\] \d{4}-)", second_ds.log())
    loggers = {entry.split(" ")[4] for entry in entries if "".join(HALVES) in entry}
    assert loggers and all(each.startswith("org.apache.dolphinscheduler.") for each in loggers), loggers


def test_environments_and_deployments_are_closed(looked, shared, users):
    _, after, _ = looked
    assert {str(shared / folder / users[0]) for folder in ("environments", "deployments")} <= set(after["closed"])


def test_a_kubeconfig_is_the_tenants_own_and_is_gone_after_the_kill(looked, shared, users):
    assert (shared / "place" / "kubeconfig").read_text().split() == ["600", users[0]]
    found = [os.path.join(folder, name) for folder, _, names in os.walk(str(shared / "tasks")) for name in names]
    assert not [path for path in found if secret("kubeconfig").encode("ascii") in open(path, "rb").read()]
