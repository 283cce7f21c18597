# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs one MLflow project, or one preset, as request["project"] says. The training is MLflow's or the preset's own
work, in a process of its own; this adds what a scheduler needs: faults before anything runs, a run in the tracking
server that is never left open, its link at the start, output parameters, and the reason of a failure last.
"""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.dont_write_bytecode = True

if __name__ == "__main__":
    from dolphinml.mlflow.project import entry

    # The worker's pipe is nothing that a project should read.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    entry.run_request(sys.argv)
