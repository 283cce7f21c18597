"""Saves a model into the directory of the first argument. It answers at once, and not at all while a file is there.

The file is `hangs` in the folder that STORM_PLACE names where the model is served.
"""

import os
import sys
import time
from pathlib import Path

import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        while Path(os.environ.get("STORM_PLACE", ""), "hangs").exists():
            time.sleep(0.1)
        return [1] * len(model_input)


mlflow.pyfunc.save_model(sys.argv[1], python_model=Model(), input_example=[1.0])
