# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs one MLflow project, or one preset, as request["project"] says.

MLflow or the preset does the training, in a separate process. This program adds what a scheduler needs: it reports faults
before anything runs, logs the run's link at the start, never leaves the run open in the tracking server, returns output
parameters, and logs the reason of a failure last.
"""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.dont_write_bytecode = True

if __name__ == "__main__":
    from dolphinml.mlflow.project import entry

    # A project must not read from the worker's pipe.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    entry.run_request(sys.argv)
