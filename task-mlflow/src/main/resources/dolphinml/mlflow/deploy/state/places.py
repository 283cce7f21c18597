# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The directory in which the deployments of one user on one machine are recorded.

The operator's directory has a directory for each user, and that one a directory for each machine: several workers may share
homes and the operator's directory, while processes, ports and containers belong to one machine.
"""

import os
import socket
import stat
from typing import Optional

from dolphinml.common import user
from dolphinml.common.program import TaskFailure


def of_user(own: str) -> str:
    """Returns this machine's directory inside the user's directory `own`."""
    return os.path.join(own, socket.gethostname().partition(".")[0])


def of_home(home: str) -> str:
    """Returns the directory of a user's deployments on this machine if the operator sets no directory."""
    return of_user(os.path.join(home, ".local", "state", "dolphinml", "deployments"))


def state_directory(operators: Optional[str] = None) -> str:
    """Returns the directory of this user's deployments on this machine without creating it; raises TaskFailure."""
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
    """Creates a directory that `state_directory` returned, if it does not exist. It is private, because logs and models may hold
    data that others must not read. Raises TaskFailure."""
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
