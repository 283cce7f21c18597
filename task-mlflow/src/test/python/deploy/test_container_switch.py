"""The moment in which a container takes over from another one; a script that keeps their names stands for the engine."""

import json
import os
import signal
from types import SimpleNamespace

import pytest
from conftest import processes_of, wait_until

from dolphinml.common.console import Console
from dolphinml.common.masking import Secrets
from dolphinml.common.program import Stopped, Task, TaskFailure
from dolphinml.mlflow.deploy import containers, record
from dolphinml.mlflow.deploy.engine import Engine
from dolphinml.mlflow.deploy.image import Image
from dolphinml.mlflow.deploy.settings import Settings

OLD, NEW, FRONT = "dolphinml-it-1", "dolphinml-it-2", "dolphinml-it-front"

#: Containers are files; in "serving" is the one that the front hands requests to. "meanwhile" is run after a switch.
DOCKER = """#!/bin/sh
cd "%s" || exit
echo "$*" >>asked
case "$1 $2" in
  "run "*) touch "$4" ;;
  "rm "*) rm -f "$4" ;;
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
        (self.world / "inspected").write_text(json.dumps(
            [{"State": {"Running": True}, "HostConfig": {"PortBindings": bindings}, "RestartCount": 0}]))
        record.write(str(self.state), {"container": OLD, "containerPort": 8000})
        self._settings = Settings({"model": "models:/m/2", "port": port, "name": "it", "deployType": "DOCKER"})
        self._printed = directory / "printed"
        console = Console(self._printed.open("wb", buffering=0), Secrets(()))
        self.task = Task({}, console, Secrets(()), str(directory))
        self._engine = Engine(str(program))

    def meanwhile(self, commands):
        (self.world / "meanwhile").write_text(commands)

    def replace(self):
        names, state = containers.Names("it"), str(self.state)
        maker = containers.Plain(self._engine, self._settings, names)
        containers._replace(
            self.task, self._engine, containers.Containers(self.task, self._settings, self._engine, state, maker), names, 2,
            Image("dolphinml/m:2", {}), SimpleNamespace(uri="models:/m/2", name="m", version="2"), "{}", state,
            {"container": NEW, "containerPort": 8000, "endpoint": "http://here"}, OLD)

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
        return ((self.world / "serving").read_text().strip(),
                [name for name in (OLD, NEW) if (self.world / name).exists()])

    @property
    def log(self):
        return self._printed.read_text()


@pytest.fixture
def engines(tmp_path, port, beside_a_task):
    made = Engines(tmp_path, port)
    former = signal.signal(signal.SIGTERM, made.task.stop)
    yield made
    signal.signal(signal.SIGTERM, former)


def test_a_stop_while_the_front_is_switched_leaves_the_new_container(engines):
    engines.meanwhile("kill -TERM $PPID")
    with pytest.raises(Stopped):
        engines.replace()
    assert "serves models:/m/2 at http://here from container " + NEW in engines.log
    assert engines.left() == (NEW, [OLD, NEW])
    assert record.read(str(engines.state))["container"] == NEW


def test_a_switch_without_an_answer_is_taken_back_before_the_new_container_is_removed(engines):
    engines.meanwhile("rm meanwhile; exit 1")
    with pytest.raises(TaskFailure, match="The Docker engine refused"):
        engines.replace()
    assert "serves from container %s as before" % OLD in engines.log
    assert engines.left() == (OLD, [OLD])
    assert record.read(str(engines.state))["container"] == OLD


def test_a_front_that_cannot_be_switched_back_keeps_the_new_container(engines):
    engines.meanwhile("touch hung; exit 1")
    engines.replace_in_a_process()
    assert "Container %s could not be taken back" % NEW in engines.log
    assert engines.left() == (NEW, [OLD, NEW])


def test_a_record_that_cannot_be_written_switches_nothing(engines):
    (engines.state / record.PREPARED_NAME).mkdir()
    with pytest.raises(IsADirectoryError):
        engines.replace()
    assert engines.left() == (OLD, [OLD])


def test_a_task_that_is_killed_while_the_front_is_switched_is_undone_also_on_a_full_disk(engines):
    (engines.state / "undo.log").symlink_to("/dev/full")
    engines.meanwhile("rm meanwhile; kill -KILL $PPID")
    assert engines.replace_in_a_process() == signal.SIGKILL
    assert engines.left() == (OLD, [OLD])
