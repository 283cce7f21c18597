# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Scores the rows of a file, or of a folder of files, with a model, as request["prediction"] says."""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.dont_write_bytecode = True

from dolphinml.common import program  # noqa: E402
from dolphinml.mlflow.predict import prediction  # noqa: E402

if __name__ == "__main__":
    program.run(prediction.main)
