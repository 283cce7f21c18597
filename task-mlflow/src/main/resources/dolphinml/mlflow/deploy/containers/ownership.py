# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Which user owns the containers of a deployment: all users of a machine share one engine, which does not record users.

Container names depend on the deployment only, while records are per user, so each container has a label with its user. A
container without the label was created by an earlier version or by the node's own compose file; it belongs to this user if
the deployment has a record here, or if Compose created it from the deployment's directory.
"""

import os
from typing import Any, Dict, Iterable, Optional

from dolphinml.common import user
from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.containers import image
from dolphinml.mlflow.deploy.containers.docker import Docker

LABEL_COMPOSE = "com.docker.compose.project"


def owner_labels() -> Dict[str, str]:
    """Returns the labels that mark a container as this user's."""
    return {image.LABEL_USER: str(os.geteuid())}


def foreign(container: Dict[str, Any]) -> Optional[str]:
    """Returns the name of the other user who owns this container, by its label; None if the label is missing or names this
    user. `container` is the engine's description of it."""
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
    """Raises TaskFailure if one of the existing containers belongs to another user, or its owner is unknown."""
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
