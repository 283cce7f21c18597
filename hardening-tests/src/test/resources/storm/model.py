# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the tracking store of the second argument, and saves a model into the directory of the first.

It answers at once, and not at all while a file is there: `hangs` in the folder that STORM_PLACE names where the model is served.
"""

import os
import sys
import time
from pathlib import Path

import mlflow
import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        while Path(os.environ.get("STORM_PLACE", ""), "hangs").exists():
            time.sleep(0.1)
        return [1] * len(model_input)


# A kill in the middle would leave it incomplete.
mlflow.set_tracking_uri(sys.argv[2])
mlflow.search_experiments()
mlflow.pyfunc.save_model(sys.argv[1], python_model=Model(), input_example=[1.0], pip_requirements=[])
