# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Follows objects to their end: their state, their pods' logs and what the cluster reports of them."""

import time
from typing import Any, Dict, List, Optional, Set

from dolphinml.kubeflow.documents import Document
from dolphinml.kubernetes import pods
from dolphinml.kubernetes.contracts import FAILED, RUNNING, SUCCEEDED, WAITING, Verdict
from dolphinml.kubernetes.events import Events
from dolphinml.kubernetes.kubectl import Kubectl, Refused, in_namespace, reference
from dolphinml.kubernetes.objects import at, items, selector, title
from dolphinml.kubernetes.pod_logs import PodLogs

# The first looks come sooner than the node's interval: many faults show at once.
_FIRST_INTERVAL = 1.0

# How many looks go by between two at the events of objects that run.
_LOOKS_BETWEEN_EVENTS = 6

#: The state of an object that has not started in the time that it had for it.
NOT_STARTED = "NotStarted"


class Followed:
    """One object that is followed."""

    def __init__(self, document: Document, placed: Dict[str, Any]) -> None:
        self.document = document
        self.resource = placed
        self.uid = at(placed, "metadata", "uid")
        self.namespace = at(placed, "metadata", "namespace")
        self.verdict = Verdict(WAITING, "")
        #: The pods that it has had, by uid, as they were seen last: a controller may remove them before the end.
        self.pods: Dict[str, Dict[str, Any]] = {}
        #: Those that it has now; None while that is not known.
        self.present: Optional[List[Dict[str, Any]]] = None
        #: Since when it, or one of its pods, waits to start; None if nothing does.
        self.waiting_since: Optional[float] = None

    @property
    def title(self) -> str:
        return title(self.resource)


class Following:
    """A loop of looks at the cluster."""

    def __init__(self, task: Any, kubectl: Kubectl, logs: PodLogs, interval: float, start_timeout: Optional[int]) -> None:
        self._console = task.console
        self._kubectl = kubectl
        self._logs = logs
        self._interval = interval
        self._start_timeout = start_timeout
        self._events = Events(kubectl, task.console)
        self._reported: Dict[str, str] = {}
        self._blind = False

    def follow(self, followed: List[Followed]) -> Followed:
        """Returns when all have succeeded, with the first one, or when one has failed, with that one."""
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
        """The uids of the pods of which nothing runs any more."""
        return {uid for each in followed for uid, pod in each.pods.items() if pods.is_over(pod)}

    def _look(self, each: Followed) -> None:
        current = self._kubectl.get(reference(each.document.resource), *in_namespace(each.namespace))
        if current is None:
            each.verdict = Verdict(FAILED, "Deleted", "it was deleted while the task followed it")
        elif at(current, "metadata", "uid") != each.uid:
            each.verdict = Verdict(FAILED, "Replaced", "another one of its name has taken its place")
        else:
            each.resource = current
            each.verdict = each.document.contract.verdict(current, self._parts(each))
            self._look_at_pods(each)
            self._limit_the_start(each)
        verdict = each.verdict
        self._report(each.uid, "%s: %s%s" % (each.title, verdict.word, " (%s)" % verdict.why if verdict.why else ""))

    def _limit_the_start(self, each: Followed) -> None:
        """Lets an object fail that waits for longer than it may."""
        limit = self._start_timeout
        reason = None if limit is None or each.verdict.final else self._awaited(each)
        if limit is None or reason is None:
            each.waiting_since = None
            return
        if each.waiting_since is None:
            each.waiting_since = time.monotonic()
        if time.monotonic() - each.waiting_since >= limit:
            each.verdict = Verdict(FAILED, NOT_STARTED, "did not start within %d s: %s" % (limit, reason))

    def _awaited(self, each: Followed) -> Optional[str]:
        """What keeps an object from starting; None if nothing does."""
        if each.present:
            pending = [pod for pod in each.present if pods.is_pending(pod)]
            if not pending:
                return None
            stuck = next((pod for pod in pending if pods.trouble(pod)), pending[0])
            words = "pod %s: %s" % (stuck["metadata"]["name"], pods.trouble(stuck) or "Pending")
            return "%s; %d other pods wait, too" % (words, len(pending) - 1) if len(pending) > 1 else words
        has_pods = each.present is not None and each.document.contract.pods(each.resource) is not None
        if each.verdict.state != WAITING and not has_pods:
            return None
        return self._events.last(each.title) or each.verdict.why or "it has no pods yet"

    def _parts(self, each: Followed) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = []
        for part in each.document.contract.parts(each.resource):
            found += items(self._kubectl.get(part.resource, "--selector", selector(part.labels), *in_namespace(each.namespace)))
        return found

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
        each.present = found
        for pod in found:
            uid = at(pod, "metadata", "uid")
            each.pods[uid] = pod
            replica = pods.replica(pod, each.resource)
            names = pods.containers(pod)
            for container in names:
                if pods.has_started(pod, container):
                    self._logs.follow(
                        each.namespace,
                        uid,
                        pod["metadata"]["name"],
                        container,
                        replica if len(names) == 1 else "%s/%s" % (replica, container),
                    )
            trouble = pods.trouble(pod)
            if trouble:
                self._report(uid, "[%s] %s" % (replica, trouble))

    def _show_events(self, followed: List[Followed], looks: int) -> None:
        calm = all(each.verdict.state in (RUNNING, SUCCEEDED) for each in followed)
        if calm and looks % _LOOKS_BETWEEN_EVENTS:
            return
        for namespace in sorted({each.namespace for each in followed if each.namespace}):
            names = {}
            for each in followed:
                if each.namespace == namespace:
                    names[each.uid] = each.title
                    for uid, pod in each.pods.items():
                        names[uid] = pods.replica(pod, each.resource)
            self._events.show(namespace, names)

    def _report(self, about: str, words: str) -> None:
        """Logs what is new about an object or a pod."""
        if self._reported.get(about) != words:
            self._reported[about] = words
            self._console.line(words)


def failure_lines(failed: Followed, logs: PodLogs) -> List[str]:
    """Why an object failed: the end of the log of the pod that failed first, how it ended, and the object's own words."""
    if failed.verdict.word == NOT_STARTED:
        return ["kubeflow.startTimeout: %s %s" % (failed.title, failed.verdict.why)]
    found = []
    for uid, pod in failed.pods.items():
        for failure in pods.failures(pod, failed.resource):
            found.append((failure.when or "~", uid, failure))
    lines = []
    summary = "%s failed: %s%s" % (failed.title, failed.verdict.word, ": " + failed.verdict.why if failed.verdict.why else "")
    if found:
        _, uid, first = min(found, key=lambda each: each[:2])
        lines += ["[%s] %s" % (first.replica, line) for line in logs.last_lines(uid, first.container)]
        lines.append(summary)
        container = ", container %s" % first.container if first.container else ""
        lines.append("Pod %s (%s%s): %s" % (first.pod, first.replica, container, first.words))
        others = len({uid for _, uid, _ in found}) - 1
        if others:
            lines[-1] += "; %d other pods failed after it" % others
    else:
        lines.append(summary)
    return lines
