# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Rolls a candidate back after its task was killed: restore.py FILE, where `ClusterService.undo` writes FILE."""

import contextlib
import json
import os
import pathlib
import sys
import time

sys.path[0] = str(pathlib.Path(os.path.abspath(__file__)).parents[4])

from dolphinml.common.masking import Secrets  # noqa: E402
from dolphinml.kubernetes import credentials  # noqa: E402
from dolphinml.kubernetes.kubectl import Kubectl, Refused, Unanswered  # noqa: E402
from dolphinml.mlflow.deploy.cluster.access import PATIENCE_DURING, Access  # noqa: E402
from dolphinml.mlflow.deploy.cluster.memory import Memory  # noqa: E402
from dolphinml.mlflow.deploy.cluster.restoring import SECONDS_FOR_THE_FORMER, restore  # noqa: E402
from dolphinml.mlflow.deploy.faults import EngineRefused  # noqa: E402

# The API server may still carry out a request whose kubectl was killed.
SECONDS_FOR_THE_LAST_REQUEST = 1.0


class Log:
    """Writes to undo.log of the deployment's directory, without the secrets of the kubeconfig."""

    def __init__(self) -> None:
        self.secrets = Secrets()

    def line(self, text: str) -> None:
        with contextlib.suppress(OSError):
            print(self.secrets.mask(text), flush=True)


def main(path: str) -> int:
    with open(path, encoding="utf-8") as stream:
        request = json.load(stream)
    time.sleep(SECONDS_FOR_THE_LAST_REQUEST)
    cluster, log = request["cluster"], Log()
    kubectl = Kubectl(cluster["kubectl"], request["environment"], log, cluster["context"], PATIENCE_DURING)
    log.secrets.add(credentials.of_kubectl(kubectl))
    access = Access(kubectl, cluster["namespace"])
    try:
        restore(
            access, log, Memory(access, request["deployment"]), os.path.dirname(path), request["plan"], SECONDS_FOR_THE_FORMER
        )
    except (Refused, Unanswered, EngineRefused) as fault:
        log.line("not restored: %s" % fault)
        return 1
    os.unlink(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
