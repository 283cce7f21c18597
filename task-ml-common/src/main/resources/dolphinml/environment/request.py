# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A task's request: the file that describes its environment, and how to build it."""

import json
import os
from typing import Any, Dict

from dolphinml.environment.faults import EnvironmentFault

REQUIREMENTS = "requirements"
CONDA_FILE = "condaFile"
PACKED = "packed"

_KINDS = (REQUIREMENTS, CONDA_FILE, PACKED)
_BUILDERS = ("auto", "uv", "venv", "conda", "mamba", "micromamba")


class EnvironmentRequest:
    """The checked content of environment.json.

    source        the file, as the node names it        path      its absolute path
    field         its field in the form, for messages   kind      requirements | condaFile | packed
    cache_dir     the operator's directory, or None     limit     bytes, or None
    refresh       whether to rebuild it                builder   auto | uv | venv | conda | mamba | micromamba
    python        the requested version, or None        conda_root  a conda installation, or None
    added         distributions that are added to requirements that lack them
    secrets       values that must not be printed       task      DolphinScheduler's facts about the task
    task_requests  paths of the requests of the programs that need it
    """

    def __init__(self, values: Dict[str, Any]) -> None:
        self.field = values.get("field") or "environment"
        self.source = values["source"]
        self.path = os.path.abspath(os.path.expanduser(self.source))
        self.kind = values["kind"]
        self.cache_dir = values.get("cacheDir") or None
        self.limit = values.get("cacheLimit")
        self.refresh = bool(values.get("refresh"))
        self.builder = values.get("builder") or "auto"
        self.python = values.get("python") or None
        self.conda_root = values.get("condaRoot") or None
        self.added = list(values.get("addIfMissing") or ())
        self.secrets = list(values.get("secrets") or ())
        self.task = values.get("task") or {}
        self.task_requests = list(values.get("taskRequests") or ())
        if self.kind not in _KINDS:
            raise EnvironmentFault("kind: %s is not a kind of environment; use %s" % (self.kind, ", ".join(_KINDS)))
        if self.builder not in _BUILDERS:
            raise EnvironmentFault("environment.builder: %s is not a builder; use %s" % (self.builder, ", ".join(_BUILDERS)))
        self._check_source()

    def _check_source(self) -> None:
        if not os.path.exists(self.path):
            raise EnvironmentFault(
                "%s: there is no file %s (%s); name a resource of the task or an absolute path"
                % (self.field, self.source, self.path)
            )
        if not os.path.isfile(self.path):
            raise EnvironmentFault("%s: %s is not a file; name one that describes an environment" % (self.field, self.source))
        if not os.access(self.path, os.R_OK):
            raise EnvironmentFault("%s: %s cannot be read by this task's user; let the user read it" % (self.field, self.path))


def load_environment_request(path: str) -> EnvironmentRequest:
    """Reads environment.json and removes it: it may contain secrets, and is no longer needed."""
    with open(path, encoding="utf-8") as stream:
        values = json.load(stream)
    os.unlink(path)
    return EnvironmentRequest(values)
