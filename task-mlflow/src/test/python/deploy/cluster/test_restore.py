# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What undoes the start of a killed task, beside a kubectl that refuses everything."""

import json
import os
import subprocess
import sys

from dolphinml.mlflow.deploy.detached import launch


def test_the_secrets_of_the_kubeconfig_are_not_in_its_log(tmp_path, beside_a_task):
    kubectl, request = tmp_path / "kubectl", tmp_path / "restore.json"
    kubeconfig = json.dumps({"users": [{"name": "robot", "user": {"exec": {"env": [{"name": "LOGIN", "value": "l0gin-1"}]}}}]})
    kubectl.write_text(
        "#!/bin/sh\nif [ \"$1\" = config ]; then echo '%s'; exit; fi\necho 'error: l0gin-1 is not known' >&2\nexit 1\n"
        % kubeconfig
    )
    kubectl.chmod(0o755)
    cluster = {"kubectl": str(kubectl), "context": None, "namespace": "team"}
    request.write_text(json.dumps({"cluster": cluster, "environment": dict(os.environ), "deployment": "iris", "plan": {}}))
    program = os.path.join(launch.copy_program(str(tmp_path)), "cluster", "restore.py")
    done = subprocess.run([sys.executable, program, str(request)], stdout=subprocess.PIPE, universal_newlines=True, check=False)
    assert done.returncode == 1 and done.stdout == "not restored: error: ****** is not known\n"
