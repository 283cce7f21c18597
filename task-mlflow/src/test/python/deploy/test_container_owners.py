# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deployments of one name by two users of one engine; a script that keeps containers as files stands for the engine."""

import json
import os
from types import SimpleNamespace

import pytest

from dolphinml.common import user
from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.containers import image, ownership, parts
from dolphinml.mlflow.deploy.engines.docker_run import DockerRun
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.takeover import Takeover

OTHER = os.geteuid() + 65534
MODEL, FRONT, NETWORK = "dolphinml-it-1", "dolphinml-it-front", "network"

DOCKER = """#!/bin/sh
cd "%s" || exit
case "$1 $2" in
  "version "*) echo 1 ;;
  "ps --all")
    case $6 in name=*) n=${6#name=^/?}; ls | grep -x "${n%%$}"; exit 0 ;; esac
    label=${6#label=}; grep -lF "\\"${label%%%%=*}\\": \\"${label#*=}\\"" dolphinml-* | cat ;;
  "container inspect") [ ! -e fails ] && [ -e "$3" ] && { echo "["; cat "$3"; echo "]"; } ;;
  "network inspect") [ -e network ] && echo '[{}]' ;;
  "network ls") [ ! -e network ] || echo dolphinml-it ;;
  "network rm") rm network ;;
  "rm "*) rm -f "$4" ;;
  "exec "*) exit 1 ;;
esac
"""


class World:
    """What is on the engine, and the directory of this user's deployment 'it'."""

    def __init__(self, directory, port):
        self.there = directory / "there"
        self.there.mkdir()
        (self.there / NETWORK).touch()
        self._state = directory / "state"
        self.directory = record.open_directory(str(self._state / "user" / "machine"), "it")
        self._port = port

    def add(self, name, labels):
        (self.there / name).write_text(
            json.dumps({"State": {"Running": True, "Status": "running"}, "HostConfig": {}, "Config": {"Labels": labels}})
        )

    def of_the_deployment(self, number=None):
        """Its containers, as this version labels them for the user of this number, or as the first one did."""
        owned = {} if number is None else {image.LABEL_USER: str(number)}
        for name in (MODEL, FRONT):
            self.add(name, dict(owned, **{parts.LABEL_DEPLOYMENT: "it"}))

    def by_compose(self, directory):
        """One that Compose has made of a node's own file."""
        project = ownership.LABEL_COMPOSE
        self.add("dolphinml-it_service_1", {project: "dolphinml-it", project + ".working_dir": str(directory)})

    def known(self):
        """The record of this user's deployment, which is there from now on."""
        known = {"name": "it", "deployType": "DOCKER", "container": MODEL, "image": "image", "model": {"uri": "models:/m/0"}}
        record.write_record(self.directory, known)
        return known

    def deploy(self):
        settings = Settings({"model": "models:/m/1", "port": self._port, "name": "it", "deployType": "DOCKER"})
        settings.state_directory = os.path.dirname(self.directory)
        task = SimpleNamespace(console=SimpleNamespace(line=print), request={})
        engine = DockerRun(task, settings, self.directory, record.read_record(self.directory))
        source = SimpleNamespace(
            shown="",
            fetch=lambda model, target: os.mkdir(target),
            about=lambda model, target: {"uri": model.uri},
            example=lambda target: None,
            is_same=lambda model, known: False,
        )
        return Takeover(task, settings, engine, source).run(SimpleNamespace(uri="models:/m/1", name="m", version="1"))

    def left(self):
        return sorted(os.listdir(str(self.there)))


@pytest.fixture
def world(tmp_path, port, monkeypatch):
    made = World(tmp_path, port)
    (tmp_path / "docker").write_text(DOCKER % made.there)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
    return made


@pytest.fixture
def allowed(monkeypatch):
    """The deployments that went on to the building of an image."""
    went_on = []

    def build(*arguments):
        went_on.append(arguments)
        raise TaskFailure("no image is built here")

    monkeypatch.setattr(DockerRun, "_image_of", build)
    yield went_on


def goes_on(world, allowed):
    with pytest.raises(TaskFailure, match="no image is built here"):
        world.deploy()
    return len(allowed) == 1


@pytest.mark.parametrize("has_a_record", [False, True])
def test_a_name_of_another_user_is_refused_and_nothing_is_touched(world, allowed, has_a_record):
    world.of_the_deployment(OTHER)
    if has_a_record:
        world.known()
    before = world.left()
    with pytest.raises(
        TaskFailure, match="'it' is a deployment of user '%s' on this engine.*take another name and port" % user.name_of(OTHER)
    ):
        world.deploy()
    assert world.left() == before and not allowed


def test_what_an_earlier_version_made_is_whose_record_there_is(world, allowed):
    world.of_the_deployment()
    with pytest.raises(
        TaskFailure, match="container '%s' is of a deployment 'it' that user '%s' has no record of" % (MODEL, user.name())
    ):
        world.deploy()
    assert world.left() == [MODEL, FRONT, NETWORK] and not allowed
    world.known()
    assert goes_on(world, allowed)


def test_what_a_lost_worker_of_this_user_left_is_removed_also_without_a_record(world, allowed):
    world.of_the_deployment(os.geteuid())
    assert goes_on(world, allowed)
    assert world.left() == [FRONT, NETWORK]


def test_a_front_that_runs_and_does_not_answer_is_a_fault_that_changes_nothing(world, allowed):
    world.of_the_deployment(os.geteuid())
    world.known()
    (world.there / FRONT).write_text(
        (world.there / FRONT)
        .read_text()
        .replace('"HostConfig": {}', '"HostConfig": {"PortBindings": {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "1"}]}}')
    )
    before = world.left()
    with pytest.raises(TaskFailure, match="The front's container %s does not answer, and nothing was changed" % FRONT):
        world.deploy()
    assert world.left() == before and not allowed


def test_what_the_engine_fails_to_tell_is_not_absent(world, allowed):
    world.of_the_deployment(os.geteuid())
    world.known()
    before = world.left()
    # It lists the container, and yet does not show it.
    (world.there / "fails").touch()
    with pytest.raises(TaskFailure, match="The Docker engine refused 'container'"):
        world.deploy()
    (world.there / "fails").unlink()
    assert world.left() == before and not allowed


def test_services_of_an_own_compose_file_are_known_by_their_directory(world, allowed):
    world.by_compose("/home/other/deployments/it")
    with pytest.raises(TaskFailure, match="has no record of"):
        world.deploy()
    world.by_compose(world.directory)
    assert goes_on(world, allowed)


def test_a_stop_leaves_what_another_user_has_made_under_the_name_since(world):
    known = world.known()
    world.of_the_deployment(OTHER)
    assert DockerRun.serving_state(known, world.directory) == (False, "its container %s is gone" % MODEL)
    DockerRun.stop(known, world.directory, None)
    assert world.left() == [MODEL, FRONT, NETWORK]
    assert record.read_record(world.directory) is None


@pytest.mark.parametrize("number", [None, os.geteuid()])
def test_a_stop_ends_what_is_this_users(world, number):
    known = world.known()
    world.of_the_deployment(number)
    DockerRun.stop(known, world.directory, None)
    assert world.left() == []
