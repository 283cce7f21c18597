# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Computes the output parameters of a followed object."""

from typing import Any, Dict, List

from dolphinml.kubeflow.following import Followed
from dolphinml.kubernetes.objects import at


def outputs_of(followed: Followed, printed: Dict[str, str], declared: List[str]) -> Dict[str, Any]:
    """Returns the object's identity, state and times, and the declared outputs that its replicas printed."""
    resource = followed.resource
    outputs = {
        "kubeflow.name": at(resource, "metadata", "name"),
        "kubeflow.namespace": followed.namespace or "",
        "kubeflow.uid": followed.uid,
        "kubeflow.state": followed.verdict.word,
        "kubeflow.start": at(resource, "status", "startTime")
        or at(resource, "status", "startedAt")
        or at(resource, "metadata", "creationTimestamp"),
        "kubeflow.end": end_of(followed),
    }
    outputs.update(best_trial(resource))
    outputs.update({name: value for name, value in printed.items() if name in declared})
    return outputs


def end_of(followed: Followed) -> str:
    """Returns when the object ended or became ready, by the cluster's clock; "" if its status has no such time."""
    status = followed.resource.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition.get("type") == followed.verdict.word:
            status = dict({"lastTransitionTime": condition.get("lastTransitionTime")}, **status)
    return next((status[key] for key in ("completionTime", "endTime", "finishedAt", "lastTransitionTime") if status.get(key)), "")


def best_trial(resource: Dict[str, Any]) -> Dict[str, Any]:
    """Returns the best trial of a Katib Experiment: its name, parameters, and the latest value of each metric."""
    best = at(resource, "status", "currentOptimalTrial") or {}
    if resource.get("kind") != "Experiment" or not best.get("bestTrialName"):
        return {}
    outputs = {"kubeflow.trial": best["bestTrialName"]}
    for parameter in best.get("parameterAssignments") or []:
        outputs["kubeflow.parameter.%s" % parameter["name"]] = parameter["value"]
    for metric in at(best, "observation", "metrics") or []:
        outputs["kubeflow.metric.%s" % metric["name"]] = metric.get("latest", metric.get("max"))
    return outputs
