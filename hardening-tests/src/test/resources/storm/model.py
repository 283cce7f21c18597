"""Saves a model that answers at once into the directory of the first argument."""

import sys

import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [1] * len(model_input)


mlflow.pyfunc.save_model(sys.argv[1], python_model=Model())
