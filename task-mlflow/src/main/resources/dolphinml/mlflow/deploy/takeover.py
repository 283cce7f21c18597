# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How a model becomes the service: adopt a deployment that serves it already, or start a candidate beside the old service,
check that it is healthy and predicts, switch to it, retire the old service. A failure before the switch leaves it as it was.
"""

import collections
import contextlib
import time
from typing import Any, Deque, Dict, List, NoReturn, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.common.program import Task, TaskFailure
from dolphinml.common.waiting import Heartbeat, WaitingLog
from dolphinml.mlflow.deploy.detached import launch
from dolphinml.mlflow.deploy.detached.undo import Undo
from dolphinml.mlflow.deploy.engines.engine import Candidate, Engine
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.model.resolve import FixedModel
from dolphinml.mlflow.deploy.model.source import RegisteredModel
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import canary, causes, health
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.state.record import Record

LOG_LINES_OF_A_FAILURE = 40
# The cause may precede the long traceback of the program that started the server.
LOG_LINES_TO_SEARCH = 2000
MODELS_REMEMBERED = 20


class Takeover:
    """One task's deployment of a model; the caller holds the deployment's lock."""

    def __init__(self, task: Task, settings: Settings, engine: Engine, source: RegisteredModel) -> None:
        self._task = task
        self._console = task.console
        self._settings = settings
        self._engine = engine
        self._source = source
        self._known = engine.known
        self._printed: Deque[str] = collections.deque(maxlen=LOG_LINES_TO_SEARCH)

    def run(self, model: FixedModel) -> Record:
        """Deploys the model; returns the record of the deployment that now serves it."""
        try:
            self._engine.check()
            if self._is_adoptable(model):
                return given(self._known)
            return self._replace(model)
        except EngineRefused as refusal:
            raise TaskFailure("%s" % refusal)
        except OSError as error:
            raise TaskFailure("The deployment's directory %s cannot be used: %s" % (self._engine.directory, error))

    def _is_adoptable(self, model: FixedModel) -> bool:
        known, settings = self._known, self._settings
        if settings.force or settings.serve_mode == "foreground" or not known or known.get("ended"):
            return False
        if known.get("sameAs") != self._engine.same_as() or not self._source.is_same(model, known):
            return False
        if not self._engine.answers() or self._engine.unanswered_reason(known["endpoint"]) is not None:
            self._console.line("Deployment '%s' serves this version but does not answer: it is replaced" % settings.name)
            return False
        self._console.line(
            "Deployment '%s' serves %s since %s and is healthy: adopted, nothing is started"
            % (settings.name, model.uri, known["since"])
        )
        return True

    def _replace(self, model: FixedModel) -> Record:
        engine, switched = self._engine, False
        undo: Optional[Undo] = None
        number = engine.next_number()
        candidate = Candidate(number, model, engine.files_of(number))
        try:
            about, payload = self._describe(candidate)
            engine.prepare(candidate)
            undo = self._undo()
            engine.start(candidate)
            self._await_health()
            if payload is not None:
                self._check_prediction(payload)
            self._try_with_clients()
            engine.open()
            self._check_endpoint(about["endpoint"])
            # A stop that arrives now waits until it is known which of the two versions serves.
            with self._task.unstoppable():
                about = engine.take_over(about)
                switched = True
                self._console.line("Deployment '%s' serves %s at %s" % (self._settings.name, model.uri, about["endpoint"]))
                if undo is not None:
                    undo.done()
        except BaseException:
            if switched:
                self._say_what_continues(model)
            else:
                self._roll_back(undo)
            raise
        silence = engine.unanswered_reason(about["endpoint"])
        if silence is not None:
            self._console.line("WARNING The deployment does not answer at %s: %s" % (about["endpoint"], silence))
        self._retire()
        return about

    def _describe(self, candidate: Candidate) -> Tuple[Record, Optional[str]]:
        """Returns (the record as far as it is known before the start, the input example to try or None)."""
        settings, model = self._settings, candidate.model
        self._source.fetch(model, candidate.files)
        about = {
            "name": settings.name,
            "deployType": settings.type,
            "endpoint": self._engine.endpoint(self._task),
            "host": settings.host,
            "port": settings.port,
            "generation": candidate.number,
            "model": self._source.about(model, candidate.files),
            "registry": self._source.shown,
            "by": _by_whom(self._task),
            "sameAs": self._engine.same_as(),
            "since": record.now(),
            "settings": settings.recorded,
            "history": self._history(model),
        }
        return about, self._example(candidate.files)

    def _history(self, model: FixedModel) -> List[Dict[str, str]]:
        """Returns the models that this deployment served before, the latest one last."""
        known = self._known
        if known is None:
            return []
        history = known.get("history") or []
        if self._settings.rolls_back:
            return history[:-1]
        if known["model"]["uri"] == model.uri:
            return history
        return (history + [{"uri": known["model"]["uri"]}])[-MODELS_REMEMBERED:]

    def _example(self, files: str) -> Optional[str]:
        if not self._settings.check_prediction:
            self._console.line("No prediction is tried: mlflow.checkPrediction is false")
            return None
        payload = self._source.example(files)
        if payload is None:
            self._console.line("No prediction is tried: the model was saved without an input example")
        return payload

    def _undo(self) -> Optional[Undo]:
        first, commands = self._engine.undo()
        try:
            return Undo(self._engine.directory, commands, first) if commands else None
        except launch.FrontFailed as failure:
            raise TaskFailure("What undoes this deployment if the task is killed did not start: %s" % failure)

    # -- testing the candidate

    def _await_health(self) -> None:
        waiting = WaitingLog(self._console, "Waiting for " + self._engine.awaited)
        while True:
            # Before the log is read, so that the last output of a candidate that has ended is included.
            failure = self._engine.failure()
            self._show_log(waiting)
            if failure is not None:
                self._fail("%s before it was healthy" % failure, with_cause=True)
            if self._engine.ping():
                self._console.line("Healthy after %.1f s" % waiting.seconds)
                return
            if waiting.seconds > self._settings.start_timeout:
                self._fail("%s within %d s (mlflow.startTimeout)" % (self._engine.unhealthy, self._settings.start_timeout))
            waiting.report()
            share, longest = self._engine.LOOKS
            time.sleep(min(longest, 0.02 + share * waiting.seconds))

    def _show_log(self, waiting: WaitingLog) -> None:
        for line in self._engine.log():
            self._printed.append(line)
            waiting.line("  | " + line)

    def _check_prediction(self, payload: str) -> None:
        began = time.monotonic()
        try:
            with Heartbeat(self._console, "Waiting for one prediction of the model's input example"):
                answer = self._engine.predict(payload, self._settings.timeout + 5)
        except health.PredictionFailed as failure:
            self._fail("is up but cannot predict the model's own input example: %s" % failure)
        self._console.line(
            "Prediction of the model's input example after %.2f s: %s" % (time.monotonic() - began, answer.strip()[:300])
        )

    def _try_with_clients(self) -> None:
        """Runs the canary, if the node requests one and a version is serving."""
        settings = self._settings
        if not settings.canary:
            return
        if self._known is None or not self._engine.answers():
            self._console.line("No canary: nothing serves that the new version could be compared with")
            return
        self._console.line(
            "Canary: the new version gets %g%% of the requests for %d s" % (100 * settings.canary, settings.canary_time)
        )
        self._engine.share(settings.canary)
        waiting = WaitingLog(self._console, "Canary")
        while True:
            old, new = (canary.AnswerCounts.of_summary(each) for each in self._engine.statistics())
            if waiting.seconds >= settings.canary_time or canary.is_clear(old, new, settings.canary_tolerance):
                break
            failure = self._engine.failure()
            self._show_log(waiting)
            if failure is not None:
                self._fail("%s as a canary" % failure, with_cause=True)
            waiting.report(": %d answers of the new version, %d of them 5xx" % (new.answers, new.errors))
            time.sleep(self._engine.LOOKS[1])
        rows = [old.row("old version"), new.row("new version")]
        fault = canary.fault(old, new, settings.canary_tolerance)
        if fault is not None:
            summary = "mlflow.canary: the new version does not take over: " + fault
            raise TaskFailure(summary, rows + [summary])
        for row in rows + ["Canary: the new version is as good as the old one"]:
            self._console.line(row)

    def _check_endpoint(self, address: str) -> None:
        fault = self._engine.endpoint_fault(address)
        if fault is not None:
            raise TaskFailure(
                "mlflow.host: no client would reach %s, the address in the output parameters (%s); set mlflow.host to an address"
                " of the worker under which its clients know it" % (address, fault)
            )

    def _fail(self, what: str, with_cause: bool = False) -> NoReturn:
        with contextlib.suppress(EngineRefused):
            self._printed.extend(self._engine.log())
        printed = list(self._printed)
        cause = causes.last_exception(printed) if with_cause else None
        summary = "%s of %s %s" % (self._name(), self._settings.model, what)
        if cause is not None:
            missing = causes.missing_package(cause)
            summary += ": %s%s" % (cause, "; %s" % self._engine.remedy(missing) if missing else "")
        block = ["Its last lines:"] + ["  | " + line for line in printed[-LOG_LINES_OF_A_FAILURE:] or ["(nothing was printed)"]]
        raise TaskFailure(summary, block + [summary])

    def _name(self) -> str:
        """Returns the candidate's name at the beginning of a sentence."""
        name = self._engine.describe()
        return name[0].upper() + name[1:]

    # -- the only roll-back

    def _roll_back(self, undo: Optional[Undo]) -> None:
        try:
            self._engine.discard()
            if undo is not None:
                undo.done()
        except (EngineRefused, TaskFailure, OSError) as refusal:
            again = "; it is tried once more when this task has ended" if undo is not None else ""
            self._console.line("%s could not be rolled back: %s%s" % (self._name(), refusal, again))
        self._console.line(self._what_serves())

    def _what_serves(self) -> str:
        name, known = self._settings.name, record.read_record(self._engine.directory)
        if known is None:
            return "No deployment '%s' existed before, and none exists now" % name
        try:
            serves, detail = self._engine.serving_state(known, self._engine.directory)
        except (EngineRefused, TaskFailure) as refusal:
            return "Whether deployment '%s' serves is unknown: %s" % (name, refusal)
        if not serves:
            return "Deployment '%s' (%s) does not serve: %s" % (name, known["model"]["uri"], detail)
        return "Deployment '%s' serves %s as before" % (name, known["model"]["uri"])

    def _say_what_continues(self, model: FixedModel) -> None:
        fate = "ends with this task" if self._settings.serve_mode == "foreground" else "continues"
        self._console.line("Deployment '%s' serves %s already, and %s" % (self._settings.name, model.uri, fate))

    # -- after the switch

    def _retire(self) -> None:
        try:
            self._engine.retire()
        except (EngineRefused, OSError) as refusal:
            self._console.line("WARNING The new version serves, but what it has replaced could not be ended: %s" % refusal)


def _by_whom(task: Task) -> Dict[str, Any]:
    about = task.request.get("task") or {}
    names = ("name", "instanceId", "projectCode", "workflowCode", "workflowInstanceId")
    return {name: about[name] for name in names if about.get(name) is not None}
