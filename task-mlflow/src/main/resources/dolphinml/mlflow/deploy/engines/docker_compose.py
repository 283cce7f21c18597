# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType DOCKER COMPOSE: the same containers as with DOCKER, described by a compose file in the deployment's directory."""

import contextlib
import os
import shutil
from typing import Any, Optional

from dolphinml.common.program import Task
from dolphinml.mlflow.deploy.containers import composing, docker, front_container, image, parts
from dolphinml.mlflow.deploy.containers.composing import Services
from dolphinml.mlflow.deploy.containers.model_server import health_command
from dolphinml.mlflow.deploy.engines.docker_run import DockerRun
from dolphinml.mlflow.deploy.engines.engine import Candidate
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state.record import Record

FILE_NAME = "docker-compose.yml"
NEXT_FILE_NAME = "docker-compose.next.yml"
# The folders that a front reads, and that it writes.
PROGRAM_FOLDER, STATE_FOLDER = "front-program", "front"


class DockerCompose(DockerRun):
    """The compose file lists the front and the serving container. A candidate is in a second file, which replaces the first
    one when the candidate has taken over."""

    KIND = "DOCKER COMPOSE"

    def __init__(
        self, task: Task, settings: Settings, directory: str, known: Optional[Record], engine: Optional[docker.Docker] = None
    ) -> None:
        super().__init__(task, settings, directory, known, engine)
        self._command = docker.compose_command()
        self._model: Services = {}
        self._fronts: Services = {}

    def make_model(self, candidate: Candidate, built: image.Image) -> None:
        settings, service = self.settings, "model-%d" % candidate.number
        self._model = {
            service: {
                "container_name": self.names.model(candidate.number),
                "image": built.name,
                "restart": settings.restart_policy,
                "cpus": settings.cpu_limit,
                "mem_limit": settings.memory_limit,
                "labels": parts.part_labels(settings, self.names.deployment, candidate.model),
                "environment": built.environment(settings),
                "healthcheck": {
                    "test": ["CMD-SHELL", health_command(built.port)],
                    "interval": "10s",
                    "timeout": "10s",
                    "retries": 3,
                    "start_period": "%ds" % settings.start_timeout,
                },
            }
        }
        found = self.docker.inspect("container", self.front.name)
        if found is not None:
            self._fronts = self._front_service(self.front.name, found["Config"]["Image"])
        self._up(service)

    def make_front(self, name: str, built: image.Image, program: str) -> None:
        os.makedirs(self._folder(STATE_FOLDER, name), exist_ok=True)
        # A copy for the lifetime of this front, because each task rewrites the program's files.
        own = self._folder(PROGRAM_FOLDER, name)
        shutil.rmtree(own, ignore_errors=True)
        shutil.copytree(program, own)
        self._fronts = self._front_service(name, built.name)
        self._up(next(iter(self._fronts)))

    def _folder(self, kind: str, front_name: str) -> str:
        return os.path.join(self.directory, kind + parts.front_suffix(front_name))

    def _front_service(self, name: str, image_name: str) -> Services:
        settings = self.settings
        return {
            "front" + parts.front_suffix(name).replace(".", "-"): {
                "container_name": name,
                "image": image_name,
                "restart": settings.restart_policy,
                "ports": front_container.published(settings),
                "entrypoint": ["python"],
                "command": [front_container.ENTRY, "serve"],
                "volumes": [
                    "%s:%s:ro" % (self._folder(PROGRAM_FOLDER, name), front_container.PROGRAM),
                    "%s:%s" % (self._folder(STATE_FOLDER, name), front_container.STATE),
                ],
                "labels": parts.part_labels(settings, self.names.deployment, None),
                "environment": {"DOLPHINML_DEPLOYMENT": self.names.deployment, "DOLPHINML_STATE": front_container.STATE},
            }
        }

    def _up(self, service: str) -> None:
        services = dict(self._fronts, **self._model)
        with open(os.path.join(self.directory, NEXT_FILE_NAME), "w", encoding="utf-8") as stream:
            stream.write(composing.document(services, self.names.network))
        files = ["--project-name", composing.project(self.names.deployment), "--file", NEXT_FILE_NAME]
        composing.run_compose(self._command, self.directory, files, ["up", "--detach", "--no-deps", "--no-recreate", service])

    def switch(self, about: Record) -> None:
        super().switch(about)
        os.replace(os.path.join(self.directory, NEXT_FILE_NAME), os.path.join(self.directory, FILE_NAME))

    def retire(self) -> None:
        super().retire()
        if self._new_front is not None:
            _remove_folders(
                self.directory,
                self._folder(STATE_FOLDER, self._new_front.name),
                self._folder(PROGRAM_FOLDER, self._new_front.name),
            )

    @classmethod
    def stop(cls, known: Record, directory: str, console: Any) -> None:
        super().stop(known, directory, console)
        for name in (FILE_NAME, NEXT_FILE_NAME):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(directory, name))
        _remove_folders(directory)


def _remove_folders(directory: str, *kept: str) -> None:
    """Removes the folders of fronts that no longer exist."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        kind = name.partition(".")[0]
        if kind in (STATE_FOLDER, PROGRAM_FOLDER) and os.path.isdir(path) and path not in kept:
            shutil.rmtree(path, ignore_errors=True)
