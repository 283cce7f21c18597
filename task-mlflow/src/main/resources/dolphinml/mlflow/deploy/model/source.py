# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The source of the models that MLflow's own servers serve: the registry of the node's tracking server, or a directory."""

import os
import re
import sys
from typing import Any, Dict, Optional

from dolphinml.common.program import Task, TaskFailure, workdir
from dolphinml.common.waiting import Heartbeat
from dolphinml.mlflow.deploy.model import files, resolve
from dolphinml.mlflow.deploy.model.resolve import FixedModel, Registry
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.tracking import reachability
from dolphinml.mlflow.tracking.tracking_client import connect_to_tracking_server
from dolphinml.mlflow.tracking.tracking_server import TrackingServer

OLDEST_MLFLOW = (2, 3)


class RegisteredModel:
    """The model of one node. `server` is the TrackingServer that knows it."""

    def __init__(self, task: Task, requested: str, tracking_uri: str) -> None:
        self._task = task
        self._requested = requested
        self.server = TrackingServer(tracking_uri)
        #: MLflow's client for that server, set by `resolve`.
        self.client: Any = None

    @classmethod
    def of_node(cls, task: Task, settings: Settings) -> "RegisteredModel":
        return cls(task, settings.model, settings.tracking_uri)

    def resolve(self) -> FixedModel:
        """Returns the FixedModel that the node's URI refers to now; raises TaskFailure, within seconds if the server is needed
        but unreachable."""
        registry = self._registry()
        with Heartbeat(self._task.console, "Waiting for the model registry"):
            return resolve.resolve(self._requested, registry, workdir(self._task))

    def _registry(self) -> Registry:
        self._task.secrets.add(self.server.secrets)
        needed = resolve.is_of_the_server(self._requested)
        found = reachability.probe(self.server) if needed else reachability.Probe()
        if found.fault:
            raise TaskFailure(found.fault)
        # If the server goes down later, fail within seconds instead of after MLflow's default retries, which take minutes.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        self.client = connect_to_tracking_server(self.server, found, self._task.console)
        _refuse_old_mlflow()
        return Registry(self.client, self.server.shown)

    def fetch(self, model: FixedModel, target: str) -> None:
        """Fetches the model's files into the new directory `target`."""
        with Heartbeat(self._task.console, "Fetching the model's files"):
            files.fetch_model_files(model, target)

    def about(self, model: FixedModel, target: str) -> Dict[str, Any]:
        """Returns the record's entry for the model whose files are in `target`."""
        return {
            "asked": model.requested,
            "uri": model.uri,
            "name": model.name,
            "version": model.version,
            "identity": files.identity(target),
            "flavors": files.flavors(target),
        }

    def example(self, target: str) -> Optional[str]:
        """Returns the input example as a request body, or None."""
        return files.example(target)

    def is_same(self, model: FixedModel, known: Dict[str, Any]) -> bool:
        """Whether the recorded deployment serves exactly this model."""
        if os.path.isdir(model.uri):
            return known["model"].get("identity") == files.identity(model.uri)
        same_registry = known.get("registry") == self.shown
        return resolve.is_of_the_server(model.uri) and same_registry and known["model"]["uri"] == model.uri

    @property
    def shown(self) -> str:
        """The address of the registry without credentials, for logs and records."""
        return self.server.shown if self.server.uri else ""


def _refuse_old_mlflow() -> None:
    """Refuses MLflow clients that call an endpoint that MLflow 3 has removed: they take its answer for an empty registry."""
    import mlflow

    found = re.match(r"(\d+)\.(\d+)", mlflow.__version__)
    if found and (int(found.group(1)), int(found.group(2))) < OLDEST_MLFLOW:
        raise TaskFailure(
            "mlflow.environment: MLflow %s in %s is too old to deploy models; install mlflow %d.%d or newer there, best the"
            " version of the tracking server" % ((mlflow.__version__, sys.prefix) + OLDEST_MLFLOW)
        )
