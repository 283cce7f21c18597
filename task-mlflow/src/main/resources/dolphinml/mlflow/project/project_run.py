# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs one task, from its checks to its outputs."""

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, Any, ContextManager, Dict, Iterator, Optional

from dolphinml.common import processes, run_tags
from dolphinml.common.optional import given
from dolphinml.common.program import Stopped, TaskFailure
from dolphinml.mlflow.project.tracked_run import TrackedRun, tags
from dolphinml.mlflow.project.training_process import TrainingProcess
from dolphinml.mlflow.tracking.tracking_client import connect_to_tracking_server, import_mlflow
from dolphinml.mlflow.tracking.tracking_server import TrackingServer

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

    from dolphinml.common.program import Task
    from dolphinml.mlflow.tracking.reachability import Probe

# Seconds for the training to end, of the three that a killed task has. On another backend, the child cancels the work in them.
GRACE_OF_LOCAL_WORK = 0.5
GRACE_OF_REMOTE_WORK = 1.2

RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"


class ProjectRun:
    """The run of a node's request, and its state."""

    def __init__(self, task: "Task", probe: "Probe") -> None:
        self.task = task
        self.console = task.console
        self.settings = task.request["project"]
        self.preset = self.settings.get("preset")
        self.probe = probe
        self.server = TrackingServer(self.settings["trackingUri"])
        task.secrets.add(self.server.secrets)
        self.run: Optional[TrackedRun] = None
        self.prepared: Dict[str, Any] = {}

    def warn(self, sentence: str) -> None:
        self.console.line("WARNING " + sentence)

    # Before the run

    def check(self) -> None:
        if self.probe.fault:
            raise TaskFailure(self.probe.fault)
        if self.preset:
            _check_preset(self.preset)

    def begin(self, client: "MlflowClient") -> None:
        """Creates the run and logs its link."""
        from dolphinml.mlflow.project import experiments

        # Report an unreachable server within seconds here. At the end of a training, MLflow's minutes of retries are restored.
        patience = os.environ.get(RETRIES)
        os.environ.setdefault(RETRIES, "3")
        with self._refusals():
            name = self.settings.get("experimentName") or self.prepared.get("experimentName")
            experiment = experiments.get_or_create_experiment(client, name)
        about = self.task.request.get("task") or {}
        run_name = self.prepared.get("runName") or about.get("name") or "dolphinscheduler"
        # A kill must not come between the server's creating the run and our knowing it.
        with self._refusals(), self.task.unstoppable():
            described = dict(tags(about, self.preset), **run_tags.announced())
            self.run = TrackedRun.begin(client, experiment.experiment_id, run_name, described)
        if patience is None:
            del os.environ[RETRIES]
        self.console.line("Experiment '%s' (id %s)" % (experiment.name, experiment.experiment_id))
        self._log_run("Run %s" % given(self.run).id)

    def _log_run(self, words: str) -> None:
        run = given(self.run)
        link = self.server.link(run.experiment_id, run.id)
        self.console.line("%s: %s" % (words, link) if link else words)

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        """Turns a server's refusal into one sentence that names the field of the server."""
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            raise TaskFailure(
                "mlflowTrackingUri: the tracking server %s refuses (%s); check the credentials and the"
                " server" % (self.server.shown, _one_line(error))
            )

    # The end

    def finish(self, reported: Dict[str, Any]) -> Dict[str, Any]:
        """Closes the run as FINISHED, logs its metrics, and returns the outputs."""
        from dolphinml.mlflow.project.outcome import Outcome

        run = given(self.run)
        wanted = [output["name"] for output in self.task.request.get("outputs") or ()]
        with self._refusals():
            run.close("FINISHED")
            outcome = Outcome(run, reported, wanted + list(self.settings.get("outputs") or ()))
        for warning in outcome.warnings():
            self.warn(warning)
        if outcome.lines():
            self.console.block(outcome.lines())
        self._log_run("Run %s FINISHED" % run.id)
        return outcome.outputs

    def fail(self) -> None:
        """Closes the run as FAILED."""
        run = given(self.run)
        with self._container_removed():
            try:
                run.close("FAILED")
            except Exception as error:  # the original failure is the one to report
                self.warn("The run could not be closed as FAILED: %s" % _one_line(error))
        self._log_run("Run %s FAILED" % run.id)

    def kill(self) -> None:
        """Ends the training first, because it could change the run's status, then closes the run as KILLED."""
        run = given(self.run)
        remote = (self.prepared.get("backend") or "local") != "local"
        processes.stop_all(grace=GRACE_OF_REMOTE_WORK if remote else GRACE_OF_LOCAL_WORK)
        with self._container_removed():
            try:
                run.close_quickly("KILLED")
                self._log_run("Run %s KILLED" % run.id)
            except Exception as error:  # the task ends in any case
                self.warn("Run %s could not be closed as KILLED: %s" % (run.id, _one_line(error)))

    def _container_removed(self) -> ContextManager[None]:
        """Returns a context at whose end the project's container, if any, is removed."""
        from dolphinml.mlflow.project import container

        return container.containers_removed() if self.prepared.get("manager") == "docker" else contextlib.nullcontext()


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _check_preset(preset: Dict[str, Any]) -> None:
    from dolphinml.mlflow.preset.training_failure import TrainingFailure
    from dolphinml.mlflow.preset.training_request import TrainingRequest

    try:
        TrainingRequest(preset).raise_faults()
    except TrainingFailure as fault:
        raise TaskFailure(str(fault))


def main(task: "Task", probe: "Probe", private: str) -> Dict[str, Any]:
    run = ProjectRun(task, probe)
    run.check()
    temporary = task.temporary_folder(tempfile.gettempdir(), "dolphinml-project-")
    try:
        try:
            import_mlflow(run.server)
            training = TrainingProcess(run.settings, run.server, private, temporary, task.console, task.secrets)
            client = connect_to_tracking_server(run.server, probe, task.console)
            run.prepared = training.ready()
            for note in run.prepared.get("notes") or ():
                task.console.line(note)
            run.begin(client)
            return run.finish(training.go(given(run.run)))
        except Exception:
            if run.run is not None:
                run.fail()
            raise
    except Stopped:
        if run.run is not None:
            run.kill()
        raise
