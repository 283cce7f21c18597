# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Whose the containers of a deployment are: an engine serves all users of a machine, and knows none of them.

Names are by deployment and records by user, so each container says in a label which user's it is. One without it was made
by an earlier version or by a compose file of the node's own; it is this user's if the deployment has a record here, or if
Compose made it from the deployment's directory.
"""

import os
from typing import Any, Dict, Iterable, Optional

from dolphinml.common import user
from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.containers import image
from dolphinml.mlflow.deploy.containers.docker import Docker

LABEL_COMPOSE = "com.docker.compose.project"


def owner_labels() -> Dict[str, str]:
    """What says that a container is this user's."""
    return {image.LABEL_USER: str(os.geteuid())}


def foreign(container: Dict[str, Any]) -> Optional[str]:
    """The name of the other user whose this container is, as the engine reports it; None when it names no other."""
    number = _labels_of_container(container).get(image.LABEL_USER)
    if number is None or number == str(os.geteuid()):
        return None
    try:
        return user.name_of(int(number))
    except (ValueError, OverflowError):
        return number


def _labels_of_container(container: Dict[str, Any]) -> Dict[str, str]:
    return (container.get("Config") or {}).get("Labels") or {}


def refuse_foreign(
    docker: Docker, containers: Iterable[str], deployment: str, directory: str, known: Optional[Dict[str, Any]]
) -> None:
    """Refuses to deploy under a name that another user's containers have on this engine."""
    for name in sorted(containers):
        container = docker.inspect("container", name)
        if container is None:
            continue
        other = foreign(container)
        if other is not None:
            raise TaskFailure(
                "mlflow.deploymentName: '%s' is a deployment of user '%s' on this engine (container '%s'); take another "
                "name and port, or let that user stop it" % (deployment, other, name)
            )
        if known is None and not _is_known_by_itself(container, directory):
            raise TaskFailure(
                "mlflow.deploymentName: container '%s' is of a deployment '%s' that user '%s' has no record of; take "
                "another name and port, or remove that container if it is yours" % (name, deployment, user.name())
            )


def _is_known_by_itself(container: Dict[str, Any], directory: str) -> bool:
    made_in = _labels_of_container(container).get(LABEL_COMPOSE + ".working_dir")
    return image.LABEL_USER in _labels_of_container(container) or (
        made_in is not None and os.path.realpath(made_in) == os.path.realpath(directory)
    )
