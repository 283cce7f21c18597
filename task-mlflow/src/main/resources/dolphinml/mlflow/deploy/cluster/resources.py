# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""CPU and memory limits as Kubernetes quantities."""

from typing import Dict

from dolphinml.mlflow.deploy.request.settings import Settings


def limits(settings: Settings) -> Dict[str, Dict[str, str]]:
    """Returns the `resources` of a container, with requests equal to the limits; {} if the node sets no limits."""
    found = {}
    if settings.cpu_limit is not None:
        found["cpu"] = "%dm" % round(1000 * settings.cpu_limit)
    if settings.memory_limit is not None:
        found["memory"] = "%d" % settings.memory_limit
    return {"requests": found, "limits": dict(found)} if found else {}
