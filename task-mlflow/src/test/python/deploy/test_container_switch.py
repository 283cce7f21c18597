# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The moment in which a container takes over from another one; a script that keeps their names stands for the engine."""

import http.server
import json
import os
import signal
import threading
from types import SimpleNamespace

import pytest
from conftest import processes_of, wait_until

from dolphinml.common.console import Console
from dolphinml.common.masking import Secrets
from dolphinml.common.program import Stopped, Task, TaskFailure
from dolphinml.mlflow.deploy.containers.docker import Docker
from dolphinml.mlflow.deploy.containers.image import Image
from dolphinml.mlflow.deploy.engines.docker_run import DockerRun
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.takeover import Takeover

OLD, NEW, FRONT = "dolphinml-it-1", "dolphinml-it-2", "dolphinml-it-front"

#: Containers are files; in "serving" is the one that the front hands requests to. "meanwhile" is run after a switch.
DOCKER = """#!/bin/sh
cd "%s" || exit
echo "$*" >>asked
case "$1 $2" in
  "run "*) touch "$4" ;;
  "rm "*) rm -f "$4" ;;
  "ps --all")
    case $6 in name=*) n=${6#name=^/?}; ls | grep -x "${n%%$}" ;; label=*deployment=it) ls -d dolphinml-it-* ;; esac
    true ;;
  "container inspect") [ -e "$3" ] && cat inspected ;;
  "network inspect") echo '[{}]' ;;
  "exec -i") cat >read; printf '200\\nok' ;;
  "exec dolphinml-it-front")
    [ ! -e hung ] || exit 1
    [ "$5" = switch ] || { printf '{"name": "%%s"}' "$(cat serving)"; exit; }
    echo "$6" >serving
    echo '{"replaced": null}'
    [ ! -e meanwhile ] || . ./meanwhile ;;
esac
"""


class Source:
    """Where the model comes from: it has no files here."""

    shown = ""

    def fetch(self, model, target):
        os.mkdir(target)

    def about(self, model, target):
        return {"uri": model.uri}

    def example(self, target):
        return "{}"

    def is_same(self, model, known):
        return False


class Prepared(DockerRun):
    """With an image that is there already."""

    def _image_of(self, candidate):
        return Image("dolphinml/m:2", {})

    def endpoint(self, task):
        return "http://127.0.0.1:%d" % self.settings.port


class Engines:
    """The engine's world, with a deployment in it that serves, and a task that replaces it."""

    def __init__(self, directory, port):
        self.world = directory / "world"
        self.world.mkdir()
        self.state = directory / "state"
        self.state.mkdir()
        program = directory / "docker"
        program.write_text(DOCKER % self.world)
        program.chmod(0o755)
        for name in (OLD, FRONT):
            (self.world / name).touch()
        (self.world / "serving").write_text(OLD)
        bindings = {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(port)}]}
        (self.world / "inspected").write_text(
            json.dumps(
                [
                    {
                        "State": {"Running": True, "Health": {"Status": "healthy"}},
                        "HostConfig": {"PortBindings": bindings},
                        "RestartCount": 0,
                    }
                ]
            )
        )
        record.write_record(
            str(self.state),
            {
                "name": "it",
                "deployType": "DOCKER",
                "container": OLD,
                "containerPort": 8000,
                "image": "dolphinml/m:1",
                "generation": 1,
                "model": {"uri": "models:/m/1"},
            },
        )
        self._settings = Settings({"model": "models:/m/2", "port": port, "name": "it", "deployType": "DOCKER"})
        self._printed = directory / "printed"
        console = Console(self._printed.open("wb", buffering=0), Secrets(()))
        self.task = Task({}, console, Secrets(()), str(directory))
        self._docker = Docker()

    def meanwhile(self, commands):
        (self.world / "meanwhile").write_text(commands)

    def replace(self):
        known = record.read_record(str(self.state))
        engine = Prepared(self.task, self._settings, str(self.state), known, self._docker)
        Takeover(self.task, self._settings, engine, Source()).run(SimpleNamespace(uri="models:/m/2", name="m", version="2"))

    def replace_in_a_process(self):
        """The signal that has ended it, or 0; with it ends its pipe to what undoes its work."""
        child = os.fork()
        if not child:
            try:
                self.replace()
            finally:
                os._exit(0)
        return os.WTERMSIG(os.waitpid(child, 0)[1])

    def left(self):
        """(who serves, the model containers that are there) when nothing of the task runs any more."""
        wait_until(lambda: not processes_of(self.state))
        return ((self.world / "serving").read_text().strip(), [name for name in (OLD, NEW) if (self.world / name).exists()])

    @property
    def log(self):
        return self._printed.read_text()


@pytest.fixture
def engines(tmp_path, port, beside_a_task, monkeypatch):
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
    made = Engines(tmp_path, port)
    published = http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=published.serve_forever, daemon=True).start()
    former = signal.signal(signal.SIGTERM, made.task.handle_stop)
    yield made
    signal.signal(signal.SIGTERM, former)
    published.shutdown()
    published.server_close()


def test_a_stop_while_the_front_is_switched_leaves_the_new_container(engines):
    engines.meanwhile("kill -TERM $PPID")
    with pytest.raises(Stopped):
        engines.replace()
    assert "serves models:/m/2 at http://127.0.0.1:" in engines.log
    assert engines.left() == (NEW, [OLD, NEW])
    assert record.read_record(str(engines.state))["container"] == NEW


def test_a_switch_without_an_answer_is_taken_back_before_the_new_container_is_removed(engines):
    engines.meanwhile("rm meanwhile; exit 1")
    with pytest.raises(TaskFailure, match="The Docker engine refused 'exec'"):
        engines.replace()
    assert "serves models:/m/1 as before" in engines.log
    assert engines.left() == (OLD, [OLD])
    assert record.read_record(str(engines.state))["container"] == OLD


def test_a_front_that_cannot_be_switched_back_keeps_the_new_container(engines):
    engines.meanwhile("touch hung; exit 1")
    engines.replace_in_a_process()
    assert "Container %s could not be rolled back" % NEW in engines.log
    assert engines.left() == (NEW, [OLD, NEW])


def test_a_record_that_cannot_be_written_switches_nothing(engines):
    (engines.state / record.PREPARED_NAME).mkdir()
    with pytest.raises(TaskFailure, match="The deployment's directory .* cannot be used: .*Is a directory"):
        engines.replace()
    assert engines.left() == (OLD, [OLD])


def test_a_task_that_is_killed_while_the_front_is_switched_is_undone_also_on_a_full_disk(engines):
    (engines.state / "undo.log").symlink_to("/dev/full")
    engines.meanwhile("rm meanwhile; kill -KILL $PPID")
    assert engines.replace_in_a_process() == signal.SIGKILL
    assert engines.left() == (OLD, [OLD])


def test_only_a_deployment_made_in_the_same_way_is_adopted():
    """What a node may change without another version; a deployment of before says nothing about what is the default."""
    made = Settings({"model": "models:/m/2", "deployType": "DOCKER"}).of_containers()
    assert "imageEnvManager" not in made
    for changed in ({"imageEnvManager": "virtualenv"}, {"baseImage": "b:1"}, {"buildOptions": ["--pull"]}, {"workers": 2}):
        assert Settings(dict({"model": "models:/m/2", "deployType": "DOCKER"}, **changed)).of_containers() != made
    assert Settings({"model": "models:/m/2", "deployType": "DOCKER", "imageEnvManager": "local"}).of_containers() == made
