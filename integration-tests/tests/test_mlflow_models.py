# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow Models as processes of the worker: deploy, predict, replace under load, fail, adopt, kill, stop."""

import contextlib
import json
import os
import socket
import sys

import pytest

from dsharness import models, places
from dsharness.ports import free_ports
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, deployment, given, shell

sys.path.insert(0, str(places.PROJECT / "task-mlflow/src/test/python/deploy"))

from load import Load  # noqa: E402

NAME = "iris-live"
NAMED = given("mlflow.deploymentName", NAME)


@pytest.fixture(scope="module")
def ports():
    """The deployment's, and that of the service in the foreground."""
    return free_ports(2)


@pytest.fixture(scope="module")
def node(mlflow, environment, registered, ports):
    """node(name, version, *options, **fields) -> a node that deploys the iris model on the first port."""

    def make(name, version, *local, **changes):
        model, port = changes.pop("model", registered), changes.pop("port", ports[0])
        return deployment(name, "models:/" + model + version, port, mlflow.address, environment, local=local, **changes)

    return make


def commands_with(text):
    """The command lines of living processes that hold the text."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open("/proc/%s/cmdline" % name, "rb") as stream:
                command = stream.read().replace(b"\0", b" ").decode("utf-8", "replace")
            if text in command and int(name) != os.getpid():
                found.append(command)
    return found


def until_logged(project, instance, name, text):
    def logged():
        task = project.task(instance, name)
        return task is not None and text in project.log(task["id"])

    wait_until(logged, 300, "'%s' in the log of '%s'" % (text, name))


def of(state_directory):
    """The record of the deployment."""
    [path] = state_directory.glob("*/*/%s/record.json" % NAME)
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def state_directory(work):
    return work / "deployments"


@pytest.fixture(scope="module")
def first(run, node, ports):
    """The first deployment, and beside it what must not become one."""
    shows = shell("shows", "echo 'told: ${mlflow.model_name} ${mlflow.model_version} ${mlflow.endpoint}'", ["deploys"])
    with socket.socket() as foreign:
        foreign.bind(("0.0.0.0", 0))
        foreign.listen(1)
        taken = foreign.getsockname()[1]
        finished = run(
            Workflow(
                "deploys a model",
                [
                    node("deploys", "@champion", NAMED),
                    shows,
                    node("no such model", "/1", model="nowhere", port=ports[1]),
                    node("no such version", "/99", port=ports[1]),
                    node("no such alias", "@winner", port=ports[1]),
                    node("no version", "", port=ports[1]),
                    node("port taken", "/1", port=taken),
                ],
            )
        )
        finished.taken = taken
        return finished


def test_the_model_answers_the_iris_row(first, ports, state_directory):
    assert first.task("deploys")["state"] == "SUCCESS", first.lines("deploys")
    assert models.predict(ports[0]) == [0]
    outputs = first.outputs("deploys")
    assert outputs["mlflow.endpoint"].endswith(":%d" % ports[0])
    assert (outputs["mlflow.model_name"], outputs["mlflow.model_version"]) == (models.NAME, "1")
    assert outputs["mlflow.deployment_name"] == NAME
    assert first.printed("shows", "told: %s 1 %s" % (models.NAME, outputs["mlflow.endpoint"]))
    log = "\n".join(first.lines("deploys"))
    assert "model: models:/%s/1 (alias 'champion')" % models.NAME in log
    assert "Prediction of the model's input example" in log
    record = of(state_directory)
    assert record["by"]["name"] == "deploys"
    assert record["log"] in log


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("no such model", "deployModelKey: the registry has no model 'nowhere'; it has: "),
        ("no such version", "model 'iris deployed' has no version 99; existing versions: 2, 1 (alias champion)"),
        ("no such alias", "model 'iris deployed' has no alias 'winner'; existing versions: 2, 1 (alias champion)"),
        ("no version", 'deployModelKey: "models:/iris deployed" does not name a model; use models:/name/3'),
    ],
)
def test_a_model_that_is_not_there_is_reported_with_those_that_are(first, name, sentence):
    assert first.task(name)["state"] == "FAILURE"
    assert sentence in first.lines(name)[-1]


def test_a_port_of_another_process_is_reported_with_its_holder(first):
    assert first.task("port taken")["state"] == "FAILURE"
    assert "deployPort: %d is held by process %d of user" % (first.taken, os.getpid()) in first.lines("port taken")[-1]


def test_a_redeploy_under_load_loses_no_request(first, run, node, ports):
    load = Load("http://127.0.0.1:%d" % ports[0], rate=20, body=json.dumps(models.ROW)).start()
    try:
        load.wait_for(50)
        finished = run(Workflow("replaces it", [node("replaces", "/2", NAMED)]))
        load.wait_for(50)
    finally:
        load.stop()
    assert finished.state == "SUCCESS", finished.lines("replaces")
    assert finished.outputs("replaces")["mlflow.model_version"] == "2"
    assert load.failures == []
    assert models.predict(ports[0]) == [0]


def test_a_failed_redeploy_and_a_rerun_leave_it_as_it_is(first, run, node, ports, state_directory):
    before = of(state_directory)
    finished = run(
        Workflow(
            "changes nothing",
            [
                node("never loads", "/1", NAMED, model=models.NAME + "-broken"),
                node("again", "/2", NAMED),
                node("asks", "/2", NAMED, given("mlflow.deployAction", "status")),
            ],
        )
    )
    log = finished.lines("never loads")
    assert finished.task("never loads")["state"] == "FAILURE"
    assert any("ValueError: the weights are not there" in line for line in log), log
    assert "Deployment '%s' serves models:/%s/2 as before" % (NAME, models.NAME) in log
    assert log[-1].startswith("The model server of models:/%s-broken/1 ended with exit code" % models.NAME)
    assert finished.task("again")["state"] == "SUCCESS"
    assert any("is healthy: adopted, nothing is started" in line for line in finished.lines("again"))
    assert finished.task("asks")["state"] == "SUCCESS"
    assert any(line.split() == ["model", "models:/iris", "deployed/2"] for line in finished.lines("asks"))
    assert of(state_directory) == before
    assert models.predict(ports[0]) == [0]


def test_kills(first, start, finish, node, project, ports, state_directory):
    """In the middle of a deployment what was there comes back; in the foreground the service ends with the task."""
    before = of(state_directory)
    middle = start(Workflow("is killed in the middle", [node("loads for ever", "/1", NAMED, model=models.NAME + "-slow")]))
    whole = start(
        Workflow(
            "is the service",
            [node("serves", "/1", given("mlflow.serveMode", "foreground"), given("mlflow.workers", "2"), port=ports[1])],
        )
    )
    until_logged(project, middle, "loads for ever", "started on spare port")
    until_logged(project, whole, "serves", "The task is the service now")
    assert models.predict(ports[1]) == [0]
    project.kill(middle)
    project.kill(whole)
    for instance, name in ((middle, "loads for ever"), (whole, "serves")):
        finished = finish(instance)
        assert (finished.state, finished.task(name)["state"]) == ("STOP", "KILL"), finished.lines(name)
    new = str(state_directory)
    wait_until(
        lambda: len([each for each in commands_with(new) if "mlflow_server.py" in each or "front.py" in each]) <= 2,
        what="only the front and the server of before",
    )
    wait_until(lambda: not models.answers(ports[1]), what="the service in the foreground has ended")
    assert of(state_directory) == before
    assert models.predict(ports[0]) == [0]


def test_a_stop_ends_it(first, run, node, ports, state_directory):
    stop, status = given("mlflow.deployAction", "stop"), given("mlflow.deployAction", "status")
    finished = run(Workflow("stops it", [node("stops", "/2", NAMED, stop), node("asks", "/2", NAMED, status, after=["stops"])]))
    assert finished.task("stops")["state"] == "SUCCESS", finished.lines("stops")
    assert finished.task("asks")["state"] == "FAILURE"
    assert "there is no deployment '%s'" % NAME in finished.lines("asks")[-1]
    assert not models.answers(ports[0])
    wait_until(lambda: commands_with(str(state_directory)) == [])
