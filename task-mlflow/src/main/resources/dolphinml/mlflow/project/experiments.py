# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the experiment of a run or creates it once, even if several nodes need it at the same time."""

import os
from typing import TYPE_CHECKING, Optional

from dolphinml.common.program import TaskFailure

if TYPE_CHECKING:
    from mlflow.entities import Experiment
    from mlflow.tracking import MlflowClient

DEFAULT_ID = "0"


def get_or_create_experiment(client: "MlflowClient", name: Optional[str]) -> "Experiment":
    """Returns the experiment of that name; without a name, the one that the environment exports, else MLflow's Default."""
    name = name or os.environ.get("MLFLOW_EXPERIMENT_NAME", "")
    if name:
        found = client.get_experiment_by_name(name) or _create(client, name)
    else:
        found = client.get_experiment(os.environ.get("MLFLOW_EXPERIMENT_ID") or DEFAULT_ID)
    if found.lifecycle_stage == "deleted":
        raise TaskFailure(
            "experimentName: the experiment '%s' (id %s) is deleted; restore it (mlflow experiments restore"
            " --experiment-id %s) or give another name" % (found.name, found.experiment_id, found.experiment_id)
        )
    return found


def _create(client: "MlflowClient", name: str) -> "Experiment":
    from mlflow.exceptions import MlflowException

    try:
        return client.get_experiment(client.create_experiment(name))
    except MlflowException as refused:
        # Another node has created it first, or the name is invalid.
        found = client.get_experiment_by_name(name)
        if found is None:
            raise TaskFailure(
                "experimentName: '%s' could not be made (%s); give another name" % (name, " ".join(str(refused).split()))
            )
        return found
