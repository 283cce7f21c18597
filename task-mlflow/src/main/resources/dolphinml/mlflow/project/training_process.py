# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the training, `mlflow run` or a preset, in a separate process."""

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Dict

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.project import git_credentials, preset_child, project_child
from dolphinml.mlflow.project.child import Child
from dolphinml.mlflow.tracking.tracking_server import FOREIGN_VARIABLES

if TYPE_CHECKING:
    from dolphinml.common.console import Console
    from dolphinml.common.masking import Secrets
    from dolphinml.mlflow.project.tracked_run import TrackedRun
    from dolphinml.mlflow.tracking.tracking_server import TrackingServer


class TrainingProcess:
    """One training. The constructor starts its process, which prepares and then waits for the run."""

    def __init__(
        self,
        settings: Dict[str, Any],
        server: "TrackingServer",
        private: str,
        temporary: str,
        console: "Console",
        secrets: "Secrets",
    ) -> None:
        self._preset = settings.get("preset")
        self._server = server
        self._result = os.path.join(private, "result.json")
        variables = dict(os.environ, PYTHONUNBUFFERED="1")
        variables.update(server.variables())
        for name in FOREIGN_VARIABLES:
            variables.pop(name, None)
        # `python` in a project's command is the Python of this environment.
        variables["PATH"] = os.path.dirname(sys.executable) + os.pathsep + variables.get("PATH", os.defpath)
        if self._preset:
            program, request = preset_child.run_preset_child, self._preset_request(private)
        else:
            program = project_child.run_project_child
            request = dict(_command_without_credentials(settings["command"], private, variables, secrets), temporary=temporary)
        self._child = Child(program, variables, console)
        self._child.send(request)

    def _preset_request(self, private: str) -> Dict[str, str]:
        path = os.path.join(private, "preset.json")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(self._preset, stream)
        return {"request": path, "result": self._result}

    def ready(self) -> Dict[str, Any]:
        """Returns the training's report of its preparation; raises TaskFailure if it cannot begin."""
        return self._child.ready("The project is being fetched")

    def go(self, run: "TrackedRun") -> Dict[str, Any]:
        """Trains in the run; returns what a preset reports (for a project, nothing). Raises TaskFailure with the reason."""
        of_run = {"MLFLOW_RUN_ID": run.id, "MLFLOW_EXPERIMENT_ID": run.experiment_id}
        # For a project, MLflow sets these variables itself.
        self._child.send({"runId": run.id, "experimentId": run.experiment_id, "variables": of_run if self._preset else {}})
        done, reason = self._child.end("The run continues")
        result = self._read_result()
        if not done:
            raise TaskFailure(self._with_field(result.get("error") or reason))
        return result

    def _with_field(self, reason: str) -> str:
        """Prefixes the failure of a server that no longer answers with the field that names the server."""
        if not reason.startswith("API request to "):
            return reason
        return "mlflowTrackingUri: the tracking server %s does not answer any more (%s); check it" % (
            self._server.shown,
            " ".join(reason.split()),
        )

    def _read_result(self) -> Dict[str, Any]:
        try:
            with open(self._result, encoding="utf-8") as stream:
                return json.load(stream)
        except OSError:
            return {}


def _command_without_credentials(
    settings: Dict[str, Any], private: str, variables: Dict[str, str], secrets: "Secrets"
) -> Dict[str, Any]:
    command = dict(settings)
    command["repository"], user, password = git_credentials.split_credentials(command["repository"])
    if user or password:
        secrets.add([password or user])
        variables.update(git_credentials.credential_variables(user, password, private))
    return command
