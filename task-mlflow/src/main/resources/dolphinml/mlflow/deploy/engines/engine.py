# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The interface between the takeover and what a deployment runs on."""

from typing import Any, Dict, List, Optional, Sequence, Tuple, Type

from dolphinml.common.program import Task, TaskFailure
from dolphinml.mlflow.deploy.model.resolve import FixedModel
from dolphinml.mlflow.deploy.model.source import RegisteredModel
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import endpoint
from dolphinml.mlflow.deploy.state import record

#: (argv or (), [argv]), see `Engine.undo`.
UndoCommands = Tuple[Sequence[str], List[List[str]]]

OLD_FRONT = (
    "mlflow.canary: the deployment's front is of an earlier release, which cannot share requests; deploy once without a"
    " canary to renew it"
)


class Candidate:
    """A model version that is about to be served.

    number    counts the starts of this deployment
    model     the requested FixedModel
    files     the directory for the model's files, or for what describes them where the engine fetches them itself
    """

    def __init__(self, number: int, model: FixedModel, files: str) -> None:
        self.number = number
        self.model = model
        self.files = files


class Engine:
    """One deployment on its platform. The takeover calls the methods in the order of this class.

    Any of them may raise TaskFailure, for what the user can fix, or EngineRefused. A new engine overrides the methods that raise
    NotImplementedError, and adds one line to `table`.

    KIND    the engine's name in the log
    PING    the path of a candidate's health check
    LOOKS   the polling interval for a candidate: as a fraction of the time since its start, and at most this many
            seconds
    source  where its models come from: resolves the URI, fetches the files, reads the input example
    """

    KIND = ""
    LOOKS = (0.02, 0.2)
    PING = "/ping"
    source: Type[RegisteredModel] = RegisteredModel

    def __init__(self, task: Task, settings: Settings, directory: str, known: Optional[record.Record]) -> None:
        """`directory` is the deployment's own directory, `known` the record of the last deployment, or None."""
        self.console = task.console
        self.settings = settings
        self.directory = directory
        self.known = known

    # -- the record

    @classmethod
    def find_record(cls, task: Task, settings: Settings, known: Optional[record.Record]) -> Optional[record.Record]:
        """Returns the record of the node's deployment, or None. `known` is this worker's record; an engine whose deployments
        every worker can change keeps its record elsewhere."""
        return known

    # -- before anything is started

    def check(self) -> None:
        """Raises TaskFailure if the deployment is not possible here, for example because another owner has its name or port."""
        raise NotImplementedError

    def same_as(self) -> Dict[str, Any]:
        """Returns the settings, as JSON, that a running deployment of the same model must have to be adopted."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the recorded deployment serves at this moment and could be adopted."""
        raise NotImplementedError

    def unanswered_reason(self, address: str) -> Optional[str]:
        """Returns why the deployment does not answer at its address; None if it does."""
        return endpoint.unanswered_reason(address)

    def next_number(self) -> int:
        """Returns a number that no earlier start of this deployment has used."""
        return (self.known or {}).get("generation", 0) + 1

    def files_of(self, number: int) -> str:
        """Returns the directory for this start's model files."""
        raise NotImplementedError

    def prepare(self, candidate: Candidate) -> None:
        """Does the slow work that does not affect the running service, such as building an image."""

    def undo(self) -> UndoCommands:
        """Returns (argv or (), [argv]): the commands that roll back a task killed with SIGKILL. If the first one fails,
        the others are not run. Empty if the engine itself notices that the task is gone."""
        return (), []

    # -- the candidate, beside the running service

    def start(self, candidate: Candidate) -> None:
        """Starts the candidate without changing what clients reach."""
        raise NotImplementedError

    def failure(self) -> Optional[str]:
        """Returns how the candidate failed, as the rest of a sentence such as "ended with exit code 1"; None while it may
        still become healthy."""
        raise NotImplementedError

    def ping(self) -> bool:
        """Whether the candidate reports that it is healthy."""
        raise NotImplementedError

    def log(self) -> List[str]:
        """Returns the lines that the candidate has printed since the last call."""
        raise NotImplementedError

    def predict(self, payload: str, seconds: float) -> str:
        """Returns the candidate's answer to the model's own input example; raises PredictionFailed."""
        raise NotImplementedError

    def describe(self) -> str:
        """Returns the candidate's name within a sentence, such as "the model server"."""
        raise NotImplementedError

    @property
    def awaited(self) -> str:
        """Returns what the task waits for until the candidate is healthy, as the end of a sentence."""
        return "GET %s of %s" % (self.PING, self.describe())

    @property
    def unhealthy(self) -> str:
        """Returns what is wrong with a candidate that has not become healthy in time, as the rest of a sentence."""
        return "did not answer GET " + self.PING

    def remedy(self, package: str) -> str:
        """Returns what to do if the candidate lacks a Python package, as the end of a sentence."""
        return "log the model again with '%s' among its requirements (pip_requirements)" % package

    def share(self, fraction: float) -> None:
        """Sends this fraction of the requests to the candidate until the switch or `discard`; the rest to the running service."""
        raise TaskFailure("mlflow.canary: %s has no canary; leave it out" % self.KIND)

    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """Returns the summaries (of the running service, of the candidate) of the answers since `share`."""
        raise NotImplementedError

    # -- the switch

    def open(self) -> None:
        """Creates the endpoint for clients if it does not exist yet. The running service keeps serving."""

    def endpoint_fault(self, address: str) -> Optional[str]:
        """Returns why clients would not reach the deployment at this address after the switch; None if they would."""
        return endpoint.unanswered_reason(address)

    def take_over(self, about: record.Record) -> record.Record:
        """Makes the candidate serve and publishes the record `about`. Returns the record.

        All or nothing: if this raises, the previous service still serves, or `discard` restores it."""
        about["since"] = record.now()
        record.prepare_record(self.directory, about)
        self.switch(about)
        record.publish_record(self.directory)
        return about

    def switch(self, about: record.Record) -> None:
        """Sends all requests to the candidate from now on; may add to the record."""
        raise NotImplementedError

    def discard(self) -> None:
        """Rolls the candidate back, however far it got: called once after any failure before the switch.
        The previous service serves afterwards; raises EngineRefused if it cannot be restored."""
        raise NotImplementedError

    # -- after the switch: what fails here is a warning

    def retire(self) -> None:
        """Ends the replaced version after its last request."""

    def hold(self) -> str:
        """Keeps the task running as the service; returns a sentence once the service is replaced."""
        raise NotImplementedError

    def close(self) -> None:
        """Releases what this object holds open."""

    def endpoint(self, task: Task) -> str:
        """Returns the address at which clients reach the deployment."""
        return endpoint.endpoint_of(task, self.settings.host, self.settings.port)

    # -- deployments of earlier tasks

    @classmethod
    def serving_state(cls, known: record.Record, directory: str) -> Tuple[bool, str]:
        """Returns (whether the deployment of this record serves, a sentence about it)."""
        raise NotImplementedError

    @classmethod
    def counts(cls, known: record.Record, directory: str) -> Optional[Dict[str, Any]]:
        """Returns the counts of this record's deployment since its front started: {requests, errors5xx, median, p95, ...},
        latencies in seconds; None if nothing is counted."""
        return None

    @classmethod
    def stop(cls, known: record.Record, directory: str, console: Any) -> None:
        """Ends the deployment of this record and removes everything that belongs to it."""
        raise NotImplementedError
