# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Connects MLflow's client to a node's tracking server, and logs the versions of both."""

import os
import sys
from typing import TYPE_CHECKING, Optional

from dolphinml.common.program import TaskFailure

if TYPE_CHECKING:
    from types import ModuleType

    from mlflow.tracking import MlflowClient

    from dolphinml.common.console import Console
    from dolphinml.mlflow.tracking.reachability import Probe
    from dolphinml.mlflow.tracking.tracking_server import TrackingServer


def import_mlflow(server: "TrackingServer") -> "ModuleType":
    """Imports MLflow, configured for `server`; raises TaskFailure if this environment does not have it."""
    os.environ.update(server.variables())
    try:
        import mlflow
    except ImportError as error:
        raise TaskFailure(
            "mlflow.environment: %s cannot import mlflow (%s); install mlflow there, or name another"
            " environment" % (sys.executable, " ".join(str(error).split()))
        )
    return mlflow


def connect_to_tracking_server(server: "TrackingServer", probe: "Probe", console: "Console") -> "MlflowClient":
    """Returns a client for `server`, which `probe` has found to be reachable.

    Raises TaskFailure if this environment has no MLflow, or its MLflow cannot open the store.
    """
    mlflow = import_mlflow(server)
    _log_versions(mlflow.__version__, server, probe.version, console)
    try:
        return mlflow.tracking.MlflowClient()
    except Exception as error:  # each kind of store raises its own
        raise TaskFailure(
            "mlflowTrackingUri: MLflow %s cannot open '%s': %s" % (mlflow.__version__, server.shown, str(error).split("\n")[0])
        )


def _log_versions(client: str, server: "TrackingServer", version: Optional[str], console: "Console") -> None:
    console.line(
        "Python %d.%d.%d (%s), MLflow %s, tracking server %s%s"
        % (sys.version_info[:3] + (sys.executable, client, server.shown, " (MLflow %s)" % version if version else ""))
    )
    if version and version.split(".")[0] != client.split(".")[0]:
        console.line(
            "WARNING The environment has MLflow %s and the server MLflow %s: across major versions not"
            " everything works; install mlflow %s.x in the environment" % (client, version, version.split(".")[0])
        )
