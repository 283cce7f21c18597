# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How an object of a deployment stands: its own status, its Deployments and the pods of one start."""

from typing import List, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.kubernetes import pods
from dolphinml.kubernetes.contracts import APPLIED, Verdict, contract_of, started_by
from dolphinml.kubernetes.kubectl import reference
from dolphinml.kubernetes.objects import at
from dolphinml.mlflow.deploy.cluster.access import Access

#: So many restarts of a container, and the new version has failed although its status may say otherwise.
RESTARTS = 3


class Observation:
    """One look. `resource` is None where the object is not there."""

    def __init__(
        self,
        resource: Optional[pods.Resource],
        verdict: Optional[Verdict],
        parts: List[pods.Resource],
        found: List[pods.Resource],
    ) -> None:
        self.resource = resource
        self._verdict = verdict
        self.parts = parts
        #: Those of the object's start, and those of versions before.
        self.pods = [pod for pod in found if started_by(pod) == self.start]
        self.others = [pod for pod in found if started_by(pod) != self.start]

    @property
    def verdict(self) -> Verdict:
        """Of an object that is there."""
        return given(self._verdict)

    @property
    def start(self) -> Optional[str]:
        return started_by(self.resource or {})

    def crash_loop(self) -> Optional[str]:
        """What a container of this start has died of again and again, in words; None if none has."""
        for pod in self.pods:
            for status in (at(pod, "status", "initContainerStatuses") or []) + (at(pod, "status", "containerStatuses") or []):
                if status.get("restartCount", 0) >= RESTARTS and not status.get("ready"):
                    ended = at(status, "lastState", "terminated") or at(status, "state", "terminated") or {}
                    return "pod %s, container %s: restarted %d times, the last time after exit code %s" % (
                        pod["metadata"]["name"],
                        status.get("name"),
                        status["restartCount"],
                        ended.get("exitCode", "?"),
                    )
        return None

    def troubles(self) -> List[Tuple[str, str]]:
        """[(replica, words)] of the pods that something keeps from running."""
        found = [(pods.replica(pod, given(self.resource)), pods.trouble(pod)) for pod in self.pods]
        return [(replica, words) for replica, words in found if words]


def observe(access: Access, identity: pods.Resource) -> Observation:
    """How the object of this identity (apiVersion, kind, metadata.name) stands."""
    current = access.kubectl.get(reference(identity), *access.where())
    if current is None:
        return Observation(None, None, [], [])
    contract = contract_of(current) or APPLIED
    parts = pods.list_parts(access.kubectl, contract, current)
    found = [pod for pod in pods.list_pods(access.kubectl, contract, current) if not at(pod, "metadata", "deletionTimestamp")]
    return Observation(current, contract.verdict(current, parts), parts, found)


def names_of_remaining_pods(access: Access, resource: pods.Resource) -> List[str]:
    """The names of the pods of a deleted object that are still there."""
    return [pod["metadata"]["name"] for pod in pods.list_pods(access.kubectl, contract_of(resource) or APPLIED, resource)]
