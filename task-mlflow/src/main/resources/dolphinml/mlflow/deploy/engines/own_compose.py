# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType DOCKER COMPOSE with the user's own compose file (`mlflow.composeFile`).

The file gets the image and the node's settings from variables (DOLPHINML_IMAGE, DOLPHINML_CONTAINER_PORT, DOLPHINML_HOST,
DOLPHINML_PORT, DOLPHINML_CPUS, DOLPHINML_MEMORY, DOLPHINML_DEPLOYMENT). The file defines how the service is replaced,
so requests may be lost meanwhile; if the new service is not healthy, the previous file is applied again.
"""

import contextlib
import hashlib
import os
import shutil
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.common.program import Task, TaskFailure, workdir
from dolphinml.common.waiting import WaitingLog
from dolphinml.mlflow.deploy.containers import composing, docker, image, parts
from dolphinml.mlflow.deploy.engines.engine import Candidate, Engine, UndoCommands
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import endpoint, health
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.state.record import Record

FILE_NAME, VARIABLES_NAME = "own-compose.yml", "own-compose.env"
NEXT = "next-"
UP = ["up", "--detach", "--remove-orphans"]
DOWN = ["down"]
SECONDS_FOR_THE_FORMER = 600


def _compose_options(directory: str, project: str, prefix: str = "") -> List[str]:
    return [
        "--project-name",
        project,
        "--project-directory",
        directory,
        "--env-file",
        os.path.join(directory, prefix + VARIABLES_NAME),
        "--file",
        os.path.join(directory, prefix + FILE_NAME),
    ]


class OwnComposeFile(Engine):
    KIND = "DOCKER COMPOSE with mlflow.composeFile"
    LOOKS = docker.LOOKS
    _image: image.Image

    def __init__(self, task: Task, settings: Settings, directory: str, known: Optional[Record]) -> None:
        super().__init__(task, settings, directory, known)
        self._docker = docker.connect_docker()
        self._command = docker.compose_command()
        self._project = composing.project_of(known) if known else composing.project(settings.name)
        self._text = _own_text(task, settings)
        self._url = endpoint.on_this_machine(settings.host, settings.port)
        self._started = False
        self._printed = 0

    # -- before anything is started

    def check(self) -> None:
        parts.refuse_foreign_deployment(self._docker, self.settings.name, self._project, self.directory, self.known)

    def same_as(self) -> Dict[str, Any]:
        return dict(
            self.settings.of_containers(),
            composeFile=hashlib.sha256(self._text.encode("utf-8")).hexdigest(),
        )

    def answers(self) -> bool:
        known = given(self.known)
        return health.answers(endpoint.on_this_machine(known["host"], known["port"]))

    def files_of(self, number: int) -> str:
        return self._model_files()

    def _model_files(self) -> str:
        return os.path.join(self.directory, "model")

    def prepare(self, candidate: Candidate) -> None:
        try:
            self._image = image.for_model(
                self.console, self.settings, self._docker, candidate.model, candidate.files, self.directory
            )
        finally:
            shutil.rmtree(candidate.files, ignore_errors=True)
        self._write()
        self.console.line("The compose file is the node's own: it decides whether requests are lost while it is replaced")

    def _write(self) -> None:
        settings = self.settings
        variables = {
            "DOLPHINML_IMAGE": self._image.name,
            "DOLPHINML_CONTAINER_PORT": self._image.port,
            "DOLPHINML_HOST": settings.host,
            "DOLPHINML_PORT": settings.port,
            "DOLPHINML_DEPLOYMENT": settings.name,
            "DOLPHINML_CPUS": settings.cpu_limit if settings.cpu_limit is not None else 0,
            "DOLPHINML_MEMORY": settings.memory_limit if settings.memory_limit is not None else 0,
        }
        with open(os.path.join(self.directory, NEXT + FILE_NAME), "w", encoding="utf-8") as stream:
            stream.write(self._text)
        with open(os.path.join(self.directory, NEXT + VARIABLES_NAME), "w", encoding="utf-8") as stream:
            stream.write("".join("%s=%s\n" % pair for pair in sorted(variables.items())))

    def _former(self) -> Tuple[List[str], List[str]]:
        """Returns Compose's options and arguments that restore the previous service."""
        if self.known is not None and os.path.exists(os.path.join(self.directory, FILE_NAME)):
            return _compose_options(self.directory, self._project), UP
        return _compose_options(self.directory, self._project, NEXT), DOWN

    def undo(self) -> UndoCommands:
        files, words = self._former()
        return (), [self._command + files + words]

    # -- the candidate, which replaces the running service

    def start(self, candidate: Candidate) -> None:
        self._started = True
        try:
            self._compose(UP)
        except EngineRefused as refusal:
            raise TaskFailure("mlflow.composeFile: %s; it is '%s'" % (refusal, self.settings.compose_file))

    def _compose(self, words: List[str]) -> str:
        return composing.run_compose(self._command, self.directory, _compose_options(self.directory, self._project, NEXT), words)

    def failure(self) -> Optional[str]:
        return None if self._compose(["ps", "-q"]) else "has no containers"

    def ping(self) -> bool:
        return health.answers(self._url)

    def log(self) -> List[str]:
        lines = self._compose(["logs", "--no-color"]).split("\n")
        new, self._printed = lines[self._printed :], len(lines)
        return new

    def predict(self, payload: str, seconds: float) -> str:
        return health.predict(self._url, "/invocations", payload, seconds)

    def describe(self) -> str:
        return "the service of the node's compose file"

    # -- the switch, which `up` has already made

    def take_over(self, about: Record) -> Record:
        about.update(composeFile=self.settings.compose_file, composeProject=self._project, image=self._image.name)
        return super().take_over(about)

    def switch(self, about: Record) -> None:
        for name in (FILE_NAME, VARIABLES_NAME):
            os.replace(os.path.join(self.directory, NEXT + name), os.path.join(self.directory, name))

    def discard(self) -> None:
        shutil.rmtree(self._model_files(), ignore_errors=True)
        if not self._started:
            return
        files, words = self._former()
        composing.run_compose(self._command, self.directory, files, words)
        if words == UP:
            self._await_the_former()

    def _await_the_former(self) -> None:
        known = given(self.known)
        url = endpoint.on_this_machine(known["host"], known["port"])
        waiting = WaitingLog(self.console, "Waiting for the previous service at " + url)
        while not health.answers(url):
            if waiting.seconds > max(self.settings.start_timeout, SECONDS_FOR_THE_FORMER):
                raise EngineRefused("the previous service does not answer GET /ping at %s" % url)
            waiting.report()
            waiting.pause()

    # -- deployments of earlier tasks

    @classmethod
    def serving_state(cls, known: Record, directory: str) -> Tuple[bool, str]:
        url = endpoint.on_this_machine(known["host"], known["port"])
        if health.answers(url):
            return True, "answers at " + url
        return False, "does not answer GET /ping at " + url

    @classmethod
    def stop(cls, known: Record, directory: str, console: Any) -> None:
        composing.run_compose(docker.compose_command(), directory, _compose_options(directory, composing.project_of(known)), DOWN)
        for name in (FILE_NAME, VARIABLES_NAME, NEXT + FILE_NAME, NEXT + VARIABLES_NAME):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(directory, name))
        record.remove_record(directory)


def _own_text(task: Task, settings: Settings) -> str:
    path = os.path.join(workdir(task), given(settings.compose_file))
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFailure(
            "mlflow.composeFile: '%s' cannot be read: %s; a resource of the node, by its path in the task's directory"
            % (settings.compose_file, error)
        )
