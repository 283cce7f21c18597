# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The documents of a manifest, and the messages about faults in them."""

import json
import os
import re
from typing import Any, Dict, List, Optional

from dolphinml.kubernetes.contracts import Contract
from dolphinml.kubernetes.kubectl import Kubectl, in_namespace, reference
from dolphinml.kubernetes.objects import at, title

# A field's path as the API server writes it, with or without a leading dot.
_PATH = re.compile(r"(?<![\w/-])\.?((?:spec|metadata|data|stringData|rules|subjects|roleRef)(?:[.\[][\w\[\]./\"-]*[\w\]])?)")

_NOISE = re.compile(r"^(error: |Error from server( \(\w+\))?: |error when \w+ \"[^\"]*\": )+")


class Document:
    """One object of the manifest."""

    #: The contract of its kind; set once the node's rules have been applied, before the object is placed.
    contract: Contract

    def __init__(self, described: Dict[str, Any], namespace: Optional[str], folder: str, position: int) -> None:
        self.number = described["number"]
        self.resource = described["object"]
        self._lines = described["lines"]
        self._file = os.path.join(folder, "object-%d.json" % position)
        #: Its target namespace; None if the kubeconfig decides.
        self.namespace = at(self.resource, "metadata", "namespace") or namespace

    @property
    def title(self) -> str:
        return title(self.resource)

    def written(self, resource: Dict[str, Any]) -> str:
        """Writes the object in this form to a file that only the task's user can read; returns its path."""
        with open(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(resource, stream)
        return self._file

    def where(self) -> List[str]:
        """Returns the kubectl arguments that select its namespace."""
        return list(in_namespace(self.namespace))

    def current(self, kubectl: Kubectl) -> Optional[Dict[str, Any]]:
        """Returns the object as it is in the cluster; None if it does not exist."""
        return kubectl.get(reference(self.resource), *self.where())

    def line(self, path: str) -> int:
        """Returns the line of a value, or of the nearest enclosing one."""
        while path and path not in self._lines:
            path = re.sub(r"(\.[^.\[\]]*|\[[^\]]*\])$", "", path) if re.search(r"[.\[]", path) else ""
        return self._lines.get(path, self._lines.get("apiVersion", 1))

    def fault(self, wrong: str, path: str = "") -> str:
        """Returns a sentence about a fault of the document."""
        words = _NOISE.sub("", " ".join(wrong.split()))
        if not path:
            found = _PATH.search(words)
            path = found.group(1) if found else ""
        return "yamlContent: document %d, line %d, %s: %s" % (self.number, self.line(path), self.title, words)
