# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The record of a deployment in a ConfigMap beside it, because the next task may run on another worker.

record      the deployment that serves, as in record.json
manifest    the manifest that was applied for it
candidate   the start that a task is trying and which task that is; only while it runs
"""

import json
import os
from typing import Any, Dict, Optional

from dolphinml.kubernetes.kubectl import Refused
from dolphinml.mlflow.deploy.cluster.access import Access
from dolphinml.mlflow.deploy.faults import EngineRefused

FIELD_MANAGER = "--field-manager=dolphinml"
MANAGED_BY = {"app.kubernetes.io/managed-by": "dolphinscheduler"}


def write_file(folder: str, name: str, value: Any) -> str:
    """Writes a JSON file for kubectl that only this user can read; returns its path."""
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(value, stream)
    return path


class Memory:
    """The ConfigMap with the record of one deployment."""

    def __init__(self, access: Access, deployment: str) -> None:
        self.name = "dolphinml-deployment-" + deployment
        self._access = access
        self._version: Optional[str] = None
        self._known: Dict[str, Any] = {}

    def read(self) -> Dict[str, Any]:
        """Returns {"record", "manifest", "candidate"}, without the keys that do not exist."""
        found = self._access.kubectl.get("configmap", self.name, *self._access.where())
        self._version = found["metadata"]["resourceVersion"] if found else None
        self._known = {}
        for key, text in ((found or {}).get("data") or {}).items():
            try:
                self._known[key] = json.loads(text)
            except ValueError:
                continue  # edited by hand: treated as missing
        return dict(self._known)

    def write(self, folder: str, **changes: Optional[Dict[str, Any]]) -> None:
        """Changes these keys; None removes a key. Raises EngineRefused if another task has changed the ConfigMap since `read`."""
        wanted = {key: value for key, value in dict(self._known, **changes).items() if value is not None}
        metadata = {"name": self.name, "namespace": self._access.namespace, "labels": MANAGED_BY}
        if self._version:
            metadata["resourceVersion"] = self._version
        described = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {key: json.dumps(value, sort_keys=True) for key, value in wanted.items()},
        }
        path = write_file(folder, "memory.json", described)
        verb = "replace" if self._version else "create"
        try:
            placed = self._access.kubectl.query(
                verb, FIELD_MANAGER, "--filename", path, "--output", "json", *self._access.where()
            ).object()
        except Refused as refused:
            if refused.reason not in ("Conflict", "AlreadyExists", "NotFound"):
                raise
            # A retry after a lost answer fails the same way, although the first request succeeded.
            if self.read() != wanted:
                raise EngineRefused("another task has changed this deployment in the meantime")
            return
        finally:
            os.unlink(path)
        self._version, self._known = placed["metadata"]["resourceVersion"], wanted

    def remove(self) -> None:
        self._access.kubectl.query("delete", "configmap", self.name, "--ignore-not-found", *self._access.where())
        self._version, self._known = None, {}
