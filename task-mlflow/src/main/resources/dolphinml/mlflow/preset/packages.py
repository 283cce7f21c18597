"""What the training of a request needs of the Python environment. Standard library only."""

import importlib.util

from dolphinml.mlflow.preset.request import AUTOML, Request

_LINUX_X86 = 'sys_platform == "linux" and platform_machine == "x86_64"'
_ELSEWHERE = 'sys_platform != "linux" or platform_machine != "x86_64"'

# The wheel "xgboost" brings hundreds of MB for graphics cards on Linux; "xgboost-cpu" is the same module without them.
_XGBOOST = ("xgboost-cpu>=2.1.1,<4; " + _LINUX_X86, "xgboost>=1.7,<4; " + _ELSEWHERE)

# MLflow 2 imports a name that SQLAlchemy 2.1 has no more.
_MLFLOW_2 = ("mlflow>=2.9,<3", "sqlalchemy<2.1")

_COMMON = {
    "mlflow": ("mlflow>=2.9,<4",),
    "sklearn": ("scikit-learn>=1.3,<2",),
    "pandas": ("pandas>=1.5,<4",),
    "matplotlib": ("matplotlib>=3.6,<4",),
}
_OF_METHOD = {
    "lr": {},
    "svm": {},
    "lightgbm": {"lightgbm": ("lightgbm>=4,<5",)},
    "xgboost": {"xgboost": _XGBOOST},
    "flaml": {"flaml": ("flaml>=2.1,<3",), "lightgbm": ("lightgbm>=4,<5",), "xgboost": _XGBOOST},
    "autosklearn": {"autosklearn": ("auto-sklearn>=0.15,<0.16",)},
}
# auto-sklearn ended before these; it names the versions that it can live with itself.
_FOR_AUTOSKLEARN = {
    "mlflow": ("mlflow>=1.30,<3", "sqlalchemy<2.1"), "sklearn": (), "pandas": ("pandas>=1.0,<2",), "matplotlib": ("matplotlib>=3.3",),
}


def _needed(request):
    """The request and its requirements by module; raises TrainingFailure for a request with faults."""
    request = request if isinstance(request, Request) else Request(request)
    request.raise_faults()
    needed = dict(_FOR_AUTOSKLEARN if request.method == "autosklearn" else _COMMON)
    needed.update(_OF_METHOD[request.method])
    return request, needed


def _chosen(request, needed):
    """Without the modules of estimators that the node does not let flaml try."""
    estimators = request.params.get("estimator_list")
    if request.job_type != AUTOML or not isinstance(estimators, (list, tuple)):
        return needed
    names = " ".join(str(name) for name in estimators)
    unused = [module for module, part in (("lightgbm", "lgbm"), ("xgboost", "xgb")) if part not in names]
    chosen = {module: texts for module, texts in needed.items() if module not in unused}
    if "catboost" in names:
        chosen["catboost"] = ("catboost>=1.2,<2",)
    return chosen


def requirements(request, server_version=None):
    """pip requirements for the request (the frame's dict). The client follows the major version of a tracking server."""
    needed = _chosen(*_needed(request))
    if server_version and str(server_version).split(".")[0] == "2" and "mlflow" in needed:
        needed["mlflow"] = _MLFLOW_2
    return [text for texts in needed.values() for text in texts]


def missing(request):
    """Names of modules that the request's training imports and this interpreter does not find."""
    return [module for module in _chosen(*_needed(request)) if importlib.util.find_spec(module) is None]


def module_of(requirement):
    """The module that a requirement of this file brings."""
    for needed in [_COMMON, _FOR_AUTOSKLEARN] + list(_OF_METHOD.values()):
        for module, texts in needed.items():
            if requirement in texts:
                return module
    return requirement.split(">")[0]
