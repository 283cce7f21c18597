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
    """A model that is about to be served.

    number    counts the starts of this deployment
    model     the requested FixedModel
    files     the directory for the model's files, or for what describes them where the engine fetches them itself
    """

    def __init__(self, number: int, model: FixedModel, files: str) -> None:
        self.number = number
        self.model = model
        self.files = files


class Engine:
    """One deployment on what it runs on. The takeover calls the methods in the order in which they stand here.

    Any of them may raise TaskFailure, for what the user can fix, or EngineRefused. A new engine overrides what raises
    NotImplementedError, and is one line in `table`.

    KIND    what the log calls it
    PING    the path by which a candidate is asked whether it is healthy
    LOOKS   how often a candidate is looked at: by what share of its start it may be waited for longer than needed, and the most
            seconds between two looks
    source  where its models come from: which one is meant, its files, its input example
    """

    KIND = ""
    LOOKS = (0.02, 0.2)
    PING = "/ping"
    source: Type[RegisteredModel] = RegisteredModel

    def __init__(self, task: Task, settings: Settings, directory: str, known: Optional[record.Record]) -> None:
        """`directory` is the deployment's own, `known` the record of what was deployed last, or None."""
        self.console = task.console
        self.settings = settings
        self.directory = directory
        self.known = known

    # -- what is known

    @classmethod
    def find_record(cls, task: Task, settings: Settings, known: Optional[record.Record]) -> Optional[record.Record]:
        """The record of the node's deployment, or None. `known` is the one on this worker; an engine whose deployments
        every worker can change keeps it elsewhere."""
        return known

    # -- before anything is started

    def check(self) -> None:
        """Raises TaskFailure when the deployment cannot be made here: a name or a port of another owner."""
        raise NotImplementedError

    def same_as(self) -> Dict[str, Any]:
        """The settings, as JSON, with which a running deployment of the same model is what the node asks for."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the deployment of the record serves at this moment, and could be adopted."""
        raise NotImplementedError

    def unanswered_reason(self, address: str) -> Optional[str]:
        """Why a deployment does not answer at its address; None if it does."""
        return endpoint.unanswered_reason(address)

    def next_number(self) -> int:
        """A number that no start of this deployment has had."""
        return (self.known or {}).get("generation", 0) + 1

    def files_of(self, number: int) -> str:
        """The directory for the model's files of this start."""
        raise NotImplementedError

    def prepare(self, candidate: Candidate) -> None:
        """What takes long and touches nothing that serves, such as building an image."""

    def undo(self) -> UndoCommands:
        """(argv or (), [argv]): the commands by which a task that is killed outright is undone. If the first one fails
        the others are not run. Nothing where the engine notices by itself that the task is gone."""
        return (), []

    # -- the candidate, beside what serves

    def start(self, candidate: Candidate) -> None:
        """Starts the candidate; what clients reach stays as it is."""
        raise NotImplementedError

    def failure(self) -> Optional[str]:
        """How the candidate has failed, as the rest of a sentence such as "ended with exit code 1"; None while it may
        still become healthy."""
        raise NotImplementedError

    def ping(self) -> bool:
        """Whether the candidate answers that it is healthy."""
        raise NotImplementedError

    def log(self) -> List[str]:
        """The lines that the candidate has printed since the last call."""
        raise NotImplementedError

    def predict(self, payload: str, seconds: float) -> str:
        """The candidate's answer to the model's own input example; raises PredictionFailed."""
        raise NotImplementedError

    def describe(self) -> str:
        """What the candidate is called within a sentence, such as "the model server"."""
        raise NotImplementedError

    @property
    def awaited(self) -> str:
        """What is waited for until the candidate is healthy, as the end of a sentence."""
        return "GET %s of %s" % (self.PING, self.describe())

    @property
    def unhealthy(self) -> str:
        """What is wrong with a candidate that has not become healthy in time, as the rest of a sentence."""
        return "did not answer GET " + self.PING

    def remedy(self, package: str) -> str:
        """What to do when the candidate misses a Python package, as the end of a sentence."""
        return "log the model again with '%s' among its requirements (pip_requirements)" % package

    def share(self, fraction: float) -> None:
        """Hands this part of the requests to the candidate, and the others to what serves; until the switch or `discard`."""
        raise TaskFailure("mlflow.canary: %s has no canary; leave it out" % self.KIND)

    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """(of what serves, of the candidate): the front's summaries of the answers since `share`."""
        raise NotImplementedError

    # -- the switch

    def open(self) -> None:
        """Makes what clients will reach, where it is not there yet. What serves keeps serving."""

    def endpoint_fault(self, address: str) -> Optional[str]:
        """Why clients would not reach the deployment under this address after the switch; None if they would."""
        return endpoint.unanswered_reason(address)

    def take_over(self, about: record.Record) -> record.Record:
        """Lets the candidate serve, and has the record `about` count. Returns the record.

        All or nothing: when this raises, what served before serves, or `discard` makes it so."""
        about["since"] = record.now()
        record.prepare_record(self.directory, about)
        self.switch(about)
        record.publish_record(self.directory)
        return about

    def switch(self, about: record.Record) -> None:
        """Hands requests to the candidate from now on; may add to the record."""
        raise NotImplementedError

    def discard(self) -> None:
        """Takes the candidate back, from wherever it was on its way: called once after any failure before the switch.
        What served before serves afterwards; raises EngineRefused when that cannot be had."""
        raise NotImplementedError

    # -- after the switch: what fails here is a warning

    def retire(self) -> None:
        """Ends what was replaced, after its last request."""

    def hold(self) -> str:
        """Keeps the task running as the service; returns a sentence when it was replaced."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives back what this object holds open."""

    def endpoint(self, task: Task) -> str:
        """The address under which clients reach the deployment."""
        return endpoint.endpoint_of(task, self.settings.host, self.settings.port)

    # -- deployments of former tasks

    @classmethod
    def serving_state(cls, known: record.Record, directory: str) -> Tuple[bool, str]:
        """(whether the deployment of this record serves, a sentence about it)"""
        raise NotImplementedError

    @classmethod
    def counts(cls, known: record.Record, directory: str) -> Optional[Dict[str, Any]]:
        """What the deployment of this record has answered since its front began: {requests, errors5xx, median, p95, ...},
        latencies in seconds; None where nothing is counted."""
        return None

    @classmethod
    def stop(cls, known: record.Record, directory: str, console: Any) -> None:
        """Ends the deployment of this record and all that belongs to it."""
        raise NotImplementedError
