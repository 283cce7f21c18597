# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The state of a deployment's object: its own status, its Deployments and the pods of one start."""

from typing import List, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.kubernetes import pods
from dolphinml.kubernetes.contracts import APPLIED, Verdict, contract_of, started_by
from dolphinml.kubernetes.kubectl import reference
from dolphinml.kubernetes.objects import at
from dolphinml.mlflow.deploy.cluster.access import Access

#: The number of restarts of a container after which the new version has failed, whatever its status says.
RESTARTS = 3


class Observation:
    """The state at one moment. `resource` is None if the object does not exist."""

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
        #: The pods of the object's current start; `others` are those of earlier versions.
        self.pods = [pod for pod in found if started_by(pod) == self.start]
        self.others = [pod for pod in found if started_by(pod) != self.start]

    @property
    def verdict(self) -> Verdict:
        """The verdict on an object that exists."""
        return given(self._verdict)

    @property
    def start(self) -> Optional[str]:
        return started_by(self.resource or {})

    def crash_loop(self) -> Optional[str]:
        """Returns a description of a container of this start that keeps crashing; None if there is none."""
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
        """Returns [(replica, reason)] of the pods that cannot run."""
        found = [(pods.replica(pod, given(self.resource)), pods.trouble(pod)) for pod in self.pods]
        return [(replica, words) for replica, words in found if words]


def observe(access: Access, identity: pods.Resource) -> Observation:
    """Returns the current state of the object with this identity (apiVersion, kind, metadata.name)."""
    current = access.kubectl.get(reference(identity), *access.where())
    if current is None:
        return Observation(None, None, [], [])
    contract = contract_of(current) or APPLIED
    parts = pods.list_parts(access.kubectl, contract, current)
    found = [pod for pod in pods.list_pods(access.kubectl, contract, current) if not at(pod, "metadata", "deletionTimestamp")]
    return Observation(current, contract.verdict(current, parts), parts, found)


def names_of_remaining_pods(access: Access, resource: pods.Resource) -> List[str]:
    """Returns the names of a deleted object's pods that still exist."""
    return [pod["metadata"]["name"] for pod in pods.list_pods(access.kubectl, contract_of(resource) or APPLIED, resource)]
