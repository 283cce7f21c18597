# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Looks after the deployments that tests and the demo have made on this machine, with the operator's own command."""

import os
import subprocess
import sys
import tempfile

from dsharness import places

_RESOURCES = [str(places.PROJECT / module / "src/main/resources") for module in ("task-ml-common", "task-mlflow")]


def _operator(state_directory, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".properties") as properties:
        properties.write("ml.mlflow.stateDir=%s\n" % state_directory)
        properties.flush()
        return subprocess.run(
            [sys.executable, "-m", "dolphinml.deployments", "--properties", properties.name, *arguments],
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(_RESOURCES)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=600,
            check=False,
        )


def stop_all(state_directory):
    """Ends every deployment that is recorded below the directory (`ml.mlflow.stateDir` of a server)."""
    for path in sorted(state_directory.glob("*/*/*/record.json")):
        _operator(state_directory, "stop", path.parent.name)
