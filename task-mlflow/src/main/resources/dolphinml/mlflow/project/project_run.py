"""One task, from its checks to its outputs."""

import contextlib
import json
import os
import sys

from dolphinml.common import processes
from dolphinml.common.program import Stopped, TaskFailure
from dolphinml.mlflow.project import git_credentials, summary
from dolphinml.mlflow.project.child import Child
from dolphinml.mlflow.project.tracking_server import FOREIGN_VARIABLES, TrackingServer

HERE = os.path.dirname(os.path.abspath(__file__))

# Of the three seconds that a killed task has. A backend elsewhere is told of the kill by the child.
GRACE_OF_LOCAL_WORK = 0.5
GRACE_OF_REMOTE_WORK = 1.2


class ProjectRun:
    """What a node asks for, and how far it has come."""

    def __init__(self, task, probe, private):
        self.task = task
        self.private = private
        self.result = os.path.join(private, "result.json")
        self.console = task.console
        self.asked = task.request["project"]
        self.preset = self.asked.get("preset")
        self.probe = probe
        self.server = TrackingServer(self.asked["trackingUri"])
        task.secrets.add(self.server.secrets)
        self.child = None
        self.run = None
        self.ready = {}

    def warn(self, sentence):
        self.console.line("WARNING " + sentence)

    # Before the run

    def check(self):
        if self.probe.fault:
            raise TaskFailure(self.probe.fault)
        if self.preset:
            _check_preset(self.preset)

    def start_child(self):
        variables = dict(os.environ, PYTHONUNBUFFERED="1", **self.server.variables())
        for name in FOREIGN_VARIABLES:
            variables.pop(name, None)
        # `python` in a project's command is the Python of this environment.
        variables["PATH"] = os.path.dirname(sys.executable) + os.pathsep + variables.get("PATH", os.defpath)
        request = self._preset_request() if self.preset else self._command(variables)
        program = "preset_child.py" if self.preset else "project_child.py"
        self.child = Child(os.path.join(HERE, program), variables, self.console)
        self.child.tell(request)

    def _preset_request(self):
        path = os.path.join(self.private, "preset.json")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(self.preset, stream)
        return {"request": path, "result": self.result}

    def _command(self, variables):
        command = dict(self.asked["command"])
        command["repository"], user, password = git_credentials.apart(command["repository"])
        if user or password:
            self.task.secrets.add([password or user])
            variables.update(git_credentials.variables(user, password, self.private))
        return command

    def connect(self):
        """MLflow's client, when the versions have been told."""
        os.environ.update(self.server.variables())
        # A server that goes down later is told after seconds and not after MLflow's own minutes of retries.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        try:
            import mlflow
            from mlflow.tracking import MlflowClient
        except ImportError as error:
            raise TaskFailure("mlflow.environment: %s cannot import mlflow (%s); install mlflow there, or name another"
                              " environment" % (sys.executable, " ".join(str(error).split())))
        self._tell_versions(mlflow.__version__)
        return MlflowClient()

    def _tell_versions(self, client):
        server = self.probe.version
        self.console.line("Python %d.%d.%d (%s), MLflow %s, tracking server %s%s" % (
            sys.version_info[:3] + (sys.executable, client, self.server.shown,
                                    " (MLflow %s)" % server if server else "")))
        if server and server.split(".")[0] != client.split(".")[0]:
            self.warn("The environment has MLflow %s and the server MLflow %s: across major versions not everything"
                      " works; install mlflow %s.x in the environment" % (client, server, server.split(".")[0]))

    def begin(self, client):
        """Makes the run and tells where it is."""
        from dolphinml.mlflow.project import experiments
        from dolphinml.mlflow.project.tracked_run import TrackedRun

        name = self.asked.get("experimentName") or self.ready.get("experimentName")
        with self._refusals():
            experiment = experiments.experiment(client, name)
        about = self.task.request.get("task") or {}
        run_name = self.ready.get("runName") or about.get("name") or "dolphinscheduler"
        with self._refusals(), unstoppable(self.task):
            self.run = TrackedRun.begin(client, experiment.experiment_id, run_name, self._tags(about))
        self.console.line("Experiment '%s' (id %s)" % (experiment.name, experiment.experiment_id))
        self._tell_run("Run %s" % self.run.id)

    def _tags(self, about):
        tags = {
            "dolphinscheduler.project": about.get("projectName") or about.get("projectCode"),
            "dolphinscheduler.project.code": about.get("projectCode"),
            "dolphinscheduler.workflow": about.get("workflowName") or about.get("workflowCode"),
            "dolphinscheduler.workflow.code": about.get("workflowCode"),
            "dolphinscheduler.workflow.instance.id": about.get("workflowInstanceId"),
            "dolphinscheduler.task": about.get("name"),
            "dolphinscheduler.task.instance.id": about.get("instanceId"),
        }
        if self.preset:
            tags["mlflow.source.name"] = "dolphinml preset %s" % self.preset["jobType"]
            tags["mlflow.source.type"] = "PROJECT"
        return {key: str(value) for key, value in tags.items() if value not in (None, "")}

    def _tell_run(self, words):
        link = self.server.link(self.run.experiment_id, self.run.id)
        self.console.line("%s: %s" % (words, link) if link else words)

    @contextlib.contextmanager
    def _refusals(self):
        """What the server refuses is told in a sentence, with the field that chooses the server."""
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            raise TaskFailure("mlflowTrackingUri: the tracking server %s refuses (%s); check the credentials and the"
                              " server" % (self.server.shown, " ".join(str(error).split())))

    # The run

    def go(self):
        self.child.tell({
            "runId": self.run.id, "experimentId": self.run.experiment_id,
            "variables": {"MLFLOW_RUN_ID": self.run.id, "MLFLOW_EXPERIMENT_ID": self.run.experiment_id}
            if self.preset else {},
        })
        code, error = self.child.end("The run goes on")
        told = self._read_result()
        if code != 0:
            raise TaskFailure(told.get("error") or error or self.child.output.reason()
                              or "The project's command ended with exit code %s" % code)
        return told

    def _read_result(self):
        try:
            with open(self.result, encoding="utf-8") as stream:
                return json.load(stream)
        except OSError:
            return {}

    # The end

    def finish(self, told):
        """Closes the run as FINISHED, tells what it measured, and returns the outputs."""
        with self._refusals():
            self.run.close("FINISHED")
            recorded = self.run.fetched()
            uri, version = self.run.model()
        outputs = {"mlflow.run_id": self.run.id, "mlflow.experiment_id": self.run.experiment_id,
                   "mlflow.model_uri": uri, "mlflow.model_version": version}
        outputs.update({name: value for name, value in (told.get("outputs") or {}).items() if value is not None})
        metrics = dict(recorded.data.metrics)
        outputs.update(self._wanted(metrics, outputs))
        if metrics:
            self.console.block(["Metrics of the run:"] + summary.metrics_table(metrics))
        if outputs["mlflow.model_uri"]:
            self.console.line("Model: %s" % outputs["mlflow.model_uri"])
        self._tell_run("Run %s FINISHED" % self.run.id)
        return outputs

    def _wanted(self, metrics, known):
        """The metrics that the node hands on under their names."""
        declared = [output["name"] for output in self.task.request.get("outputs") or ()]
        listed = list(self.asked.get("outputs") or ())
        wanted = {}
        for name in declared + listed:
            if name in metrics:
                wanted[name] = metrics[name]
            elif name not in known:
                self.warn("The output parameter %s is no metric of the run; there are %s"
                          % (name, ", ".join(sorted(metrics)) or "none"))
        return wanted

    def fail(self, failure):
        """Closes the run as FAILED and adds its place to the failure."""
        try:
            self.run.close("FAILED")
        except Exception as error:
            self.warn("The run could not be closed as FAILED: %s" % " ".join(str(error).split()))
        self._tell_run("Run %s FAILED" % self.run.id)
        return failure

    def kill(self):
        """Ends the training, then closes the run: what still ran could give it another status."""
        if self.run is None:
            return
        remote = (self.ready.get("backend") or "local") != "local"
        processes.stop_all(grace=GRACE_OF_REMOTE_WORK if remote else GRACE_OF_LOCAL_WORK)
        try:
            self.run.close_quickly("KILLED")
            self._tell_run("Run %s KILLED" % self.run.id)
        except Exception as error:
            self.warn("Run %s could not be closed as KILLED: %s" % (self.run.id, " ".join(str(error).split())))


@contextlib.contextmanager
def unstoppable(task):
    """Puts a stop off until the block is done: a run that the server has made must be known here."""
    task.on_stop(lambda: None)
    try:
        yield
    finally:
        task.on_stop(None)
    if task.stopping:
        raise Stopped()


def _check_preset(preset):
    from dolphinml.mlflow.preset.failure import TrainingFailure
    from dolphinml.mlflow.preset.request import Request

    try:
        Request(preset).raise_faults()
    except TrainingFailure as fault:
        raise TaskFailure(str(fault))


def main(task, probe, private):
    run = ProjectRun(task, probe, private)
    run.check()
    try:
        run.start_child()
        client = run.connect()
        run.ready = run.child.ready("The project is being fetched")
        for note in run.ready.get("notes") or ():
            task.console.line(note)
        run.begin(client)
        return run.finish(run.go())
    except Stopped:
        run.kill()
        raise
    except TaskFailure as failure:
        raise run.fail(failure) if run.run is not None else failure
    except Exception as error:
        if run.run is None:
            raise
        run.fail(error)
        raise
