# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType BENTOML: a BentoML service as a process behind the deployment's front."""

import os
import re
import shutil
import sys
from typing import Any, Dict, List, Optional

from dolphinml.common.program import Task, TaskFailure, workdir
from dolphinml.common.waiting import Heartbeat
from dolphinml.mlflow.deploy.bento import own, store
from dolphinml.mlflow.deploy.bento.bento_service import BentoService
from dolphinml.mlflow.deploy.bento.generated import GeneratedService
from dolphinml.mlflow.deploy.containers import docker
from dolphinml.mlflow.deploy.engines.engine import Candidate
from dolphinml.mlflow.deploy.engines.process import ServerProcess
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.model import files
from dolphinml.mlflow.deploy.relay.generation import PORT_WORD
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import health
from dolphinml.mlflow.deploy.state.record import Record

LOG_LINES_TO_SEARCH = 400
_NOT_STARTED = "Application startup failed. Exiting."


class BentoServer(ServerProcess):
    KIND = "BENTOML"
    # The user's own services answer this path too.
    PING = "/readyz"
    # BentoML's first process restarts its workers forever, even a single one.
    RESTARTS_WORKERS = True

    def __init__(self, task: Task, settings: Settings, directory: str, known: Optional[Record]) -> None:
        super().__init__(task, settings, directory, known)
        self._store = store.BentoStore(directory)
        self._service = self._find_service(task)
        self._users = store.users_home()
        self._tag = ""
        self._built: Optional[str] = None
        self._outputs: Dict[str, str] = {}

    def _find_service(self, task: Task) -> BentoService:
        settings, known = self.settings, self.known
        if not settings.bento_service:
            return GeneratedService(settings)
        if settings.rolls_back and known:
            return own.ServingNow(self.directory, known)
        return own.find_service(settings.bento_service, workdir(task))

    def check(self) -> None:
        store.refuse_unfit_environment()
        self._service.check()
        super().check()

    def same_as(self) -> Dict[str, Any]:
        settings = self.settings
        return dict(
            super().same_as(),
            batchSize=settings.batch_size,
            batchLatency=settings.batch_latency,
            bento=self._service.identity,
            bentoBuild=settings.bento_build,
        )

    # -- the candidate: its folder holds the service and a home; its model is in the store

    def prepare(self, candidate: Candidate) -> None:
        self._tag = store.bento_model_tag(candidate.model.name, candidate.model.version, files.identity(candidate.files))
        folder = candidate.files + ".part"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            self._store.make_home(os.path.join(folder, "home"))
            self._import(candidate.files, folder)
            with Heartbeat(self.console, "Preparing the BentoML service"):
                self._service.populate(_service(folder), self._tag, candidate.files, self._store)
            shutil.rmtree(candidate.files)
            os.rename(folder, candidate.files)
        except store.BentoFailed as failure:
            raise _failure("mlflow.bento: the Bento cannot be copied from the store of the task's user", failure)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _import(self, model_files: str, folder: str) -> None:
        if self._store.has_model(self._tag):
            self.console.line("Model %s is in the deployment's model store already" % self._tag)
            return
        try:
            with Heartbeat(self.console, "Importing the model into the deployment's model store"):
                self._store.import_model(self._tag, model_files, folder)
        except TaskFailure:
            raise
        except Exception as error:  # BentoML's own exceptions, and OSError
            raise TaskFailure("deployModelKey: BentoML cannot import the model: %s: %s" % (type(error).__name__, error))
        self.console.line("Imported model %s into the deployment's model store" % self._tag)

    def _home(self) -> store.Home:
        return store.Home(os.path.join(self._files, "home"))

    def argv(self, candidate: Candidate) -> List[str]:
        return [
            sys.executable,
            "-m",
            "bentoml",
            "serve",
            self._service.target,
            "--working-dir",
            _service(candidate.files),
            "--host",
            "127.0.0.1",
            "--port",
            PORT_WORD,
        ]

    def environment(self) -> Dict[str, str]:
        return dict(super().environment(), DOLPHINML_MODEL=self._tag, **self._home().variables)

    def failure(self) -> Optional[str]:
        said = super().failure()
        if said is None and any(_NOT_STARTED in line for line in health.last_lines(self._log_path, LOG_LINES_TO_SEARCH)):
            return "could not start its service"
        return said

    def predict(self, payload: str, seconds: float) -> str:
        try:
            return super().predict(payload, seconds)
        except health.PredictionFailed as failure:
            if self.settings.bento_service and "%s" % failure == "HTTP 404: Not Found":
                raise health.PredictionFailed(
                    "the service of mlflow.bento has no POST /invocations; give it that route, or set"
                    " mlflow.checkPrediction=false"
                )
            raise

    def remedy(self, package: str) -> str:
        return "install '%s' in %s" % (package, sys.prefix)

    def describe(self) -> str:
        return "the BentoML server"

    # -- the switch

    def open(self) -> None:
        if self.settings.bento_build:
            self._build_bento()

    def _build_bento(self) -> None:
        """Builds a Bento of the candidate in the store of the task's user."""
        if self._service.bento:
            self._outputs["mlflow.bento_tag"] = self._service.bento
        else:
            home, project = self._home(), _service(self._files)
            try:
                with Heartbeat(self.console, "Building a Bento"):
                    printed = home.run(["build", "--output", "tag", "."], cwd=project)
                    built = re.findall(r"__tag__:(\S+)", printed)[0]
                    store.copy_bento(built, home, self._users, self._files)
            except store.BentoFailed as failure:
                raise _failure("mlflow.bentoBuild: the Bento cannot be built", failure)
            self._store.remove_bento(built)
            self._built = self._outputs["mlflow.bento_tag"] = built
            self.console.line("Built Bento %s in %s" % (built, self._users.path))
        self._containerize(self._outputs["mlflow.bento_tag"])

    def _containerize(self, bento_tag: str) -> None:
        try:
            docker.connect_docker()
        except (EngineRefused, TaskFailure) as refusal:
            self.console.line("No container image of the Bento: %s" % refusal)
            return
        try:
            with Heartbeat(self.console, "Building a container image of the Bento"):
                # BentoML reads a Bento's own Dockerfile template only below the directory that it runs in.
                self._users.run(["containerize", bento_tag] + self.settings.build_options, cwd="/")
        except store.BentoFailed as failure:
            for line in str(failure).split("\n"):
                self.console.line("  | " + line)
            self.console.line("WARNING The Bento is built, but BentoML could not make a container image of it")
            return
        self._outputs["mlflow.bento_image"] = bento_tag
        self.console.line("Built container image %s" % bento_tag)

    def take_over(self, about: Record) -> Record:
        return super().take_over(
            dict(
                about,
                bentoModel=self._tag,
                bentoTarget=self._service.target,
                bentoTag=self._service.bento,
                bentoOutputs=self._outputs,
            )
        )

    def discard(self) -> None:
        super().discard()
        if self._built is not None:
            try:
                self._users.run(["delete", "--yes", self._built])
            except store.BentoFailed as failure:
                raise EngineRefused("Bento %s stays in %s: %s" % (self._built, self._users.path, failure))

    def retire(self) -> None:
        super().retire()
        bento = self._service.bento
        self._store.keep("bentos", {bento})
        # Keep what a roll-back would serve again.
        served = self._store.models_of(bento) if bento else set()
        self._store.keep("models", served | {self._tag, (self.known or {}).get("bentoModel")})

    @classmethod
    def stop(cls, known: Record, directory: str, console: Any) -> None:
        super().stop(known, directory, console)
        store.BentoStore.remove(directory)


def _service(folder: str) -> str:
    return os.path.join(folder, own.SERVICE)


def _failure(summary: str, failure: store.BentoFailed) -> TaskFailure:
    lines = str(failure).split("\n")
    summary = "%s: %s" % (summary, lines[-1])
    return TaskFailure(summary, ["BentoML's last lines:"] + ["  | " + line for line in lines] + [summary])
