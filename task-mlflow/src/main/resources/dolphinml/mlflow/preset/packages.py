# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the requested training needs in the Python environment. Uses only the standard library."""

import importlib.util
from typing import Any, Dict, List, Optional, Tuple, Union

from dolphinml.mlflow.preset.training_request import AUTOML, TrainingRequest

Requirements = Dict[str, Tuple[str, ...]]
# The dict that the frame has, or the checked request.
Request = Union[Dict[str, Any], TrainingRequest]


_CPU = 'sys_platform == "linux" and platform_machine == "x86_64" and python_version >= "3.8"'
_OTHER = 'sys_platform != "linux" or platform_machine != "x86_64" or python_version < "3.8"'

# On Linux, the wheel "xgboost" brings hundreds of MB for GPUs; "xgboost-cpu" is the same module without them.
_XGBOOST = ("xgboost-cpu>=2.1.1,<4; " + _CPU, "xgboost>=1.6,<4; " + _OTHER)

# Wide enough for Python 3.7; pip picks the newest version that supports the interpreter.
_COMMON: Requirements = {
    "mlflow": ("mlflow>=1.30,<4",),
    "sklearn": ("scikit-learn>=1.0,<2",),
    "pandas": ("pandas>=1.3,<4",),
    "matplotlib": ("matplotlib>=3.3,<4",),
}
# MLflow before 3 imports a name that SQLAlchemy 2.1 no longer has.
_MLFLOW_2 = ("mlflow>=1.30,<3", "sqlalchemy<2.1")
_OF_METHOD: Dict[str, Requirements] = {
    "lr": {},
    "svm": {},
    "lightgbm": {"lightgbm": ("lightgbm>=4,<5",)},
    "xgboost": {"xgboost": _XGBOOST},
    "flaml": {"flaml": ("flaml>=1.2,<3",), "lightgbm": ("lightgbm>=4,<5",), "xgboost": _XGBOOST},
    # setuptools 66 dropped a module that auto-sklearn's libraries import.
    "autosklearn": {"autosklearn": ("auto-sklearn>=0.15,<0.16", "numpy<1.24", "setuptools<66")},
}
# auto-sklearn is no longer developed and does not support newer versions; it limits scikit-learn itself.
_FOR_AUTOSKLEARN: Requirements = {
    "mlflow": _MLFLOW_2,
    "sklearn": (),
    "pandas": ("pandas>=1.0,<2",),
    "matplotlib": ("matplotlib>=3.3,<4",),
}

# The versions that auto-sklearn's sources were written for; they do not build with newer ones.
_BUILD_AUTOSKLEARN = ("setuptools<66", "Cython<3", "numpy<1.24")


def build_constraints(request: Request) -> List[str]:
    """Returns pip constraints for the build dependencies of packages that are installed from source."""
    checked, _ = _needed(request)
    return list(_BUILD_AUTOSKLEARN) if checked.method == "autosklearn" else []


def _needed(request: Request) -> Tuple[TrainingRequest, Requirements]:
    """Returns the checked request and its requirements by module; raises TrainingFailure for an invalid request."""
    checked = request if isinstance(request, TrainingRequest) else TrainingRequest(request)
    checked.raise_faults()
    needed = dict(_FOR_AUTOSKLEARN if checked.method == "autosklearn" else _COMMON)
    needed.update(_OF_METHOD[checked.method])
    return checked, needed


def _without_unused_estimators(request: TrainingRequest, needed: Requirements) -> Requirements:
    """Leaves out the modules of estimators that the node does not let flaml try; adds catboost if the node names it."""
    estimators = request.params.get("estimator_list")
    if request.job_type != AUTOML or not isinstance(estimators, (list, tuple)):
        return needed
    names = " ".join(str(name) for name in estimators)
    unused = [module for module, part in (("lightgbm", "lgbm"), ("xgboost", "xgb")) if part not in names]
    chosen = {module: texts for module, texts in needed.items() if module not in unused}
    if "catboost" in names:
        chosen["catboost"] = ("catboost>=1.2,<2",)
    return chosen


def requirements(request: Request, server_version: Optional[str] = None) -> List[str]:
    """Returns the pip requirements of the request; for a tracking server of MLflow 1 or 2, MLflow before 3."""
    needed = _without_unused_estimators(*_needed(request))
    if server_version and str(server_version).split(".")[0] in ("1", "2"):
        needed["mlflow"] = _MLFLOW_2
    return [text for texts in needed.values() for text in texts]


def missing_modules(request: Request) -> List[str]:
    """Returns the names of modules that the requested training imports and this interpreter cannot find."""
    return [module for module in _without_unused_estimators(*_needed(request)) if importlib.util.find_spec(module) is None]


def module_of(requirement: str) -> str:
    """Returns the module that a requirement of this file provides."""
    for needed in [_COMMON, _FOR_AUTOSKLEARN] + list(_OF_METHOD.values()):
        for module, texts in needed.items():
            if requirement in texts:
                return module
    return requirement.split(">")[0]
