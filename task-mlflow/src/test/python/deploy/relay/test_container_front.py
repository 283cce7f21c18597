# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The front's container on a real engine, with a small program in the place of the model's container."""

import json
import os
import time
import uuid

import pytest
from conftest import free_port, wait_until
from docker_engine import base_image, docker  # noqa: F401
from fronts import SERVER, got
from started_program import RESOURCES

ENTRY = "/dolphinml/dolphinml/mlflow/deploy/relay/container_front.py"


class Containers:
    def __init__(self, image, directory):
        self._image = image
        self._directory = directory
        self.name = "test-front-%d-%s" % (os.getpid(), uuid.uuid4().hex[:8])
        self.port, self.metrics_port = free_port(), free_port()
        self._run("network", "create", self.name)

    def _run(self, *words):
        said = docker(*words)
        assert "Error" not in said, said
        return said

    def start_front(self):
        self._run(
            "create",
            "--name",
            self.name + "-front",
            "--network",
            self.name,
            "--publish",
            "127.0.0.1:%d:8080" % self.port,
            "--publish",
            "127.0.0.1:%d:8081" % self.metrics_port,
            "--env",
            "DOLPHINML_DEPLOYMENT=it",
            "--entrypoint",
            "python",
            self._image,
            ENTRY,
            "serve",
        )
        for resources in RESOURCES:
            merged = self._directory / "program/dolphinml"
            merged.mkdir(parents=True, exist_ok=True)
            for file in resources.glob("**/*.py"):
                target = merged / file.relative_to(resources)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
        self._run("cp", str(self._directory / "program") + "/.", self.name + "-front:/dolphinml")
        self._run("start", self.name + "-front")
        wait_until(lambda: "protocol" in docker("exec", self.name + "-front", "python", ENTRY, "current"))

    def start_model(self, answer, *words):
        self._run(
            "run",
            "--detach",
            "--name",
            "%s-%s" % (self.name, answer),
            "--network",
            self.name,
            "--entrypoint",
            "python",
            self._image,
            "-c",
            SERVER.replace("127.0.0.1", "0.0.0.0"),
            "8000",
            answer,
            *words,
        )
        wait_until(
            lambda: (
                docker(
                    "exec",
                    "%s-%s" % (self.name, answer),
                    "python",
                    "-c",
                    "import socket; socket.create_connection(('127.0.0.1', 8000))",
                )
                == ""
            )
        )

    def query(self, *words):
        return json.loads(self._run("exec", self.name + "-front", "python", ENTRY, *words))

    def model(self, answer):
        return "%s-%s" % (self.name, answer)

    def handles(self):
        return int(docker("exec", self.name + "-front", "sh", "-c", "ls /proc/1/fd | wc -l"))

    def remove(self):
        for name in docker("ps", "-a", "--format", "{{.Names}}", "--filter", "name=" + self.name).split():
            docker("rm", "-f", "-v", name)
        docker("network", "rm", self.name)


@pytest.fixture
def containers(base_image, tmp_path):  # noqa: F811
    made = Containers(base_image, tmp_path)
    yield made
    made.remove()


def test_a_front_relays_tries_and_counts(containers):
    containers.start_front()
    assert got(containers.port) == 503
    containers.start_model("one")
    containers.start_model("two")
    assert containers.query("switch", containers.model("one"), "8000", "1") == {"replaced": None}
    assert got(containers.port) == "one"
    assert containers.query("canary", containers.model("two"), "8000", "0.5", "2") == {"candidate": containers.model("two")}
    assert sorted(got(containers.port) for _ in range(20)) == ["one"] * 10 + ["two"] * 10
    said = containers.query("statistics")
    assert (said["current"]["requests"], said["candidate"]["requests"], said["total"]["requests"]) == (10, 10, 21)
    containers.query("withdraw", containers.model("two"))
    assert containers.query("drained", containers.model("two"), "10") == {"whole": True}
    assert {got(containers.port) for _ in range(10)} == {"one"}
    containers.query("canary", containers.model("two"), "8000", "0.1", "2")
    assert containers.query("switch", containers.model("two"), "8000", "2") == {"replaced": containers.model("one")}
    assert {got(containers.port) for _ in range(10)} == {"two"}
    text = got(containers.metrics_port, path="/metrics")
    assert 'dolphinml_requests_total{deployment="it",version="2",code="200"} 20\n' in text
    # A kill in the middle of a trial is undone by a switch to what serves.
    containers.query("canary", containers.model("one"), "8000", "1.0", "1")
    containers.query("switch", containers.model("two"), "8000", "2")
    assert {got(containers.port) for _ in range(10)} == {"two"}


def test_after_a_restart_of_the_machine_it_relays_nothing_until_the_model_is_there(containers):
    containers.start_front()
    containers.start_model("one")
    containers.query("switch", containers.model("one"), "8000", "1")
    docker("stop", "--time", "0", containers.model("one"))
    docker("restart", "--time", "0", containers.name + "-front")
    wait_until(lambda: got(containers.port) == 503)
    before = containers.handles()
    for _ in range(100):
        assert got(containers.port) == 503
    assert containers.handles() <= before + 2
    assert 'dolphinml_up{deployment="it"} 0' in got(containers.metrics_port, path="/metrics")
    docker("start", containers.model("one"))
    deadline = time.monotonic() + 90
    while got(containers.port) != "one":
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_name_that_is_the_fronts_own_is_never_relayed_to(containers):
    """As with MLflow's nginx image, which listens on the front's port."""
    containers.start_front()
    containers.query("switch", containers.name + "-front", "8080")
    before = containers.handles()
    for _ in range(20):
        assert got(containers.port) == 502
    assert containers.handles() <= before + 2
