# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType DOCKER: the model's container, started by `docker run`, behind a front in its own container.

The front's container owns the published port and stays. A redeploy starts a new model container beside the old one, checks
it, and has the front send it all new requests. All containers have a restart policy, so the service survives
a restart of the machine without this worker.
"""

import os
import shutil
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.common.program import Task, TaskFailure
from dolphinml.common.waiting import Heartbeat
from dolphinml.mlflow.deploy.containers import composing, docker, front_container, image, ownership, parts
from dolphinml.mlflow.deploy.containers.model_server import ModelContainer, end_in_words, health_command
from dolphinml.mlflow.deploy.detached import launch
from dolphinml.mlflow.deploy.engines.engine import Candidate, Engine, UndoCommands
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.model.resolve import FixedModel
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import crash_loop
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.state.record import Record

SECONDS_TO_STOP = 10
OLD_FRONT_CONTAINER = (
    "mlflow.canary: the deployment's front is of an earlier release, which cannot share requests; leave the"
    " canary out, or stop the deployment once (mlflow.deployAction=stop) and deploy it again"
)


def first_front(known: Optional[Record], names: parts.Names) -> str:
    """Returns the name of this record's front."""
    return (known or {}).get("front") or names.front()


class DockerRun(Engine):
    KIND = "DOCKER"
    LOOKS = docker.LOOKS

    _image: image.Image
    _log: docker.ContainerLog

    def __init__(
        self, task: Task, settings: Settings, directory: str, known: Optional[Record], engine: Optional[docker.Docker] = None
    ) -> None:
        super().__init__(task, settings, directory, known)
        self.docker = engine or docker.connect_docker()
        self.names = parts.Names(settings.name)
        self.front = front_container.FrontContainer(self.docker, first_front(known, self.names))
        #: The name of the container that serves.
        self._serving: Optional[str] = None
        self._prepared: Optional[Candidate] = None
        self._made: Optional[ModelContainer] = None
        self._new_front: Optional[front_container.FrontContainer] = None
        self._front_stopped = False
        self._shares = False
        self._crash_loop = crash_loop.CrashLoop(settings.workers)

    @property
    def _candidate(self) -> Candidate:
        return given(self._prepared)

    @property
    def _container(self) -> ModelContainer:
        return given(self._made)

    # -- before anything is started

    def check(self) -> None:
        self.refuse_foreign()
        parts.refuse_foreign_port(self.settings, self.docker, self.front.name)
        self._serving = self._what_serves()
        self._remove_strays()

    def refuse_foreign(self) -> None:
        parts.refuse_foreign_deployment(
            self.docker, self.names.deployment, composing.project(self.names.deployment), self.directory, self.known
        )

    def same_as(self) -> Dict[str, Any]:
        settings = self.settings
        return dict(
            settings.of_containers(),
            runOptions=settings.run_options,
            restartPolicy=settings.restart_policy,
            **settings.watched,
        )

    def answers(self) -> bool:
        known = given(self.known)
        container = known.get("container")
        return (
            container is not None
            and self._serving == container
            and ModelContainer(self.docker, container, known["containerPort"]).answers()
        )

    def _what_serves(self) -> Optional[str]:
        """Returns the name of the serving model container, or None. If no front runs it is the container of the record: a
        container that may serve must never be treated as a leftover."""
        if self.front.published_at() is not None:
            try:
                return self.front.current()
            except EngineRefused as refusal:
                raise EngineRefused(
                    "The front's container %s does not answer, and nothing was changed: %s; if it does not recover, stop the"
                    " deployment (mlflow.deployAction=stop) and deploy it again" % (self.front.name, refusal)
                )
        recorded = (self.known or {}).get("container")
        return recorded if recorded and self.docker.inspect("container", recorded) is not None else None

    def next_number(self) -> int:
        taken = [super().next_number() - 1]
        for name in parts.of_deployment(self.docker, self.names.deployment):
            last = name.replace(".", "-").rpartition("-")[2]
            if last.isdigit():
                taken.append(int(last))
        return max(taken) + 1

    def files_of(self, number: int) -> str:
        return self._files()

    def _files(self) -> str:
        return os.path.join(self.directory, "model")

    def prepare(self, candidate: Candidate) -> None:
        self._prepared = candidate
        try:
            self._image = self._image_of(candidate)
        finally:
            shutil.rmtree(candidate.files, ignore_errors=True)
        self._made = ModelContainer(self.docker, self.names.model(candidate.number), self._image.port)
        self._log = docker.ContainerLog(self.docker, self._container.name)

    def _image_of(self, candidate: Candidate) -> image.Image:
        return image.for_model(self.console, self.settings, self.docker, candidate.model, candidate.files, self.directory)

    def _remove_strays(self) -> None:
        """Removes containers of this deployment that neither serve nor are the front, such as after a crash of the worker. One
        that was on trial may still have a share of the requests."""
        for name in parts.of_deployment(self.docker, self.names.deployment):
            if name not in (self._serving, self.front.name):
                self.console.line("Removing container %s, left by a previous task" % name)
                if self.front.published_at() is not None and self.front.is_current():
                    self.front.withdraw(name)
                    self.front.drained(name, self.settings.timeout + 5)
                self.docker.remove(name)

    def _port_of_the_old(self) -> int:
        return (self.known or {}).get("containerPort", self._image.port)

    def undo(self) -> UndoCommands:
        new = [self._container.name]
        moves = self._moves()
        if moves:
            new.insert(0, self._front_to_make())
        commands = [self.docker.command(["rm", "--force", "--volumes", name]) for name in new]
        # The new container may have had a share of the requests: it answers its requests in flight first.
        drained = self.front.drained_command(self._container.name, self.settings.timeout + 5)
        if not self._serving:
            return (), commands + [self.docker.command(["network", "rm", self.names.network])]
        if moves:
            again = [self.docker.command(["start", self.front.name])] if self._is_in_the_way() else []
            # In case the new container has a share of the requests.
            again += [self.front.switch_command(self._serving, self._port_of_the_old()), drained]
            return (), commands[:1] + again + commands[1:]
        # A serving container must not be removed: in case the front was switched, it is switched back first.
        return self.front.switch_command(self._serving, self._port_of_the_old()), [drained] + commands

    # -- the candidate

    def start(self, candidate: Candidate) -> None:
        self.make_network()
        self.make_model(candidate, self._image)
        self.console.line("Container %s started from image %s" % (self._container.name, self._image.name))
        self._check_limits()

    def make_network(self) -> None:
        if self.docker.inspect("network", self.names.network) is None:
            self.docker.run(["network", "create", self.names.network] + self._labels(None))

    def _labels(self, model: Optional[FixedModel]) -> List[str]:
        words = []
        for key, value in sorted(parts.part_labels(self.settings, self.names.deployment, model).items()):
            words += ["--label", "%s=%s" % (key, value)]
        return words

    def make_model(self, candidate: Candidate, built: image.Image) -> None:
        settings = self.settings
        words = [
            "run",
            "--detach",
            "--name",
            self.names.model(candidate.number),
            "--network",
            self.names.network,
            "--restart",
            settings.restart_policy,
        ] + self._labels(candidate.model)
        for key, value in sorted(built.environment(settings).items()):
            words += ["--env", "%s=%s" % (key, value)]
        if settings.cpu_limit is not None:
            words += ["--cpus", image.processors(settings.cpu_limit)]
        if settings.memory_limit is not None:
            words += ["--memory", str(settings.memory_limit)]
        words += [
            "--health-cmd",
            health_command(built.port),
            "--health-interval",
            "10s",
            "--health-timeout",
            "10s",
            "--health-retries",
            "3",
            "--health-start-period",
            "%ds" % settings.start_timeout,
        ]
        self.docker.run(words + settings.run_options + [built.name])

    def _check_limits(self) -> None:
        known = self.docker.inspect("container", self._container.name)
        if known is None:
            return  # the takeover notices that it is gone
        settings, host = self.settings, known["HostConfig"]
        wanted = {
            "cpuLimit": (image.nano_processors(settings.cpu_limit or 0), host.get("NanoCpus") or 0),
            "memoryLimit": (settings.memory_limit or 0, host.get("Memory") or 0),
        }
        for field, (requested, applied) in wanted.items():
            if requested and requested != applied:
                raise TaskFailure("%s: the engine did not apply it (%d requested, %d applied)" % (field, requested, applied))

    def failure(self) -> Optional[str]:
        failure = self._container.failure()
        if failure is None and self.settings.workers > 1 and self._crash_loop.has_failed(self._container.processes()):
            return "had worker processes that died again and again"
        return failure

    def ping(self) -> bool:
        return self._container.answers()

    def log(self) -> List[str]:
        return self._log.lines()

    def predict(self, payload: str, seconds: float) -> str:
        return self._container.predict(payload, seconds)

    def describe(self) -> str:
        return "container %s" % self._made.name if self._made else "the container"

    def share(self, fraction: float) -> None:
        if not self.front.is_current():
            raise TaskFailure(OLD_FRONT_CONTAINER)
        self._shares = True
        self.front.canary(self._container.name, self._container.port, fraction, self._version())

    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        return self.front.statistics()

    # -- the switch

    def _moves(self) -> bool:
        """Whether the deployment gets an address at which none of its fronts is published."""
        settings = self.settings
        wanted = (settings.metrics["host"], settings.metrics["port"]) if settings.metrics else None
        return (self.front.published_at(), self.front.metrics_at()) != ((settings.host, settings.port), wanted)

    def _front_to_make(self) -> str:
        return self.names.front(self._candidate.number if self._is_there(self.front.name) else None)

    def _is_there(self, container: str) -> bool:
        return self.docker.inspect("container", container) is not None

    def _is_in_the_way(self) -> bool:
        """Whether the front to be replaced holds the port, which the engine publishes only once."""
        settings, published = self.settings, (self.front.published_at(), self.front.metrics_at())
        wanted = {settings.port} | ({settings.metrics["port"]} if settings.metrics else set())
        return any(address is not None and address[1] in wanted for address in published)

    def open(self) -> None:
        """Starts another front for a new address, beside the old one if the engine allows both."""
        if not self._moves():
            return
        new_front = front_container.FrontContainer(self.docker, self._front_to_make())
        if self._is_in_the_way():
            self.console.line(
                "The front gets other addresses (%s:%d, metrics: %s): for that the old one is stopped"
                % (self.settings.host, self.settings.port, self.settings.metrics or "none")
            )
            self._front_stopped = True
            self._end_gently(self.front.name)
        self._new_front = new_front
        self.make_front(self._new_front.name, self._image, launch.copied_program(self.directory))
        self._new_front.await_answer(self.console)

    def _end_gently(self, container: str) -> None:
        """Stops a container, with a grace period of the longest time that one prediction may take."""
        seconds = self.settings.timeout + 5
        self.docker.run(["stop", "--time", str(seconds), container], timeout=seconds + 60)

    def make_front(self, name: str, built: image.Image, program: str) -> None:
        settings = self.settings
        published = [word for each in front_container.published(settings) for word in ("--publish", each)]
        self.docker.run(
            ["create", "--name", name, "--network", self.names.network, "--restart", settings.restart_policy]
            + published
            + ["--env", "DOLPHINML_DEPLOYMENT=" + self.names.deployment, "--entrypoint", "python"]
            + self._labels(None)
            + [built.name, front_container.ENTRY, "serve"]
        )
        self.docker.run(["cp", program + "/.", "%s:%s" % (name, front_container.PROGRAM)])
        self.docker.run(["start", name])

    def switch(self, about: Record) -> None:
        (self._new_front or self.front).switch(self._container.name, self._container.port, self._version())

    def _version(self) -> str:
        return str(self._candidate.model.version or self._candidate.number)

    def take_over(self, about: Record) -> Record:
        serves_at = self._new_front or self.front
        about.update(
            container=self._container.name, containerPort=self._container.port, image=self._image.name, front=serves_at.name
        )
        return super().take_over(about)

    def discard(self) -> None:
        if self._prepared is None:
            shutil.rmtree(self._files(), ignore_errors=True)
            return
        if self._made is None:
            return
        self._restore_front()
        if self._shares:
            self.front.withdraw(self._container.name)
            self.front.drained(self._container.name, self.settings.timeout + 5)
        self.docker.remove(self._container.name)
        if not self._serving and not parts.of_deployment(self.docker, self.names.deployment):
            self.docker.remove_network(self.names.network)

    def _restore_front(self) -> None:
        if self._new_front is not None:
            self.docker.remove(self._new_front.name)
        if self._front_stopped:
            self.docker.run(["start", self.front.name])
            self.front.await_answer(self.console)
        elif self._serving and self.front.published_at() and self.front.current() != self._serving:
            self.front.switch(self._serving, self._port_of_the_old())

    # -- after the switch

    def retire(self) -> None:
        seconds = self.settings.timeout + 5
        if self._new_front is not None and self._new_front.name != self.front.name:
            self._retire_front(seconds)
        elif self._serving:
            with Heartbeat(self.console, "Waiting for the last requests in container " + self._serving):
                self.front.drained(self._serving, seconds)
        if self._serving:
            with Heartbeat(self.console, "Waiting for the end of container " + self._serving):
                self.docker.run(["stop", "--time", str(SECONDS_TO_STOP), self._serving])
                self.docker.remove(self._serving)
            self.console.line("Container %s ended after its last request" % self._serving)
        if self.settings.prune_images:
            image.prune(self.console, self.settings, self.docker, self._candidate.model)

    def _retire_front(self, seconds: float) -> None:
        """Ends the front of the previous address after its last request."""
        if self.front.published_at() is not None:
            with Heartbeat(self.console, "Waiting for the last requests in container " + self.front.name):
                self.front.switch(self._container.name, self._container.port, self._version())
                if self._serving:
                    self.front.drained(self._serving, seconds)
                self._end_gently(self.front.name)
        self.docker.remove(self.front.name)

    # -- deployments of earlier tasks

    @classmethod
    def serving_state(cls, known: Record, directory: str) -> Tuple[bool, str]:
        engine = docker.connect_docker()
        container = engine.inspect("container", known["container"])
        if container is None or ownership.foreign(container) is not None:
            return False, "its container %s is gone" % known["container"]
        if not container["State"]["Running"]:
            return False, "its container %s is %s%s" % (
                known["container"],
                container["State"]["Status"],
                end_in_words(container["State"]),
            )
        name = first_front(known, parts.Names(known["name"]))
        found = engine.inspect("container", name)
        if found is None or not found["State"]["Running"]:
            return False, "its front container %s does not run" % name
        healthy = (container["State"].get("Health") or {}).get("Status", "unknown")
        return healthy in ("healthy", "starting"), "container %s from image %s, health check: %s" % (
            known["container"],
            known["image"],
            healthy,
        )

    @classmethod
    def counts(cls, known: Record, directory: str) -> Optional[Dict[str, Any]]:
        try:
            return front_container.FrontContainer(
                docker.connect_docker(), first_front(known, parts.Names(known["name"]))
            ).counts()
        except EngineRefused:
            return None

    @classmethod
    def stop(cls, known: Record, directory: str, console: Any) -> None:
        engine = docker.connect_docker()
        names = parts.Names(known["name"])
        for name in parts.of_deployment(engine, names.deployment):
            if ownership.foreign(engine.inspect("container", name) or {}) is None:
                engine.remove(name)
        if not parts.of_deployment(engine, names.deployment):
            engine.remove_network(names.network)
        record.remove_record(directory)
