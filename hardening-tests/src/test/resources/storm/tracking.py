# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A real MLflow tracking server, until standard input ends. Prints its address.

tracking.py PROJECT DIRECTORY: this project's root, and where the server keeps its runs.
"""

import os
import sys

sys.path.insert(0, os.path.join(sys.argv[1], "integration-tests", "harness"))

from dsharness.mlflow_server import MlflowServer  # noqa: E402

with MlflowServer(sys.argv[2], sys.prefix, port=0) as server:
    print(server.address, flush=True)
    sys.stdin.read()
