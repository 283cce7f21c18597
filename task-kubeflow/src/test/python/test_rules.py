# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The node's own rules beside what is known of a kind."""

from types import SimpleNamespace

import pytest

from dolphinml.kubeflow.rules import Rules
from dolphinml.kubernetes.contracts import FAILED, RUNNING, SUCCEEDED, contract_of
from dolphinml.kubernetes.kubectl import Refused


def condition(subject, kind=None):
    return {"kind": kind, "type": "condition", "subject": subject, "value": "True"}


def deployment(*conditions, available=1):
    status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available}
    status["conditions"] = [{"type": each, "status": "True"} for each in conditions]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x", "generation": 1},
        "spec": {"selector": {"matchLabels": {"app": "x"}}},
        "status": status,
    }


@pytest.mark.parametrize(
    "success, failure, resource, expected",
    [
        # A failure that the node names for a kind comes beside what is known of the kind.
        ([], [condition("ReplicaFailure", "Deployment")], deployment("ReplicaFailure", available=0), FAILED),
        ([], [condition("ReplicaFailure", "Deployment")], deployment(available=0), RUNNING),
        ([], [condition("ReplicaFailure", "Deployment")], deployment(), SUCCEEDED),
        # Without a kind it is for those that nobody knows.
        ([condition("Done")], [condition("ReplicaFailure")], deployment("ReplicaFailure", "Done", available=0), RUNNING),
        # A success of the node's own takes the place of the known one.
        ([condition("Done", "Deployment")], [], deployment(), RUNNING),
        ([condition("Done", "Deployment")], [condition("Broken")], deployment("Done", "Broken"), FAILED),
        ([condition("Done", "Deployment")], [], deployment("Done", available=0), SUCCEEDED),
    ],
)
def test_rules_and_what_is_known(success, failure, resource, expected):
    contract = Rules(None, success, failure).contract(SimpleNamespace(resource=resource))
    assert contract.verdict(resource, []).state == expected
    known = contract_of(resource)
    assert (contract.ends, contract.pods(resource)) == (known.ends, known.pods(resource))


def test_a_rule_of_the_node_keeps_the_time_that_a_job_stays():
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}}
    contract = Rules(None, [condition("Done", "Job")], []).contract(SimpleNamespace(resource=job))
    assert contract.ttl == contract_of(job).ttl


def test_a_failure_cannot_be_that_it_exists():
    [fault] = Rules(None, [], [{"kind": None, "type": "applied", "subject": None, "value": None}]).faults()
    assert fault.startswith("kubeflow.failure: 'applied' cannot mean failure")


@pytest.mark.parametrize("reason, sentence", [("NotFound", "gone"), ("", "error: array index out of bounds: index 0, length 0")])
def test_what_is_not_there_fulfils_no_rule(reason, sentence):
    def refuse(*arguments):
        raise Refused(reason, sentence)

    path = {"kind": None, "type": "jsonpath", "subject": "{.status.phase}", "value": "Done"}
    resource = {"apiVersion": "test.io/v1", "kind": "Widget", "metadata": {"name": "x"}}
    contract = Rules(SimpleNamespace(query=refuse), [path], []).contract(SimpleNamespace(resource=resource))
    assert contract.verdict(resource, []).state == RUNNING
