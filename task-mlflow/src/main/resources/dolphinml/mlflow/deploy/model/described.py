# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Models that the platform downloads itself: the worker fetches only the files that describe them."""

import os
from typing import Dict, Optional

from dolphinml.common.program import Task, TaskFailure
from dolphinml.common.waiting import Heartbeat
from dolphinml.mlflow.deploy.model import files, inference, location
from dolphinml.mlflow.deploy.model.resolve import FixedModel
from dolphinml.mlflow.deploy.model.source import RegisteredModel
from dolphinml.mlflow.deploy.request.settings import Settings

DESCRIPTION = ("MLmodel", "requirements.txt", "python_env.yaml")


class DescribedModel(RegisteredModel):
    """The model of one node whose files the platform downloads itself."""

    def __init__(self, task: Task, requested: str, tracking_uri: str, storage_map: Dict[str, str]) -> None:
        super().__init__(task, requested, tracking_uri)
        self._console = task.console
        self._storage_map = storage_map

    @classmethod
    def of_node(cls, task: Task, settings: Settings) -> "DescribedModel":
        return cls(task, settings.model, settings.tracking_uri, settings.storage_map)

    def fetch(self, model: FixedModel, target: str) -> None:
        """Fetches the files that describe the model into the new directory `target`, and sets `model.address`."""
        with Heartbeat(self._console, "Waiting for the model's location"):
            stored = location.address_of_model(model, self.client)
        model.address = location.address_for_cluster(stored, self._storage_map)
        os.makedirs(target)
        with Heartbeat(self._console, "Fetching the model's description"):
            files.fetch_named_files(stored, DESCRIPTION, target)
            if not os.path.isfile(os.path.join(target, "MLmodel")):
                raise TaskFailure(
                    "deployModelKey: '%s' is not a model: it has no file 'MLmodel'; use the URI of a logged model" % model.uri
                )
            files.fetch_named_files(stored, files.names_of_example(target), target)

    def example(self, target: str) -> Optional[str]:
        """Returns the input example as a request of the Open Inference Protocol, or None if the model has none that fits."""
        payload = super().example(target)
        if payload is None:
            return None
        try:
            return inference.request_of(payload, files.signature(target))
        except inference.NotExpressible as reason:
            self._console.line("The model's input example is not used: %s" % reason)
            return None
