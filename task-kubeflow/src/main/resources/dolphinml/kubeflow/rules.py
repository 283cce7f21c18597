# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The contracts of kinds that only the node knows, from its options kubeflow.success and kubeflow.failure."""

from typing import Any, Dict, List, Optional

from dolphinml.kubeflow.documents import Document
from dolphinml.kubernetes import contracts
from dolphinml.kubernetes.contracts import Contract, Verdict
from dolphinml.kubernetes.kubectl import Kubectl, in_namespace, reference
from dolphinml.kubernetes.objects import at, conditions, is_observed

Rule = Dict[str, Any]


class Rules:
    """The node's rules, each for all kinds that the task does not know or for one kind."""

    def __init__(self, kubectl: Kubectl, success: List[Rule], failure: List[Rule]) -> None:
        self._kubectl = kubectl
        self._success = success
        self._failure = failure

    def contract(self, document: Document) -> Optional[Contract]:
        """The contract of a document's kind: the node's, else the known one; None if there is neither."""
        kind = document.resource["kind"]
        known = contracts.contract_of(document.resource)
        for_kind = [rule for rule in self._success if rule["kind"] == kind]
        success = for_kind or ([] if known else [rule for rule in self._success if rule["kind"] is None])
        if not success:
            return known
        failure = [rule for rule in self._failure if rule["kind"] in (kind, None)]
        if any(rule["type"] == "applied" for rule in success):
            return contracts.APPLIED
        return Contract(
            lambda resource, parts: self._verdict(resource, success, failure),
            known.pods if known else lambda resource: None,
            ends=known.ends if known else True,
        )

    def _verdict(self, resource: Dict[str, Any], success: List[Rule], failure: List[Rule]) -> Verdict:
        if not is_observed(resource):
            return Verdict(contracts.WAITING, "Pending", "its controller has not seen this version yet")
        for state, rules in ((contracts.FAILED, failure), (contracts.SUCCEEDED, success)):
            for rule in rules:
                if self._holds(resource, rule):
                    found = conditions(resource).get(rule["subject"])
                    return Verdict(state, in_words(rule), found.words() if found else "")
        return Verdict(contracts.RUNNING, str(at(resource, "status", "phase") or "Running"))

    def _holds(self, resource: Dict[str, Any], rule: Rule) -> bool:
        if rule["type"] == "condition":
            found = conditions(resource).get(rule["subject"])
            return found is not None and found.status.lower() == rule["value"].lower()
        printed = self._kubectl.query(
            "get",
            reference(resource),
            "--output",
            "jsonpath=" + rule["subject"],
            *in_namespace(at(resource, "metadata", "namespace")),
        ).out
        return printed == rule["value"] if rule["value"] is not None else bool(printed)


def in_words(rule: Rule) -> str:
    """The rule as the node writes it."""
    value = "" if rule["value"] is None else "=" + rule["value"]
    return "%s=%s%s" % (rule["type"], rule["subject"], value)
