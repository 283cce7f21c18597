# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A BentoML service of one's own around a model of MLflow: named classes instead of numbers, and rows by their column names.

Set mlflow.bento to this file. DOLPHINML_MODEL is the tag of the model that the node deploys.
"""

import os
from typing import Dict, List

import bentoml
import pandas

CLASSES = ["setosa", "versicolor", "virginica"]


@bentoml.service(workers=2, traffic={"timeout": 30})
class Iris:
    def __init__(self):
        self.model = bentoml.mlflow.load_model(os.environ["DOLPHINML_MODEL"])

    def _classes(self, rows: pandas.DataFrame) -> List[str]:
        return [CLASSES[int(number)] for number in self.model.predict(rows)]

    @bentoml.api(route="/invocations")
    def invocations(self, dataframe_split: dict) -> Dict[str, List[str]]:
        """What MLflow's clients send, and the deployment with the model's input example."""
        return {"predictions": self._classes(pandas.DataFrame(dataframe_split["data"], columns=dataframe_split["columns"]))}

    @bentoml.api
    def classify(self, flowers: pandas.DataFrame) -> List[str]:
        """The same for BentoML's clients: rows as records."""
        return self._classes(flowers)
