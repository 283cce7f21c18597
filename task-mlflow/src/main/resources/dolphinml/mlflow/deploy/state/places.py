# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Where the deployments of one user on one machine are recorded.

Below the operator's directory each user has a directory of its own, and in it each machine: homes and the operator's
directory may be shared by several workers, while processes, ports and containers are those of one machine.
"""

import os
import socket
import stat
from typing import Optional

from dolphinml.common import user
from dolphinml.common.program import TaskFailure


def of_user(own: str) -> str:
    """The directory of this machine in a user's own."""
    return os.path.join(own, socket.gethostname().partition(".")[0])


def of_home(home: str) -> str:
    """Where a user with this home has deployments while the operator names no directory."""
    return of_user(os.path.join(home, ".local", "state", "dolphinml", "deployments"))


def state_directory(operators: Optional[str] = None) -> str:
    """The directory of this user's deployments on this machine; not made yet."""
    if operators:
        return of_user(os.path.join(os.path.abspath(operators), user.name()))
    home = user.home()
    if not os.path.isdir(home):
        raise TaskFailure(
            "ml.mlflow.stateDir: it is not set, and user '%s' has no home directory (%s) for the records of "
            "deployments; set it in common.properties" % (user.name(), home)
        )
    return of_home(home)


def make(directory: str) -> None:
    """Makes a directory of `state_directory` where it is missing; private, for logs and models may hold what others
    must not read."""
    own = os.path.dirname(directory)
    try:
        os.makedirs(os.path.dirname(own), 0o755, exist_ok=True)
        for path in (own, directory):
            if not os.path.lexists(path):
                os.makedirs(path, 0o700, exist_ok=True)
        found = os.lstat(own)
    except OSError as error:
        raise TaskFailure(
            "ml.mlflow.stateDir: user '%s' cannot write %s (%s); let the operator make %s with mode 1777"
            % (user.name(), own, error.strerror or error, os.path.dirname(own))
        )
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise TaskFailure(
            "ml.mlflow.stateDir: %s is not a directory of user '%s'; let the operator remove it" % (own, user.name())
        )
