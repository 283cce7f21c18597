# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Trains until it is killed, and not at all with the argument False."""

import sys
import time

import mlflow

with mlflow.start_run():
    mlflow.log_metric("epoch", 1)
    while sys.argv[1] == "true":
        time.sleep(0.1)
