# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks what a node requests of a preset: finds every fault before any data is read, and reports all of them at once."""

import importlib.util
import platform
import sys
from typing import Any, Dict, List, Optional, Sequence

from dolphinml.mlflow.preset import literals
from dolphinml.mlflow.preset.training_failure import TrainingFailure

BASIC, AUTOML = "BasicAlgorithm", "AutoML"
JOB_TYPES = (BASIC, AUTOML)
ALGORITHMS = ("lr", "svm", "lightgbm", "xgboost")
TOOLS = ("flaml", "autosklearn")


def autosklearn_is_absent(why: str = "") -> str:
    return (
        "automlTool: autosklearn needs the package 'auto-sklearn', which this environment (Python %s) lacks%s; it can be "
        "installed on Linux with Python 3.7 to 3.9, and automlTool flaml runs without it" % (platform.python_version(), why)
    )


class TrainingRequest:
    """The checked request. Attributes are its keys in snake case; `params` and `search_params` are dicts."""

    def __init__(self, given: Dict[str, Any]) -> None:
        self.faults = []
        self._given = {key: value for key, value in given.items() if value not in (None, "")}
        self.job_type = self._choice("jobType", "mlflowJobType", JOB_TYPES, BASIC)
        self.algorithm: Optional[str] = None
        self.tool: Optional[str] = None
        #: What trains: the algorithm's or the tool's name in the form.
        self.method: str
        if self.job_type == BASIC:
            self.algorithm = self.method = self._choice("algorithm", "algorithm", ALGORITHMS)
        else:
            self.tool = self.method = self._choice("automlTool", "automlTool", TOOLS, "flaml")
            # On Linux with Python before 3.10, an environment with it can be built.
            builds = sys.platform == "linux" and sys.version_info < (3, 10)
            if self.tool == "autosklearn" and not builds and importlib.util.find_spec("autosklearn") is None:
                self.faults.append(autosklearn_is_absent())
        self.params = self._literals("params", "params")
        self.search_params = self._search_space()
        self.data_path = str(self._given.get("dataPath", "")).strip()
        if not self.data_path:
            self.faults.append("dataPath: nothing is given; give a .csv file or a folder with train.csv and test.csv")
        self.label_column = str(self._given.get("labelColumn", "label"))
        self.registers = bool(self._given.get("registerModel", False))
        self.model_name = str(self._given.get("modelName", "")).strip() if self.registers else None
        self.promote_if = str(self._given["promoteIf"]).strip() if self._given.get("promoteIf") else None
        if self.registers:
            self._check_model_name()

    def _choice(self, key: str, field: str, known: Sequence[str], default: Optional[str] = None) -> str:
        value = str(self._given.get(key, default or "")).strip()
        for choice in known:
            if value.lower() == choice.lower():
                return choice
        self.faults.append("%s: '%s' is not known; use one of %s" % (field, value, ", ".join(known)))
        return default or known[0]

    def _literals(self, key: str, field: str) -> Dict[str, Any]:
        try:
            return literals.parse_literals(str(self._given.get(key, "")), field)
        except TrainingFailure as fault:
            self.faults.append(str(fault))
            return {}

    def _search_space(self) -> Dict[str, List[Any]]:
        if self.job_type != BASIC or self._given.get("isSearchParams") is False:
            return {}
        space = {}
        for name, values in self._literals("searchParams", "searchParams").items():
            if isinstance(values, (list, tuple, set, frozenset)) and values:
                space[name] = list(values)
            else:
                self.faults.append(
                    "searchParams: '%s' has no list of values to try; write one, as in %s=[%s]"
                    % (name, name, "1, 2" if values in ([], (), "") or isinstance(values, dict) else repr(values))
                )
        return space

    def _check_model_name(self) -> None:
        if not self.model_name:
            self.faults.append("modelName: nothing is given, but registerModel is on; give the name in the model registry")
        elif any(letter in self.model_name for letter in "/:"):
            self.faults.append("modelName: '%s' has a '/' or ':'; the registry takes neither" % self.model_name)

    def raise_faults(self) -> None:
        if len(self.faults) == 1:
            raise TrainingFailure(self.faults[0])
        if self.faults:
            raise TrainingFailure("%d fields are wrong: %s" % (len(self.faults), " | ".join(self.faults)))
