# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Builds contracts for further kinds from the node's options kubeflow.success and kubeflow.failure."""

from typing import Any, Dict, List, Optional

from dolphinml.kubeflow.documents import Document
from dolphinml.kubernetes import contracts
from dolphinml.kubernetes.contracts import Contract, Verdict
from dolphinml.kubernetes.kubectl import Kubectl, Refused, in_namespace, reference
from dolphinml.kubernetes.objects import at, conditions, is_observed

Rule = Dict[str, Any]


class Rules:
    """The node's rules, each for one kind or for all kinds that the task does not know."""

    def __init__(self, kubectl: Kubectl, success: List[Rule], failure: List[Rule]) -> None:
        self._kubectl = kubectl
        self._success = success
        self._failure = failure

    def contract(self, document: Document) -> Optional[Contract]:
        """Returns the contract of a document's kind: the node's, else the built-in one; None if there is neither."""
        kind = document.resource["kind"]
        known = contracts.contract_of(document.resource)
        for_kind = [rule for rule in self._success if rule["kind"] == kind]
        success = for_kind or ([] if known else [rule for rule in self._success if rule["kind"] is None])
        if not success:
            return known and self._with_failures(known, [rule for rule in self._failure if rule["kind"] == kind])
        failure = [rule for rule in self._failure if rule["kind"] in (kind, None)]
        if any(rule["type"] == "applied" for rule in success):
            return contracts.APPLIED
        by_rules = Contract(lambda resource, parts: self._verdict(resource, success, failure), lambda resource: [])
        return by_rules._replace(pods=known.pods, ends=known.ends, ttl=known.ttl) if known else by_rules

    def _with_failures(self, known: Contract, failure: List[Rule]) -> Contract:
        """Returns the contract of a kind for which the node only has failure rules: they are added to the built-in contract."""
        if not failure:
            return known
        return known._replace(
            verdict=lambda resource, parts: self._ended(resource, contracts.FAILED, failure) or known.verdict(resource, parts)
        )

    def faults(self) -> List[str]:
        """Returns the faults of the rules themselves."""
        found = []
        if any(rule["type"] == "applied" for rule in self._failure):
            found.append("kubeflow.failure: 'applied' cannot mean failure; use a rule as in condition=Failed, or leave it out")
        for option, rules in (("kubeflow.success", self._success), ("kubeflow.failure", self._failure)):
            for path in [rule["subject"] for rule in rules if rule["type"] == "jsonpath"]:
                # Needs no API server: kubectl parses the path and applies it to its own configuration.
                tried = self._kubectl.once("config", "view", "--output", "jsonpath=" + path)
                if tried.code != 0 and "error parsing jsonpath" in tried.err:
                    found.append("%s: %s" % (option, " ".join(tried.err.split())))
        return found

    def _verdict(self, resource: Dict[str, Any], success: List[Rule], failure: List[Rule]) -> Verdict:
        if not is_observed(resource):
            return Verdict(contracts.WAITING, "Pending", "its controller has not seen this version yet")
        ended = self._ended(resource, contracts.FAILED, failure) or self._ended(resource, contracts.SUCCEEDED, success)
        return ended or Verdict(contracts.RUNNING, str(at(resource, "status", "phase") or "Running"))

    def _ended(self, resource: Dict[str, Any], state: str, rules: List[Rule]) -> Optional[Verdict]:
        """Returns the verdict of the first of these rules that holds; None if none does."""
        if not is_observed(resource):
            return None
        for rule in rules:
            if self._holds(resource, rule):
                found = conditions(resource).get(rule["subject"])
                return Verdict(state, rule_in_words(rule), found.words() if found else "")
        return None

    def _holds(self, resource: Dict[str, Any], rule: Rule) -> bool:
        if rule["type"] == "condition":
            found = conditions(resource).get(rule["subject"])
            return found is not None and found.status.lower() == rule["value"].lower()
        try:
            printed = self._kubectl.query(
                "get",
                reference(resource),
                "--output",
                "jsonpath=" + rule["subject"],
                *in_namespace(at(resource, "metadata", "namespace")),
            ).out
        except Refused as refused:
            # The list does not have that many entries yet; or the object is gone, which the next poll shows.
            if "array index out of bounds" in refused.sentence or refused.reason == "NotFound":
                return False
            raise
        return printed == rule["value"] if rule["value"] is not None else bool(printed)


def rule_in_words(rule: Rule) -> str:
    """Returns the rule as it is written in the node."""
    value = "" if rule["value"] is None else "=" + rule["value"]
    return "%s=%s%s" % (rule["type"], rule["subject"], value)
