# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The pods of an object: which replica each is, in which order, and why one has failed."""

import re
from typing import Any, Dict, List, NamedTuple, Optional

from dolphinml.kubernetes.contracts import Contract
from dolphinml.kubernetes.kubectl import Kubectl, in_namespace
from dolphinml.kubernetes.objects import annotations, at, items, labels, selector

Resource = Dict[str, Any]

# Replicas that lead the others, the first of whom speaks for the job.
_LEADERS = ("master", "chief", "launcher", "head", "node", "driver")

_NUMBER = re.compile(r"(\d+)")

# Why a container does not start, by the words of the kubelet; the first ones end by themselves, or never.
_STUCK = {
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "CrashLoopBackOff",
    "RunContainerError",
    "RegistryUnavailable",
}


def list_pods(kubectl: Kubectl, contract: Contract, resource: Resource) -> List[Resource]:
    """The pods of an object, the first replica first."""
    if resource["kind"] == "Pod":
        return [resource]
    chosen = selector(contract.pods(resource) or {})
    if not chosen:
        return []
    namespace = at(resource, "metadata", "namespace")
    found = items(kubectl.get("pods", "--selector", chosen, *in_namespace(namespace)))
    return sorted(found, key=lambda pod: _order(replica(pod, resource), pod))


def _order(name: str, pod: Resource) -> Any:
    kind = name.split("-")[0].lower()
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _NUMBER.split(name) if part]
    return kind not in _LEADERS, parts, at(pod, "metadata", "creationTimestamp") or ""


def replica(pod: Resource, owner: Resource) -> str:
    """The pod's part in its owner, as in master-0 or worker-1; the end of its name where no label says it."""
    known = labels(pod)
    for kind, index in (
        ("training.kubeflow.org/replica-type", "training.kubeflow.org/replica-index"),
        ("jobset.sigs.k8s.io/replicatedjob-name", "jobset.sigs.k8s.io/job-index"),
    ):
        if known.get(kind):
            return "-".join(each for each in (known[kind].lower(), known.get(index)) if each)
    if known.get("ray.io/node-type"):
        return "%s-%s" % (known["ray.io/node-type"], pod["metadata"]["name"].rpartition("-")[2])
    completion = annotations(pod).get("batch.kubernetes.io/job-completion-index")
    if completion is not None:
        return "index-%s" % completion
    name, owned = pod["metadata"]["name"], owner["metadata"]["name"]
    return name[len(owned) + 1 :] if name.startswith(owned + "-") else name


def containers(pod: Resource) -> List[str]:
    """The names of the pod's containers, but not of those that prepare it."""
    return [each["name"] for each in at(pod, "spec", "containers") or []]


def has_started(pod: Resource, container: str) -> bool:
    """Whether a container has a log."""
    status = _status(pod, container)
    return status is not None and any(
        at(status, *place) for place in (("state", "running"), ("state", "terminated"), ("lastState", "terminated"))
    )


def is_over(pod: Resource) -> bool:
    """Whether none of its containers runs any more, or will again."""
    return at(pod, "status", "phase") in ("Succeeded", "Failed")


def is_pending(pod: Resource) -> bool:
    """Whether it waits for a node, or one of its containers for its image or its volumes."""
    return at(pod, "status", "phase") in (None, "Pending")


def _status(pod: Resource, container: str) -> Optional[Dict[str, Any]]:
    for status in at(pod, "status", "containerStatuses") or []:
        if status.get("name") == container:
            return status
    return None


class Failure(NamedTuple):
    """How a container of a pod, or a pod as a whole, has failed."""

    pod: str
    replica: str
    #: None if no container ended with one, as at an eviction.
    container: Optional[str]
    when: str
    words: str


def failures(pod: Resource, owner: Resource) -> List[Failure]:
    """All failures of a pod, also those after which it has been started again."""
    name, part = pod["metadata"]["name"], replica(pod, owner)
    found = []
    statuses = (at(pod, "status", "initContainerStatuses") or []) + (at(pod, "status", "containerStatuses") or [])
    for status in statuses:
        for key in ("state", "lastState"):
            ended = at(status, key, "terminated")
            if ended and ended.get("exitCode"):
                words = "exit code %s" % ended["exitCode"]
                reason = ended.get("reason")
                if reason and reason != "Error":
                    words += ", %s" % reason
                if ended.get("message"):
                    words += ": %s" % ended["message"].strip()
                found.append(Failure(name, part, status.get("name"), ended.get("finishedAt") or "", words))
    if at(pod, "status", "phase") == "Failed" and at(pod, "status", "reason"):
        words = ": ".join(each for each in (pod["status"]["reason"], at(pod, "status", "message")) if each)
        found.append(Failure(name, part, None, "", words))
    return found


def trouble(pod: Resource) -> Optional[str]:
    """Why the pod does not run, where something keeps it from running; None while it only takes its time."""
    for condition in at(pod, "status", "conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return "Unschedulable: %s" % condition.get("message", "")
    statuses = (at(pod, "status", "initContainerStatuses") or []) + (at(pod, "status", "containerStatuses") or [])
    for status in statuses:
        waiting = at(status, "state", "waiting")
        if waiting and waiting.get("reason") in _STUCK:
            message = (waiting.get("message") or "").strip()
            return "%s%s" % (waiting["reason"], ": " + message if message else "")
    return None
