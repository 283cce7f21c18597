# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks in advance the rights that a task only needs at its end or after a failure, before it changes anything."""

from typing import NamedTuple, Optional

from dolphinml.kubernetes.kubectl import Kubectl, in_namespace


class Right(NamedTuple):
    """What a task will do: a verb, and the resource as kubectl names it."""

    verb: str
    resource: str
    namespace: Optional[str]


def missing(kubectl: Kubectl, right: Right) -> Optional[str]:
    """Returns a sentence if the user of the kubeconfig definitely lacks this right, else None."""
    answer = kubectl.once("auth", "can-i", right.verb, right.resource, *in_namespace(right.namespace))
    # Without an answer the right is unknown; then the request itself will show it.
    if answer.out.split()[:1] != ["no"]:
        return None
    where = "in namespace %s" % right.namespace if right.namespace else "in the namespace of the kubeconfig"
    return (
        "the cluster's rules do not let the kubeconfig's user %s %s %s; a Role with this verb and resource has to be bound"
        " to that user" % (right.verb, right.resource, where)
    )


def resource(api_version: str, kind: str) -> str:
    """Returns a kind as a resource for authorization, in the form that kubectl resolves: as in pytorchjob.v1.kubeflow.org."""
    group, _, version = api_version.rpartition("/")
    return ".".join(each for each in (kind.lower(), version, group) if each) if group else kind.lower()
