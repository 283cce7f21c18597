# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Maps each deployType to its engine. Only the actions use this table."""

from typing import Dict, Optional, Type

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.engines import bento, docker_compose, docker_run, kserve, own_compose, process, seldon
from dolphinml.mlflow.deploy.engines.engine import Engine
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state.record import Record

#: The engines by their key in settings and records.
ENGINES: Dict[str, Type[Engine]] = {
    "MLFLOW": process.ModelServerProcess,
    "BENTOML": bento.BentoServer,
    "DOCKER": docker_run.DockerRun,
    "DOCKER COMPOSE": docker_compose.DockerCompose,
    "DOCKER COMPOSE, mlflow.composeFile": own_compose.OwnComposeFile,
    "KSERVE": kserve.KServe,
    "SELDON": seldon.Seldon,
}


def table_key(deploy_type: str, compose_file: Optional[str]) -> str:
    """Returns the key for a deployType and the value of `mlflow.composeFile`."""
    return deploy_type + ", mlflow.composeFile" if compose_file else deploy_type


def engine_of_settings(settings: Settings) -> Type[Engine]:
    return ENGINES[table_key(settings.type, settings.compose_file)]


def engine_of_record(known: Record) -> Type[Engine]:
    """Returns the engine of a deployment made by an earlier task."""
    named = table_key(known["deployType"], known.get("composeFile"))
    if named not in ENGINES:
        raise TaskFailure("This version knows no deployments of the type '%s'; update the plugins of this worker" % named)
    return ENGINES[named]
