# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the pods of an object: their replicas, their order, and why one has failed."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from dolphinml.kubernetes.contracts import Contract
from dolphinml.kubernetes.kubectl import Kubectl, in_namespace
from dolphinml.kubernetes.objects import annotations_of, at, items, labels_of, selector

Resource = Dict[str, Any]

# Replicas that lead the others, in order of authority.
_LEADERS = ("submitter", "master", "chief", "launcher", "head", "node", "driver")

# Replicas that only help the others.
_HELPERS = ("ps", "evaluator")

_COMPLETION = "batch.kubernetes.io/job-completion-index"

# The label of a Katib Experiment's suggestion service, whose pods also have the label of the Experiment.
_SUGGESTION = "katib.kubeflow.org/suggestion"

# Argo's own container next to that of a step; it only logs what Argo does.
_ARGO, _ARGO_CONTAINER = "workflows.argoproj.io/workflow", "wait"

# The annotation with which a pod names its node in the status of its Workflow.
_ARGO_NODE = "workflows.argoproj.io/node-id"

# Exit codes of containers that a signal ended, mostly because another container had failed before.
_ENDED_BY_SIGNAL = (137, 143)

_NUMBER = re.compile(r"(\d+)")

# The kubelet's reasons for a container that does not start; the first ones end by themselves, or never.
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
    """Returns the pods of an object, the first replica first."""
    if resource["kind"] == "Pod":
        return [resource]
    namespace = at(resource, "metadata", "namespace")
    found: List[Resource] = []
    for chosen in contract.pods(resource):
        found += items(kubectl.get("pods", "--selector", selector(chosen), *in_namespace(namespace)))
    return sorted(found, key=lambda pod: (_rank(replica(pod, resource)), _creation_time(pod)))


def list_parts(kubectl: Kubectl, contract: Contract, resource: Resource) -> List[Resource]:
    """Returns the objects of other kinds whose status also counts."""
    found: List[Resource] = []
    for part in contract.parts(resource):
        chosen = ["--selector", selector(part.labels), *in_namespace(at(resource, "metadata", "namespace"))]
        found += items(kubectl.get(part.resource, *chosen))
    return found


def by_authority(found: List[Resource], owner: Resource) -> List[Resource]:
    """Sorts pods by their authority for their owner: the first replica first, and of one replica the newest pod first.

    Failed pods come last: another one has replaced them, or all have failed.
    """
    newest_first = sorted(found, key=_creation_time, reverse=True)
    return sorted(newest_first, key=lambda pod: (at(pod, "status", "phase") == "Failed", _rank(replica(pod, owner))))


def _rank(name: str) -> Any:
    kind = name.split("-")[0].lower()
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _NUMBER.split(name) if part]
    if kind in _LEADERS:
        return _LEADERS.index(kind), parts
    return len(_LEADERS) + (kind in _HELPERS), parts


def _creation_time(pod: Resource) -> str:
    return at(pod, "metadata", "creationTimestamp") or ""


def replica(pod: Resource, owner: Resource) -> str:
    """Returns the pod's replica in its owner, as in master-0 or worker-1; the end of its name if no label has it."""
    known = labels_of(pod)
    completion = annotations_of(pod).get(_COMPLETION)
    for kind, index, within in (
        ("training.kubeflow.org/replica-type", "training.kubeflow.org/replica-index", None),
        # All nodes of a TrainJob are pods of the same job.
        ("jobset.sigs.k8s.io/replicatedjob-name", "jobset.sigs.k8s.io/job-index", completion),
    ):
        if known.get(kind):
            return "-".join(each for each in (known[kind].lower(), known.get(index), within) if each)
    if known.get("ray.io/node-type"):
        return "%s-%s" % (known["ray.io/node-type"], pod["metadata"]["name"].rpartition("-")[2])
    if owner["kind"] == "RayJob":
        return "submitter"
    if completion is not None:
        return "index-%s" % completion
    name, owned = pod["metadata"]["name"], owner["metadata"]["name"]
    return name[len(owned) + 1 :] if name.startswith(owned + "-") else name


def containers(pod: Resource) -> List[str]:
    """Returns the names of the pod's containers, without init containers and those that its platform adds."""
    if labels_of(pod).get(_SUGGESTION):
        return []
    names = [each["name"] for each in at(pod, "spec", "containers") or []]
    return [name for name in names if not (_ARGO in labels_of(pod) and name == _ARGO_CONTAINER)]


def with_logs(pod: Resource) -> List[str]:
    """Returns the names of the containers whose logs matter: the started ones and failed init containers."""
    started = [name for name in containers(pod) if has_started(pod, name)]
    failed = [
        status["name"]
        for status in at(pod, "status", "initContainerStatuses") or []
        if any(at(status, key, "terminated", "exitCode") for key in ("state", "lastState"))
    ]
    return failed + started


def has_started(pod: Resource, container: str) -> bool:
    """Whether a container has a log."""
    status = _status(pod, container)
    return any(at(status, *place) for place in (("state", "running"), ("state", "terminated"), ("lastState", "terminated")))


def is_running(pod: Resource, container: str) -> bool:
    return at(_status(pod, container), "state", "running") is not None


def restarts(pod: Resource, container: str) -> int:
    """Returns how often a container has been restarted."""
    return at(_status(pod, container), "restartCount") or 0


def is_over(pod: Resource) -> bool:
    """Whether none of its containers runs or will run again."""
    return at(pod, "status", "phase") in ("Succeeded", "Failed")


def is_pending(pod: Resource) -> bool:
    """Whether it waits for a node, or one of its containers for its image or its volumes."""
    # A sidecar runs as long as the pod and is not a preparation step.
    sidecars = {each["name"] for each in at(pod, "spec", "initContainers") or [] if each.get("restartPolicy") == "Always"}
    prepares = any(
        at(status, "state", "running") is not None and status.get("name") not in sidecars
        for status in at(pod, "status", "initContainerStatuses") or []
    )
    return at(pod, "status", "phase") in (None, "Pending") and not prepares


def _statuses(pod: Resource) -> List[Dict[str, Any]]:
    return (at(pod, "status", "initContainerStatuses") or []) + (at(pod, "status", "containerStatuses") or [])


def _status(pod: Resource, container: str) -> Optional[Dict[str, Any]]:
    for status in _statuses(pod):
        if status.get("name") == container:
            return status
    return None


class Failure(NamedTuple):
    """The failure of a container, or of a pod as a whole."""

    pod: str
    replica: str
    #: None if the pod itself failed, as at an eviction.
    container: Optional[str]
    when: str
    words: str
    #: Whether a signal ended it, as when it is stopped because another one failed.
    by_signal: bool = False
    #: Whether it did not end the object: the container was restarted, another pod or attempt has replaced it, or it was
    #: stopped when the pod was deleted.
    overcome: bool = False


def all_failures(found: List[Resource], owner: Resource) -> List[Tuple[str, Failure]]:
    """Returns (pod's uid, failure) for all failures of an object's pods, the most likely cause of its own failure first."""
    newest = {replica(pod, owner): at(pod, "metadata", "uid") for pod in sorted(found, key=_creation_time)}
    listed = []
    for pod in found:
        uid = at(pod, "metadata", "uid")
        replaced = newest[replica(pod, owner)] != uid or _is_retried(pod, owner)
        deleted = at(pod, "metadata", "deletionTimestamp") is not None
        for each in failures(pod, owner):
            listed.append((uid, each._replace(overcome=each.overcome or replaced or (deleted and each.by_signal))))
    return sorted(listed, key=lambda each: (each[1].overcome, each[1].when or "~", each[1].by_signal, each[0]))


def _is_retried(pod: Resource, owner: Resource) -> bool:
    """Whether the pod was an attempt at a step of an Argo Workflow that succeeded in another attempt."""
    node = annotations_of(pod).get(_ARGO_NODE)
    steps = (at(owner, "status", "nodes") or {}).values() if node else ()
    good = [step for step in steps if step.get("type") == "Retry" and step.get("phase") == "Succeeded"]
    return any(node in (step.get("children") or []) for step in good)


def failures(pod: Resource, owner: Resource) -> List[Failure]:
    """Returns all failures of a pod, including those after which it was restarted."""
    name, part = pod["metadata"]["name"], replica(pod, owner)
    found = []
    for status in _statuses(pod):
        for key in ("state", "lastState"):
            ended = at(status, key, "terminated")
            if ended and ended.get("exitCode"):
                words = "exit code %s" % ended["exitCode"]
                reason = ended.get("reason")
                if reason and reason != "Error":
                    words += ", %s" % reason
                if ended.get("message"):
                    words += ": %s" % ended["message"].strip()
                by_signal = ended["exitCode"] in _ENDED_BY_SIGNAL and reason != "OOMKilled"
                overcome = key == "lastState" and _runs_or_has_succeeded(status)
                found.append(Failure(name, part, status.get("name"), ended.get("finishedAt") or "", words, by_signal, overcome))
    if at(pod, "status", "phase") == "Failed" and at(pod, "status", "reason"):
        words = ": ".join(each for each in (pod["status"]["reason"], at(pod, "status", "message")) if each)
        found.append(Failure(name, part, None, "", words))
    return found


def _runs_or_has_succeeded(status: Dict[str, Any]) -> bool:
    return at(status, "state", "running") is not None or at(status, "state", "terminated", "exitCode") == 0


def trouble(pod: Resource) -> Optional[str]:
    """Returns what prevents the pod from running; None if it is only still starting."""
    for condition in at(pod, "status", "conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False" and condition.get("reason"):
            return ": ".join(each for each in (condition["reason"], condition.get("message")) if each)
    for status in _statuses(pod):
        waiting = at(status, "state", "waiting")
        if waiting and waiting.get("reason") in _STUCK:
            message = (waiting.get("message") or "").strip()
            return "%s%s" % (waiting["reason"], ": " + message if message else "")
    return None
