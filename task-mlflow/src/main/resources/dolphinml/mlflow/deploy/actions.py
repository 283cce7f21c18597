# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The actions on a deployment, independent of its engine."""

import contextlib
import os
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, Type

from dolphinml.common.program import Task, TaskFailure
from dolphinml.mlflow.deploy.engines import table
from dolphinml.mlflow.deploy.engines.engine import Engine
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.state.record import Record
from dolphinml.mlflow.deploy.takeover import Takeover


def main(task: Task) -> Dict[str, Any]:
    settings = Settings(task.request.get("deployment") or {})
    actions: Dict[str, Callable[..., Dict[str, Any]]] = {
        "deploy": deploy,
        "rollback": roll_back,
        "status": report_status,
        "stop": stop_by_node,
    }
    return actions[settings.action](task, settings)


def outputs(known: Record) -> Dict[str, Any]:
    handed_on = {
        **(known.get("bentoOutputs") or {}),
        "mlflow.endpoint": known["endpoint"],
        "mlflow.model_name": known["model"]["name"],
        "mlflow.model_version": known["model"]["version"],
        "mlflow.deployment_name": known["name"],
    }
    if known.get("revision"):
        handed_on["mlflow.revision"] = known["revision"]
    return handed_on


def deploy(task: Task, settings: Settings, expected: Optional[Record] = None) -> Dict[str, Any]:
    """Deploys a model. `expected`, if given, is the record that must still be current once this task holds the lock."""
    kind = table.engine_of_settings(settings)
    source = kind.source.of_node(task, settings)
    model = source.resolve()
    task.console.line("The model: %s%s" % (model.uri, " (%s)" % model.how if model.how else ""))
    directory = record.open_directory(settings.state_directory, settings.name)
    with locked(task.console.line, directory, settings.name):
        known = record.read_record(directory)
        _refuse_another_kind(settings, kind, known)
        with _refusals_are_failures():
            known = kind.find_record(task, settings, known)
        _refuse_another_kind(settings, kind, known)
        if expected is not None and (known is None or known["since"] != expected["since"]):
            raise TaskFailure("Another task has changed deployment '%s' meanwhile; nothing is rolled back" % settings.name)
        engine = kind(task, settings, directory, known)
        known = Takeover(task, settings, engine, source).run(model)
    # Outside the lock, so that another task may replace the service while this one is it.
    if settings.serve_mode == "foreground":
        task.console.line("The task is the service now; killing the task stops the service")
        task.console.line(engine.hold())
    engine.close()
    return outputs(known)


def roll_back(task: Task, settings: Settings) -> Dict[str, Any]:
    """Deploys the model that was served before the current one, with the settings of the current deployment."""
    known = _known_deployment(task, settings)
    if known is None:
        raise TaskFailure(_no_such_deployment(settings))
    history = known.get("history") or []
    if not history:
        raise TaskFailure(
            "Deployment '%s' serves %s, and no version before it is known; deploy the one that is wanted"
            % (settings.name, known["model"]["uri"])
        )
    task.console.line("Rolling back deployment '%s' from %s to %s" % (settings.name, known["model"]["uri"], history[-1]["uri"]))
    return deploy(task, settings.as_recorded(known, history[-1]["uri"]), known)


def _refuse_another_kind(settings: Settings, kind: Type[Engine], known: Optional[Record]) -> None:
    if known is not None and table.engine_of_record(known) is not kind:
        raise TaskFailure(
            "deployType: deployment '%s' runs as %s, not as %s; stop it first (mlflow.deployAction=stop), or give this one "
            "another name and port" % (settings.name, table.engine_of_record(known).KIND, kind.KIND)
        )


@contextlib.contextmanager
def locked(say: Callable[[str], None], directory: str, name: str) -> Iterator[None]:
    """Locks the deployment; logs that it waits while another task holds the lock."""
    lock = record.lock(directory)
    lock.acquire(lambda seconds: say("Another task changes deployment '%s'; waiting for it (%d s)" % (name, seconds)))
    try:
        yield
    finally:
        lock.release()


def report_status(task: Task, settings: Settings) -> Dict[str, Any]:
    """Logs what is known about the deployment; raises TaskFailure if it does not serve."""
    known = _known_deployment(task, settings)
    if known is None:
        raise TaskFailure(_no_such_deployment(settings))
    serves, detail = serving_state(known, record.open_directory(settings.state_directory, settings.name))
    for line in description_lines(known, detail):
        task.console.line(line)
    if not serves:
        raise TaskFailure("Deployment '%s' does not serve: %s" % (settings.name, detail))
    return outputs(known)


def serving_state(known: Record, directory: str) -> Tuple[bool, str]:
    """Returns (whether the deployment of this record serves, a sentence about it)."""
    with _refusals_are_failures():
        return table.engine_of_record(known).serving_state(known, directory)


def counts(known: Record, directory: str) -> Optional[Dict[str, Any]]:
    """Returns the counts of this record's deployment from its engine, or None."""
    with _refusals_are_failures():
        return table.engine_of_record(known).counts(known, directory)


def stop_by_node(task: Task, settings: Settings) -> Dict[str, Any]:
    """Ends the deployment. It is not a failure if there is none, so a repeated stop succeeds."""
    known = _known_deployment(task, settings)
    if known is None:
        task.console.line(_no_such_deployment(settings) + "; nothing to stop")
        return {"mlflow.deployment_name": settings.name}
    end_deployment(known, record.open_directory(settings.state_directory, settings.name), task.console)
    return outputs(known)


def end_deployment(known: Record, directory: str, console: Any) -> None:
    """Ends the deployment of this record, once no task is changing it."""
    with locked(console.line, directory, known["name"]), _refusals_are_failures():
        table.engine_of_record(known).stop(known, directory, console)
    console.line("Deployment '%s' (%s) is stopped" % (known["name"], known["model"]["uri"]))


@contextlib.contextmanager
def _refusals_are_failures() -> Iterator[None]:
    try:
        yield
    except EngineRefused as refusal:
        raise TaskFailure("%s" % refusal)


def _known_deployment(task: Task, settings: Settings) -> Optional[Record]:
    known = record.read_record(os.path.join(settings.state_directory, settings.name))
    kind = table.engine_of_record(known) if known is not None else table.engine_of_settings(settings)
    with _refusals_are_failures():
        return kind.find_record(task, settings, known)


def _no_such_deployment(settings: Settings) -> str:
    names = [known["name"] for _, known in record.all_records(settings.state_directory)]
    return "mlflow.deploymentName: there is no deployment '%s' of this user on this worker; %s" % (
        settings.name,
        "there are: " + ", ".join(names) if names else "there are none",
    )


def description_lines(known: Record, detail: str) -> List[str]:
    """Returns a human-readable description of a deployment, in lines."""
    by = known.get("by") or {}
    lines = [
        "deployment  %s (%s)" % (known["name"], known["deployType"]),
        "state       %s" % detail,
        "model       %s" % known["model"]["uri"],
        "endpoint    %s" % known["endpoint"],
        "since       %s" % known["since"],
    ]
    if by:
        lines.append("by          %s" % record.origin(known))
    if known.get("log"):
        lines.append("log         %s" % known["log"])
    return lines
