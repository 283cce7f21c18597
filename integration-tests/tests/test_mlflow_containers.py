# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow Models in containers of a real engine: limits in force, health check, replaced under load, failed, stopped."""

import json
import os
import subprocess
import sys

import pytest

from dsharness import models, places
from dsharness.ports import free_ports
from dsharness.workflow import Workflow, deployment, given

sys.path[:0] = [str(places.PROJECT / "task-mlflow/src/test/python" / folder) for folder in ("", "deploy")]

from docker_engine import PREPARE, docker, need_engine  # noqa: E402
from load import Load  # noqa: E402

TYPES = {"DOCKER": "iris-docker", "DOCKER COMPOSE": "iris-compose"}
BOTH = pytest.mark.parametrize("kind", TYPES)


@pytest.fixture(scope="module")
def base_image(environment):
    """An image with the environment's MLflow, from package mirrors; skipped where no engine answers."""
    need_engine()
    made = os.environ.get("DOLPHINML_TEST_BASE_IMAGE")
    return (
        made
        or subprocess.run(
            [str(PREPARE), str(environment / "bin/python")], stdout=subprocess.PIPE, check=True, universal_newlines=True
        ).stdout.strip()
    )


@pytest.fixture(scope="module")
def ports():
    return dict(zip(TYPES, free_ports(len(TYPES))))


@pytest.fixture(scope="module")
def node(mlflow, environment, registered, base_image, ports):
    """node(name, kind, version, *options) -> a node that deploys in containers of that kind."""

    def make(name, kind, version, *local, **changes):
        model = changes.pop("model", registered)
        options = {
            "deployType": kind,
            "deploymentName": TYPES[kind],
            "baseImage": base_image,
            "cpuLimit": "0.8",
            "memoryLimit": "700m",
            "buildOptions": "--network host",
            "labels": "team=risk",
        }
        parameters = [given("mlflow." + key, value) for key, value in options.items()]
        return deployment(
            name,
            "models:/%s/%s" % (model, version),
            ports[kind],
            mlflow.address,
            environment,
            local=[*parameters, *local],
            fields={"deployType": "DOCKER"},
            **changes,
        )

    return make


def of_both(node, title, version, *local, **changes):
    """A workflow with a node for each kind."""
    return Workflow(title, [node(kind, kind, version, *local, **changes) for kind in TYPES])


@pytest.fixture(scope="module")
def first(run, node):
    finished = run(of_both(node, "deploys in containers", "1"))
    yield finished
    for name in TYPES.values():
        left = docker("ps", "-aq", "--filter", "label=io.github.dolphinml.deployment=" + name).split()
        if left:
            docker("rm", "-f", "-v", *left)


def container(first, kind):
    name = TYPES[kind]
    known = docker("ps", "--format", "{{.Names}}", "--filter", "label=io.github.dolphinml.deployment=" + name).split()
    [model] = [each for each in known if not each.endswith("-front")]
    return json.loads(docker("container", "inspect", model))[0]


@BOTH
def test_the_model_answers_and_the_engine_holds_it_to_its_limits(first, ports, kind):
    assert first.task(kind)["state"] == "SUCCESS", first.lines(kind)
    assert models.predict(ports[kind]) == [0]
    assert first.outputs(kind)["mlflow.model_version"] == "1"
    made = container(first, kind)
    assert (made["HostConfig"]["NanoCpus"], made["HostConfig"]["Memory"]) == (800000000, 700 * 1024**2)
    assert made["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert made["Config"]["Labels"]["team"] == "risk"
    assert "/ping" in made["Config"]["Healthcheck"]["Test"][1]


def test_one_is_replaced_under_load_without_a_lost_request(first, run, node, ports):
    load = Load("http://127.0.0.1:%d" % ports["DOCKER"], rate=25, body=json.dumps(models.ROW)).start()
    try:
        load.wait_for(25)
        finished = run(Workflow("replaces a container", [node("replaces", "DOCKER", "2")]))
        load.wait_for(25)
    finally:
        load.stop()
    assert finished.task("replaces")["state"] == "SUCCESS", finished.lines("replaces")
    assert load.failures == []
    assert container(first, "DOCKER")["Config"]["Labels"]["io.github.dolphinml.version"] == "2"


def test_a_failed_one_leaves_the_former_serving(first, run, node, ports):
    before = container(first, "DOCKER COMPOSE")["Id"]
    finished = run(Workflow("fails in a container", [node("fails", "DOCKER COMPOSE", "1", model=models.NAME + "-broken")]))
    assert finished.task("fails")["state"] == "FAILURE"
    assert any("ValueError: the weights are not there" in line for line in finished.lines("fails"))
    assert models.predict(ports["DOCKER COMPOSE"]) == [0]
    assert container(first, "DOCKER COMPOSE")["Id"] == before


def test_a_stop_leaves_nothing_in_the_engine(first, run, node, ports):
    finished = run(of_both(node, "stops containers", "2", given("mlflow.deployAction", "stop")))
    for kind, name in TYPES.items():
        assert finished.task(kind)["state"] == "SUCCESS", finished.lines(kind)
        assert not models.answers(ports[kind])
        assert docker("ps", "-aq", "--filter", "label=io.github.dolphinml.deployment=" + name) == ""
        assert "dolphinml-" + name not in docker("network", "ls")
