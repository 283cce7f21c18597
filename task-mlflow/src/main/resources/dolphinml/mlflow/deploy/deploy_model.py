# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the action of request["deployment"]["action"]: deploys a model, rolls a deployment back, reports on it or stops it."""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from dolphinml.common import program  # noqa: E402
from dolphinml.mlflow.deploy import actions  # noqa: E402

if __name__ == "__main__":
    program.run(actions.main)
