# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a deployment, kept in a ConfigMap beside it, for the next task may run on another worker.

record      the deployment that serves, as in record.json
manifest    what was applied for it
candidate   the start that a task is trying, and by whom; only while it does
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
    """Writes JSON for kubectl, readable by this user only; returns the path."""
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(value, stream)
    return path


class Memory:
    """The ConfigMap of one deployment."""

    def __init__(self, access: Access, deployment: str) -> None:
        self.name = "dolphinml-deployment-" + deployment
        self._access = access
        self._version: Optional[str] = None
        self._known: Dict[str, Any] = {}

    def read(self) -> Dict[str, Any]:
        """{"record", "manifest", "candidate"}, as far as they are there."""
        found = self._access.kubectl.get("configmap", self.name, *self._access.where())
        self._version = found["metadata"]["resourceVersion"] if found else None
        self._known = {}
        for key, text in ((found or {}).get("data") or {}).items():
            try:
                self._known[key] = json.loads(text)
            except ValueError:
                continue  # changed by hand: as good as not there
        return dict(self._known)

    def write(self, folder: str, **changes: Optional[Dict[str, Any]]) -> None:
        """Changes what is known, where nobody has changed it since it was read; None removes a key."""
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
            # An answer that was lost, and then asked for again, looks the same.
            if self.read() != wanted:
                raise EngineRefused("another task has changed this deployment in the meantime")
            return
        finally:
            os.unlink(path)
        self._version, self._known = placed["metadata"]["resourceVersion"], wanted

    def remove(self) -> None:
        self._access.kubectl.query("delete", "configmap", self.name, "--ignore-not-found", *self._access.where())
        self._version, self._known = None, {}
