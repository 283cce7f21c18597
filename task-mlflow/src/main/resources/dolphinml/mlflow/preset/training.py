# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One training, from checking the request to registering the model."""

import contextlib
from typing import TYPE_CHECKING, Any, Dict, Type

from dolphinml.common import optional
from dolphinml.mlflow.preset import packages
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import log_line
from dolphinml.mlflow.preset.training_request import AUTOML, TrainingRequest, autosklearn_is_absent

if TYPE_CHECKING:
    from typing import Union

    from dolphinml.mlflow.preset.autosklearn_search import AutosklearnTraining
    from dolphinml.mlflow.preset.basic import BasicTraining
    from dolphinml.mlflow.preset.flaml_search import FlamlTraining

    Training = Union[BasicTraining, FlamlTraining, AutosklearnTraining]


def train_and_register(given: Dict[str, Any], result: Dict[str, Any]) -> None:
    """Trains as the request `given` says. Fills `result` ("outputs" and "metrics") step by step."""
    request = TrainingRequest(given)
    request.raise_faults()
    _check_packages(request)
    training = _training_class(request)(request)
    _check_promotion(request, training)
    from dolphinml.mlflow.preset import data

    dataset = data.load_dataset(request.data_path, request.label_column, continuous=training.regression)
    # Imported only now, because it takes seconds.
    from dolphinml.mlflow.preset import tracking
    from dolphinml.mlflow.preset.logged_model import LoggedModel
    from dolphinml.mlflow.preset.registry import RegistryEntry

    with tracking.training_run() as active:
        run_id = active.info.run_id
        if request.registers:
            RegistryEntry(optional.given(request.model_name)).check()
        trained = training.train(dataset)
        tracking.log_params(request, trained, run_id)
        uri = tracking.log_model(trained, dataset, run_id)
        result["outputs"]["mlflow.model_uri"] = "runs:/%s/%s" % (run_id, tracking.MODEL)
        log_line("Logged the model as %s" % result["outputs"]["mlflow.model_uri"])
        predicted, result["metrics"] = tracking.evaluate(LoggedModel(uri), trained, dataset)
        tracking.log_files(trained, dataset, predicted)
        if request.registers:
            _register(request, uri, result)


def import_modules(given: Dict[str, Any]) -> None:
    """Imports what `train_and_register` will need, as far as possible; that function reports what is missing."""
    with contextlib.suppress(TrainingFailure, ImportError):
        request = TrainingRequest(given)
        request.raise_faults()
        _training_class(request)(request)
        from dolphinml.mlflow.preset import data, logged_model, registry, tracking  # noqa: F401


def _check_packages(request: TrainingRequest) -> None:
    lacking = packages.missing_modules(request)
    if "autosklearn" in lacking:
        raise TrainingFailure(autosklearn_is_absent())
    if lacking:
        wanted = [text for text in packages.requirements(request) if packages.module_of(text) in lacking]
        raise TrainingFailure(
            "The Python environment lacks %s; it needs %s" % (" and ".join(lacking), ", ".join("'%s'" % text for text in wanted))
        )


def _training_class(request: TrainingRequest) -> "Type[Training]":
    """Returns the class that runs the requested training."""
    if request.job_type != AUTOML:
        from dolphinml.mlflow.preset.basic import BasicTraining

        return BasicTraining
    if request.tool == "flaml":
        from dolphinml.mlflow.preset.flaml_search import FlamlTraining

        return FlamlTraining
    from dolphinml.mlflow.preset.autosklearn_search import AutosklearnTraining

    return AutosklearnTraining


def _check_promotion(request: TrainingRequest, training: "Training") -> None:
    from dolphinml.mlflow.preset import metrics

    known = metrics.REGRESSION if training.regression else metrics.CLASSIFICATION
    if request.registers and request.promote_if and metrics.logged_name(request.promote_if) not in known:
        raise TrainingFailure(
            "mlflow.promoteIf: '%s' is not a metric of this training; use one of %s" % (request.promote_if, ", ".join(known))
        )


def _register(request: TrainingRequest, uri: str, result: Dict[str, Any]) -> None:
    from dolphinml.mlflow.preset import promotion
    from dolphinml.mlflow.preset.registry import RegistryEntry

    model = RegistryEntry(optional.given(request.model_name))
    version = model.add(uri)
    log_line("Registered as version %s of '%s'" % (version, model.name))
    result["outputs"].update(
        {
            "mlflow.model_uri": "models:/%s/%s" % (model.name, version),
            "mlflow.model_name": model.name,
            "mlflow.model_version": version,
        }
    )
    with model.turn(version):
        if request.promote_if:
            promotion.promote_if_better(model, version, request.promote_if, result["metrics"])
        else:
            promotion.promote_newest(model, version)
