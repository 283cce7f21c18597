# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deletes what a run has created after the worker has killed its program, on request or at the task's timeout.

The worker runs it as the task's user, with the path of a file that the program has left. The file has the environment of
the task, how to call kubectl, and the objects of the manifest.
"""

import json
import os
import sys

if __name__ == "__main__":
    # Import from the folder of the staged programs, not from this file's: no file here may shadow a module of the user.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import time

from dolphinml.common.console import Console
from dolphinml.common.masking import Secrets
from dolphinml.kubeflow.ownership import Owner
from dolphinml.kubeflow.removal import remove_objects
from dolphinml.kubernetes.kubectl import Kubectl

# The grace period of a pod is 30 s, unless the manifest sets another.
_SECONDS_UNTIL_GONE = 60.0
_PATIENCE = 20.0

# A request that was under way when its kubectl was killed may still create its object.
_SECONDS_FOR_THE_LAST_REQUEST = 1.0


def main(path: str) -> int:
    with open(path, encoding="utf-8") as stream:
        settings = json.load(stream)
    console = Console(secrets=Secrets(settings["secrets"]))
    kubectl = Kubectl(settings["kubectl"], settings["environment"], console, settings["context"], _PATIENCE)
    time.sleep(_SECONDS_FOR_THE_LAST_REQUEST)
    owner = Owner(settings["task"], settings["runKey"])
    return 0 if remove_objects(console, kubectl, owner, settings["places"], _SECONDS_UNTIL_GONE) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
