# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The names and labels of one deployment's containers and network, and checks against names and ports of others."""

import re
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.containers import image, ownership
from dolphinml.mlflow.deploy.containers.docker import Docker
from dolphinml.mlflow.deploy.model.resolve import FixedModel
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import ports

LABEL_DEPLOYMENT = image.LABEL + "deployment"
LABEL_MODEL = image.LABEL + "model"
LABEL_VERSION = image.LABEL + "version"

# The ports on which a front listens inside its container.
FRONT_PORT, METRICS_PORT = 8080, 8081


class Names:
    """The names of a deployment's network and containers."""

    def __init__(self, deployment_name: str) -> None:
        self.deployment = deployment_name
        self.network = "dolphinml-" + deployment_name

    def model(self, number: int) -> str:
        return "dolphinml-%s-%d" % (self.deployment, number)

    def front(self, number: Optional[int] = None) -> str:
        """Returns the name of the front that start `number` created; None means the first front, which records may leave out."""
        # No model container of another deployment has a name that ends like this.
        return "dolphinml-%s-front" % self.deployment if number is None else ("dolphinml-%s.front.%d" % (self.deployment, number))


def front_suffix(name: str) -> str:
    """Returns the suffix of a front's files, which keeps those of several fronts apart; "" for the first front."""
    found = re.search(r"\.front(\.\d+)$", name)
    return found.group(1) if found else ""


def part_labels(settings: Settings, deployment_name: str, model: Optional[FixedModel]) -> Dict[str, str]:
    """Returns the labels of one part of the deployment; `model` is None for parts other than a model's container."""
    merged = dict(settings.labels, **ownership.owner_labels())
    merged[LABEL_DEPLOYMENT] = deployment_name
    if model is not None:
        merged.update({LABEL_MODEL: model.name, LABEL_VERSION: model.version})
    return merged


def of_deployment(docker: Docker, deployment_name: str) -> List[str]:
    """Returns the names of the containers with the deployment's label."""
    return docker.containers(["label=%s=%s" % (LABEL_DEPLOYMENT, deployment_name)])


def refuse_foreign_deployment(
    docker: Docker, deployment_name: str, project: str, directory: str, known: Optional[Dict[str, Any]]
) -> None:
    """Raises TaskFailure if another user of this engine has a deployment of this name."""
    parts = {Names(deployment_name).front()}
    parts.update(of_deployment(docker, deployment_name))
    parts.update(docker.containers(["label=%s=%s" % (ownership.LABEL_COMPOSE, project)]))
    ownership.refuse_foreign(docker, parts, deployment_name, directory, known)


def refuse_foreign_port(settings: Settings, docker: Docker, front: str) -> None:
    """Raises TaskFailure unless the port is free or published by this deployment's own front."""
    others = [name for name in docker.containers(["publish=%d" % settings.port]) if name != front]
    if others:
        raise TaskFailure(
            "deployPort: %d is published by container '%s', which is not of deployment '%s'; remove that container or "
            "take another port" % (settings.port, others[0], settings.name)
        )
    published = published_at(docker, front, FRONT_PORT)
    if published is not None and published[1] == settings.port:
        return
    holder = ports.holder(settings.port)
    if holder is not None:
        raise TaskFailure("deployPort: %d is held by %s; end that process or take another port" % (settings.port, holder))


def published_at(docker: Docker, container: str, inside: int) -> Optional[Tuple[str, int]]:
    """Returns (host, port) on this machine where the container's port is published; None if it is not, or the container is not
    running."""
    known = docker.inspect("container", container)
    if known is None or not known["State"]["Running"]:
        return None
    for binding in (known["HostConfig"].get("PortBindings") or {}).get("%d/tcp" % inside) or ():
        return binding.get("HostIp") or "0.0.0.0", int(binding["HostPort"])
    return None
