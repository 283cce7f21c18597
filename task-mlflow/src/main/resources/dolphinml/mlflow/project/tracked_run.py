# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The run in the tracking server that records what a task does."""

import getpass
import json
import os
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

if TYPE_CHECKING:
    from mlflow.entities import Run, RunInfo
    from mlflow.tracking import MlflowClient

SECONDS_TO_CLOSE_WHEN_STOPPED = "2"


class TrackedRun:
    """One run, from its creation to its final status. `client` is an MlflowClient."""

    def __init__(self, client: "MlflowClient", info: "RunInfo") -> None:
        self.client = client
        self.id = info.run_id
        self.experiment_id = info.experiment_id

    @classmethod
    def begin(cls, client: "MlflowClient", experiment_id: str, name: str, tags: Dict[str, str]) -> "TrackedRun":
        described = dict(tags)
        described["mlflow.user"] = _user()
        return cls(client, client.create_run(experiment_id, tags=described, run_name=name).info)

    def fetched(self) -> "Run":
        return self.client.get_run(self.id)

    def close(self, status: str) -> None:
        """Sets the run's final status, unless it already has it."""
        if self.fetched().info.status != status:
            self.client.set_terminated(self.id, status)

    def close_quickly(self, status: str) -> None:
        """Sets the run's final status within about two seconds: a killed task has no more time."""
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = SECONDS_TO_CLOSE_WHEN_STOPPED
        os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
        self.client.set_terminated(self.id, status)

    def model(self) -> Tuple[str, str]:
        """Returns (URI, version) of the run's latest model; the version is empty if the model is not registered."""
        try:
            versions = list(self.client.search_model_versions("run_id='%s'" % self.id))
        except Exception:  # a store without a registry
            versions = []
        if versions:
            newest = max(versions, key=lambda version: (version.creation_timestamp or 0, int(version.version)))
            return "models:/%s/%s" % (newest.name, newest.version), str(newest.version)
        return _logged_model_uri(self.fetched()), ""


def tags(about: Dict[str, Any], preset: Optional[Dict[str, Any]]) -> Dict[str, str]:
    """Returns the tags that link a run to its task; `about` is what DolphinScheduler says about the task."""
    named = {
        "dolphinscheduler.project": about.get("projectName") or about.get("projectCode"),
        "dolphinscheduler.project.code": about.get("projectCode"),
        "dolphinscheduler.workflow": about.get("workflowName") or about.get("workflowCode"),
        "dolphinscheduler.workflow.code": about.get("workflowCode"),
        "dolphinscheduler.workflow.instance.id": about.get("workflowInstanceId"),
        "dolphinscheduler.task": about.get("name"),
        "dolphinscheduler.task.instance.id": about.get("instanceId"),
    }
    if preset:
        named["mlflow.source.name"] = "dolphinml preset %s" % preset["jobType"]
        named["mlflow.source.type"] = "PROJECT"
    return {key: str(value) for key, value in named.items() if value not in (None, "")}


def _logged_model_uri(run: "Run") -> str:
    """Returns the URI of the latest logged model that is not registered, or an empty text."""
    outputs = getattr(run, "outputs", None)
    logged = list(outputs.model_outputs) if outputs is not None and outputs.model_outputs else []
    if logged:
        return "models:/" + logged[-1].model_id
    history = json.loads(run.data.tags.get("mlflow.log-model.history", "[]"))
    return "runs:/%s/%s" % (run.info.run_id, history[-1]["artifact_path"]) if history else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
