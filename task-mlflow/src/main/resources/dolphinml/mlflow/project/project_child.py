# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Does what `mlflow run` does, in a run that the frame has created, after checking for what would make it fail."""

import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.environment import indexes
from dolphinml.mlflow.project import in_child
from dolphinml.mlflow.project.in_child import Fault, one_line
from dolphinml.mlflow.project.interruption import Interruption

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

    from dolphinml.mlflow.project.mlflow_internals import Project


def prepare_project(request: Dict[str, Any]) -> Tuple[Dict[str, Any], in_child.Train]:
    try:
        import mlflow.cli
        import mlflow.projects
    except ImportError as error:
        raise Fault(
            "mlflow.environment: %s cannot import mlflow (%s); install mlflow there, or name another"
            " environment" % (sys.executable, one_line(error))
        )
    from dolphinml.mlflow.project import environment_manager, mlflow_command, mlflow_internals, project_source
    from dolphinml.mlflow.project.command_exit import CommandExit

    # MLflow leaves the files that it fetches behind; here they are removed with the task's own temporary folder. The project's
    # processes keep their usual one.
    tempfile.tempdir = request.get("temporary")
    options = mlflow_command.parse_options(mlflow.cli.run, request)
    notes = []
    reason = request.get("version") and project_source.why_no_version(options["uri"], request["version"])
    if reason:
        options["version"] = None
        notes.append("WARNING The version %s has no effect: %s" % (request["version"], reason))
    source = project_source.fetch_source(options["uri"], options["version"])
    project = project_source.check_project(source, options, request.get("offers") or ())
    notes += source.notes if source else []
    manager = None
    if project is not None and options["backend"] == "local":
        manager, more = _prepare_environment(project, given(source).directory, options, request)
        notes += more
    named = {name: options.pop(name, None) for name in ("experiment_name", "experiment_id", "run_id")}
    if named["run_id"]:
        raise Fault("params: --run-id cannot be given, since the task makes the run; leave it out")
    prepared = {
        "notes": notes,
        "experimentName": named["experiment_name"],
        "experimentId": named["experiment_id"],
        "runName": options.get("run_name"),
        "backend": options["backend"],
        "manager": manager,
    }

    def train(order: Dict[str, Any]) -> int:
        elsewhere = options["backend"] != "local"
        ended = CommandExit()
        interruption = Interruption(elsewhere)
        mlflow_internals.wrap_waiting(lambda wait: ended.waiting(interruption.waiting(wait)))
        adopt(order["runId"], source.tags if source else {})
        options.update(experiment_name=None, experiment_id=order["experimentId"], run_id=None)
        code = mlflow_command.call(mlflow.cli.run, options, manager)
        # On other backends, and with a container, this process only submits the work.
        here = manager not in (None, environment_manager.DOCKER)
        return ended.code if code == 1 and here and ended.code else code

    return prepared, train


def _prepare_environment(
    project: "Project", directory: str, options: Dict[str, Any], request: Dict[str, Any]
) -> Tuple[str, List[str]]:
    """Returns (the environment manager, lines for the log)."""
    from dolphinml.mlflow.project import container, environment_build, environment_manager

    notes = []
    if options["env_manager"] is None and not project.docker_env and project.env_config_path is None:
        options["env_manager"] = environment_manager.LOCAL
        notes.append("The project has no environment file: it runs in the node's own environment (%s)" % sys.prefix)
    manager = environment_manager.choose_manager(project, directory, options["env_manager"], request.get("condaRoot"))
    if manager == environment_manager.DOCKER:
        options["docker_args"] = container.with_run_label(options["docker_args"] or ())
    elif manager == environment_manager.UV:
        os.environ.update(indexes.for_uv(False, tempfile.gettempdir()))
    environment_build.guard()
    return manager, notes


def adopt(run_id: str, more_tags: Dict[str, str]) -> None:
    """Makes MLflow use the given run instead of creating its next one, with all the tags that it would have set.

    `mlflow run --run-id` would omit tags and parameters, and backends other than the local one ignore it.
    """
    from mlflow.tracking import MlflowClient

    make = MlflowClient.create_run

    def adopted(
        client: "MlflowClient",
        experiment_id: str,
        start_time: Optional[int] = None,
        tags: Optional[Dict[str, str]] = None,
        *others: Any,
        **more: Any,
    ) -> "Run":
        MlflowClient.create_run = make
        for key, value in dict(tags or {}, **more_tags).items():
            client.set_tag(run_id, key, value)
        return client.get_run(run_id)

    MlflowClient.create_run = adopted


def run_project_child(orders: int, answers: int) -> NoReturn:
    in_child.run_child(orders, answers, prepare_project)
