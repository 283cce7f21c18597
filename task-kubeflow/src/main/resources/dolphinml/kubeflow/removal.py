# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deletes only what a workflow run has created, and waits until its pods are gone."""

import time
from typing import Any, Dict, List

from dolphinml.common.console import Console
from dolphinml.kubeflow.ownership import Owner
from dolphinml.kubernetes import pods
from dolphinml.kubernetes.contracts import APPLIED, contract_of
from dolphinml.kubernetes.kubectl import Kubectl, Refused, Unanswered, in_namespace, reference
from dolphinml.kubernetes.objects import at, items, title

# Kinds of objects that other users may have created in a namespace and need.
_OF_VALUE = "persistentvolumeclaims,secrets,pods,deployments.apps,statefulsets.apps,jobs.batch"


def remove_objects(console: Console, kubectl: Kubectl, owner: Owner, places: List[Dict[str, Any]], seconds: float) -> bool:
    """Deletes the objects of `places` that the run of `owner` has created; logs what is left, returns True if nothing is.

    `places` are the objects of the manifest in order, each with the namespace to look in.
    """
    deadline = time.monotonic() + seconds
    found, clean = [], True
    for place in reversed(places):
        try:
            current = kubectl.get(reference(place["object"]), *in_namespace(place["namespace"]))
            if current is None:
                continue
            if not owner.created(current):
                console.line("%s was there before this workflow run, and stays." % title(current))
                continue
            others = _of_others(kubectl, owner, current)
            if others:
                console.line("%s stays: with it the cluster would delete %s." % (title(current), others))
                continue
            kubectl.query(
                "delete", reference(place["object"]), "--ignore-not-found", "--wait=false", *in_namespace(place["namespace"])
            )
            found.append((place, current))
        except (Refused, Unanswered) as fault:
            clean = False
            console.line("%s may be left, delete it by hand: %s" % (title(place["object"]), fault))
    for place, current in found:
        left = _left_object(kubectl, place, current)
        while left and time.monotonic() < deadline:
            time.sleep(0.5)
            left = _left_object(kubectl, place, current)
        if left:
            clean = False
            console.line("%s has been deleted, but this is still there after %d s: %s" % (title(current), seconds, left))
        else:
            console.line("%s has been deleted, and its pods are gone." % title(current))
    return clean


def _of_others(kubectl: Kubectl, owner: Owner, current: Dict[str, Any]) -> str:
    """Names what would be deleted with an object although the run has not created it; "" if nothing is known."""
    if current["kind"] == "CustomResourceDefinition":
        return "all objects of that kind"
    if current["kind"] != "Namespace":
        return ""
    try:
        there = items(kubectl.get(_OF_VALUE, *in_namespace(at(current, "metadata", "name"))))
    except Refused as refused:
        return "what is in it, which is unknown: %s" % refused.sentence
    return ", ".join(
        title(each)
        for each in there
        if not (owner.created(each) or at(each, "metadata", "ownerReferences") or at(each, "metadata", "deletionTimestamp"))
        and each.get("type") != "kubernetes.io/service-account-token"
    )


def _left_object(kubectl: Kubectl, place: Dict[str, Any], current: Dict[str, Any]) -> str:
    """Describes what is left of a deleted object; "" if nothing is."""
    try:
        known = contract_of(current) or APPLIED
        alive = [] if current["kind"] == "Pod" else pods.list_pods(kubectl, known, current)
        rest = ["pod %s" % pod["metadata"]["name"] for pod in alive]
        there = kubectl.get(reference(place["object"]), *in_namespace(place["namespace"]))
        if there is not None and at(there, "metadata", "uid") == at(current, "metadata", "uid"):
            rest.append(title(there))
        return ", ".join(rest)
    except (Refused, Unanswered) as fault:
        return "it is unknown: %s" % fault
