# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Follows objects until they end: their state, their pods' logs and the cluster's events about them."""

import time
from typing import AbstractSet, Any, Dict, Iterable, List, Optional, Set, Tuple

from dolphinml.common.program import Task
from dolphinml.kubeflow.documents import Document
from dolphinml.kubernetes import pods
from dolphinml.kubernetes.contracts import APPLIED, FAILED, RUNNING, SUCCEEDED, WAITING, Verdict
from dolphinml.kubernetes.events import Events
from dolphinml.kubernetes.kubectl import Kubectl, Refused, in_namespace, reference
from dolphinml.kubernetes.objects import at, title
from dolphinml.kubernetes.pod_logs import PodLogs

# The first polls come sooner than the node's interval, because many faults show immediately.
_FIRST_INTERVAL = 1.0

# Events of running objects are only read at every n-th poll.
_LOOKS_BETWEEN_EVENTS = 6

#: How long a service's status must stay the same if it may still be about the previous version.
_SECONDS_UNTIL_CERTAIN = 10.0

#: The state of an object that did not start within its start timeout.
NOT_STARTED = "NotStarted"

#: The states of an object that no longer exists, or that another one has replaced.
DELETED, REPLACED = "Deleted", "Replaced"


class Followed:
    """An object that is being followed."""

    def __init__(
        self, document: Document, placed: Dict[str, Any], renewed: bool = False, former: AbstractSet[str] = frozenset()
    ) -> None:
        """`renewed`: it existed before with another specification; `former`: the uids of that version's pods."""
        self.document = document
        self.renewed = renewed
        self.former = former
        self.resource = placed
        self.uid = at(placed, "metadata", "uid")
        self.namespace = at(placed, "metadata", "namespace")
        self.verdict = Verdict(WAITING, "")
        #: All pods it has had, by uid, as last seen: a controller may remove them before the object ends.
        self.pods: Dict[str, Dict[str, Any]] = {}
        #: Its current pods; None while they are unknown.
        self.present: Optional[List[Dict[str, Any]]] = None
        #: Since when the object (key "") or a pod (key uid) has been waiting to start.
        self.waiting_since: Dict[str, float] = {}
        #: The final state that its status shows, and since when, while that is not certain.
        self.uncertain: Optional[Tuple[str, float]] = None

    @property
    def title(self) -> str:
        return title(self.resource)

    def pods_by_authority(self) -> List[str]:
        """Returns the uids of all its pods, the most authoritative one first."""
        return [at(pod, "metadata", "uid") for pod in pods.by_authority(list(self.pods.values()), self.resource)]


class Following:
    """The loop that polls the cluster."""

    def __init__(self, task: Task, kubectl: Kubectl, logs: PodLogs, interval: float, start_timeout: Optional[int]) -> None:
        self._console = task.console
        self._kubectl = kubectl
        self._logs = logs
        self._interval = interval
        self._start_timeout = start_timeout
        self._events = Events(kubectl, task.console)
        self._reported: Dict[str, str] = {}
        self._blind = False

    def skip_warnings(self, namespaces: Iterable[Optional[str]], but: List[Dict[str, Any]]) -> None:
        """Skips warnings from before the objects are changed, except those about objects that this attempt continues."""
        for namespace in namespaces:
            self._events.skip(namespace, but)

    def follow(self, followed: List[Followed]) -> Followed:
        """Waits until all have succeeded, and returns the first, or until one has failed, and returns that one."""
        interval, looks = min(_FIRST_INTERVAL, self._interval), 0
        while True:
            for each in followed:
                if not each.verdict.final:
                    self._look(each)
            self._show_events(followed, looks)
            failed = [each for each in followed if each.verdict.state == FAILED]
            if failed or all(each.verdict.state == SUCCEEDED for each in followed):
                for each in followed:
                    self._look_at_pods(each)
                return (failed or followed)[0]
            time.sleep(interval)
            interval = min(1.5 * interval, self._interval)
            looks += 1

    @staticmethod
    def pods_that_are_over(followed: List[Followed]) -> Set[str]:
        """Returns the uids of the pods that no longer run, including deleted ones."""
        present = {at(pod, "metadata", "uid") for each in followed for pod in each.present or []}
        return {uid for each in followed for uid, pod in each.pods.items() if pods.is_over(pod) or uid not in present}

    def _look(self, each: Followed) -> None:
        current = self._kubectl.get(reference(each.document.resource), *in_namespace(each.namespace))
        if current is None:
            each.verdict = Verdict(FAILED, DELETED, _deleted(each))
        elif at(current, "metadata", "uid") != each.uid:
            each.verdict = Verdict(FAILED, REPLACED, "another one of its name has taken its place")
        else:
            each.resource = current
            parts = pods.list_parts(self._kubectl, each.document.contract, current)
            each.verdict = _certain(each, each.document.contract.verdict(current, parts))
            if at(current, "metadata", "deletionTimestamp") and not each.verdict.final:
                # A finalizer may keep the object forever.
                each.verdict = Verdict(FAILED, DELETED, _deleted(each))
            self._look_at_pods(each)
            self._limit_the_start(each)
        verdict = each.verdict
        self._report(each.uid, "%s: %s%s" % (each.title, verdict.word, " (%s)" % verdict.why if verdict.why else ""))

    def _limit_the_start(self, each: Followed) -> None:
        """Fails an object that waits, or whose pod waits, longer than the start timeout."""
        if self._start_timeout is None or each.verdict.final:
            return
        now, waiting = time.monotonic(), self._waiting(each)
        each.waiting_since = {key: each.waiting_since.get(key, now) for key in waiting}
        over = [key for key, since in each.waiting_since.items() if now - since >= self._start_timeout]
        if over:
            # A pod that cannot run explains more than one that only waits.
            words = waiting[next((key for key in over if waiting[key][1]), over[0])][0]
            others = "; %d other pods wait, too" % (len(waiting) - 1) if len(waiting) > 1 else ""
            why = "did not start within %d s: %s%s" % (self._start_timeout, words, others)
            each.verdict = Verdict(FAILED, NOT_STARTED, why)

    def _waiting(self, each: Followed) -> Dict[str, Tuple[str, bool]]:
        """Returns what waits to start, by pod uid or "" for the object itself: (the known reason, whether it is a fault)."""
        if each.present:
            pending = {at(pod, "metadata", "uid"): pod for pod in each.present if pods.is_pending(pod)}
            troubles = {uid: pods.trouble(pod) for uid, pod in pending.items()}
            return {
                uid: ("pod %s: %s" % (pod["metadata"]["name"], troubles[uid] or "Pending"), bool(troubles[uid]))
                for uid, pod in pending.items()
            }
        never_had_pods = each.present is not None and not each.pods and bool(each.document.contract.pods(each.resource))
        if each.verdict.state != WAITING and not never_had_pods:
            return {}
        return {"": (self._events.last(each.title) or each.verdict.why or "it has no pods yet", True)}

    def _look_at_pods(self, each: Followed) -> None:
        if self._blind:
            return
        try:
            found = pods.list_pods(self._kubectl, each.document.contract, each.resource)
        except Refused as refused:
            self._blind = True
            each.present = None
            self._console.line("Pods and their logs are not shown: %s" % refused.sentence)
            return
        found = [pod for pod in found if at(pod, "metadata", "uid") not in each.former]
        each.present = found
        first = pods.by_authority(found, each.resource)[:1]
        for pod in found:
            uid = at(pod, "metadata", "uid")
            each.pods[uid] = pod
            replica = pods.replica(pod, each.resource)
            self._logs.follow(pod, replica, first=pod in first)
            trouble = pods.trouble(pod)
            if trouble:
                self._report(uid, "[%s] %s" % (replica, trouble))

    def _show_events(self, followed: List[Followed], looks: int) -> None:
        calm = all(each.verdict.state in (RUNNING, SUCCEEDED) for each in followed)
        if calm and looks % _LOOKS_BETWEEN_EVENTS:
            return
        for namespace in sorted({each.namespace for each in followed if each.namespace}):
            names, owners = {}, []
            for each in followed:
                if each.namespace == namespace:
                    names[each.uid] = each.title
                    for uid, pod in each.pods.items():
                        names[uid] = pods.replica(pod, each.resource)
                    if each.document.contract.pods(each.resource):
                        owners.append(each.resource)
            self._events.show(namespace, names, owners)

    def _report(self, about: str, words: str) -> None:
        """Logs a state of an object or pod if it has changed."""
        if self._reported.get(about) != words:
            self._reported[about] = words
            self._console.line(words)


def _certain(each: Followed, verdict: Verdict) -> Verdict:
    """Returns the verdict, or RUNNING while it is uncertain: a service's status may still be about the previous version.

    A final state counts at once if the status says that it is about the current version; a failure may also be temporary.
    """
    if each.document.contract.ends or each.document.contract is APPLIED or not verdict.final:
        each.uncertain = None
        return verdict
    says_generation = isinstance(at(each.resource, "status", "observedGeneration"), int)
    if verdict.state == SUCCEEDED and (says_generation or not each.renewed):
        return verdict
    now = time.monotonic()
    if each.uncertain is None or each.uncertain[0] != verdict.state:
        each.uncertain = verdict.state, now
    if now - each.uncertain[1] >= _SECONDS_UNTIL_CERTAIN:
        return verdict
    return Verdict(RUNNING, verdict.word, verdict.why)


def _deleted(each: Followed) -> str:
    ttl = each.document.contract.ttl
    set_ttl = ttl.shortest(each.resource) if ttl else None
    if set_ttl is None:
        return "it was deleted while the task followed it"
    return "it was deleted before its end was seen, perhaps by its own %s of %d s" % set_ttl


def failure_lines(failed: Followed, logs: PodLogs) -> List[str]:
    """Returns why an object failed: the last log lines of the pod that failed first, its exit, and the object's own message."""
    if failed.verdict.word == NOT_STARTED:
        return ["kubeflow.startTimeout: %s %s" % (failed.title, failed.verdict.why)]
    found = pods.all_failures(list(failed.pods.values()), failed.resource)
    if failed.verdict.word == DELETED:
        # Its pods were deleted with it.
        found = [each for each in found if not each[1].overcome]
    lines = []
    summary = "%s failed: %s%s" % (failed.title, failed.verdict.word, ": " + failed.verdict.why if failed.verdict.why else "")
    if found:
        uid, first = found[0]
        lines += ["[%s] %s" % (first.replica, line) for line in logs.last_lines(uid, first.container)]
        lines.append(summary)
        container = ", container %s" % first.container if first.container else ""
        lines.append("Pod %s (%s%s): %s" % (first.pod, first.replica, container, first.words))
        others = {each for each, failure in found if failure.overcome == first.overcome} - {uid}
        if others:
            lines[-1] += "; %d other pods failed after it" % len(others)
    else:
        lines.append(summary)
    return lines
