# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""From the start of the program to its run: is the tracking server there, and in which environment does it continue?"""

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
    # A missing secret ends the program as soon as it reads its request.
    probe = None if missing else reachability.probe(TrackingServer(uri))
    # Nothing is built for a server that is not there.
    if probe is not None and probe.fault is None:
        preset_environment.enter(argv, request, probe.version)

    def main(task: program.Task) -> Dict[str, Any]:
        from dolphinml.mlflow.project import project_run

        return project_run.main(task, given(probe), os.path.dirname(os.path.abspath(argv[1])))

    program.run(main, argv)
