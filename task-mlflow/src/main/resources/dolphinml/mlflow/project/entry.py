# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the program: checks that the tracking server is reachable, and switches to the environment to run in."""

import json
import os
from typing import Any, Dict, List, NoReturn

from dolphinml.common import program
from dolphinml.common.optional import given
from dolphinml.common.secret_references import SecretReferences
from dolphinml.mlflow.project import preset_environment
from dolphinml.mlflow.tracking import reachability
from dolphinml.mlflow.tracking.tracking_server import TrackingServer


def run_request(argv: List[str]) -> NoReturn:
    with open(argv[1], encoding="utf-8") as stream:
        request = json.load(stream)
    missing: List[str] = []
    uri = SecretReferences(request.get("secretsDirectory")).filled(request["project"]["trackingUri"], missing)
    # If a secret is missing, the program ends when it reads its request, below.
    probe = None if missing else reachability.probe(TrackingServer(uri))
    # Do not build an environment if the server is unreachable.
    if probe is not None and probe.fault is None:
        preset_environment.enter(argv, request, probe.version)

    def main(task: program.Task) -> Dict[str, Any]:
        from dolphinml.mlflow.project import project_run

        return project_run.main(task, given(probe), os.path.dirname(os.path.abspath(argv[1])))

    program.run(main, argv)
