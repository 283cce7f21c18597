# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Creates the objects of a manifest in the cluster: all are checked before the first one is created.

Objects that this workflow run started earlier, and whose end it has not seen, are followed and not started again.
"""

import copy
import time
import uuid
from typing import Any, Dict, List, Optional, Set, Tuple

from dolphinml.common.program import Task, TaskFailure
from dolphinml.kubeflow.documents import Document
from dolphinml.kubeflow.ownership import Owner, noted_outcome, owner_in_words
from dolphinml.kubernetes import pods, rights
from dolphinml.kubernetes.contracts import FAILED, contract_of
from dolphinml.kubernetes.kubectl import Kubectl, KubectlResult, Refused, reference
from dolphinml.kubernetes.objects import at, group, title

FIELD_MANAGER = "--field-manager=dolphinml"

CREATE = "create"
UPDATE = "update"
TAKE_UP = "take up"
REPLACE = "replace"

_SECONDS_TO_GO = 300.0

# How long the API server may take to serve a kind that the manifest itself defines.
_SECONDS_TO_KNOW = 60.0

# Allows for the time between polls and the delays of the API server.
_SECONDS_TO_SEE_THE_END = 10


class Placing:
    """Plans and creates or updates the objects of a manifest in the cluster."""

    def __init__(self, task: Task, kubectl: Kubectl, owner: Owner, settings: Dict[str, Any]) -> None:
        self._console = task.console
        self._kubectl = kubectl
        self._owner = owner
        self._replaces = settings["sameName"] == "replace"
        self._ttl = settings.get("ttl")
        self._shortest_ttl = max(_SECONDS_TO_SEE_THE_END, 2 * settings["pollInterval"])
        #: The uids of the placed objects.
        self._placed: Set[str] = set()
        #: The uids of the placed objects that existed before with another specification.
        self.renewed: Set[str] = set()
        #: The uids of the pods that the version before of an object had, by the object's uid.
        self.former: Dict[str, Set[str]] = {}

    def plan(self, documents: List[Document]) -> Dict[int, str]:
        """Returns the action for each document, by its index; raises TaskFailure with all faults if there are any."""
        faults, actions = [], {}
        seen: Dict[Any, Document] = {}
        for place, document in enumerate(documents):
            first = seen.setdefault(
                (group(document.resource), document.resource["kind"], document.namespace, document.resource["metadata"]["name"]),
                document,
            )
            if first is not document:
                faults.append(document.fault(_same_object(first.number), "metadata.name"))
                continue
            objection = document.contract.objection(document.resource)
            if objection:
                faults.append(document.fault(objection))
                continue
            self._set_ttl(document)
            too_short = self._ttl_objection(document)
            if too_short:
                faults.append(document.fault(*too_short))
                continue
            try:
                actions[place] = self._action(document, documents)
                self._try(document, actions[place], documents)
            except Refused as refused:
                faults.append(document.fault(refused.sentence))
        faults = faults or self._missing_rights(documents, actions)
        if faults:
            raise TaskFailure(faults[0], block=faults)
        return actions

    def _missing_rights(self, documents: List[Document], actions: Dict[int, str]) -> List[str]:
        """Returns a sentence for each missing right that the end of the run needs and a dry run does not check."""
        if _brings_its_kind(documents):
            return []
        faults: List[str] = []
        known: Dict[rights.Right, Optional[str]] = {}
        for place, document in enumerate(documents):
            if actions[place] == UPDATE:
                continue
            kind = rights.resource(document.resource["apiVersion"], document.resource["kind"])
            for verb in ("delete", "patch") if document.contract.ends else ("delete",):
                right = rights.Right(verb, kind, document.namespace)
                if right not in known:
                    known[right] = rights.missing(self._kubectl, right)
                sentence = known[right]
                if sentence:
                    faults.append(document.fault(sentence))
        return faults

    def _set_ttl(self, document: Document) -> None:
        ttl = document.contract.ttl
        if self._ttl is None or ttl is None:
            return
        if ttl.switch and not _setdefault(document.resource, ttl.switch, True):
            return
        _setdefault(document.resource, ttl.path, self._ttl)

    def _ttl_objection(self, document: Document) -> Optional[Tuple[str, str]]:
        """Returns (a sentence, the field's path) if the cluster may delete the object before its end is seen."""
        shortest = document.contract.ttl.shortest(document.resource) if document.contract.ttl else None
        if shortest is None or shortest[1] >= self._shortest_ttl:
            return None
        path, seconds = shortest
        return (
            "%s: after %d s the cluster deletes it, perhaps before its end is seen; give at least %d s, or leave it out and set"
            " kubeflow.cleanup=always" % (path, seconds, self._shortest_ttl),
            path,
        )

    def _action(self, document: Document, documents: List[Document]) -> str:
        try:
            current = document.current(self._kubectl)
        except Refused as refused:
            if refused.reason == "NoKind" and _brings_its_kind(documents):
                return CREATE
            if refused.reason == "NoKind":
                raise Refused(
                    "NoKind",
                    "the cluster has no kind %s in %s; install what brings it, or correct"
                    " apiVersion and kind" % (document.resource["kind"], document.resource["apiVersion"]),
                )
            raise
        if current is None or at(current, "metadata", "deletionTimestamp"):
            return CREATE
        if not document.contract.ends:
            return UPDATE
        if self._owner.owns(current) and not noted_outcome(current):
            return TAKE_UP
        if self._owner.owns(current) or self._replaces:
            return REPLACE
        raise Refused(
            "AlreadyExists",
            "metadata.name: there is one of this name already, and %s; give the name"
            " ${system.workflow.instance.id} in it, or set kubeflow.sameName=replace, or"
            " kubeflow.cleanup=always so that none stays" % owner_in_words(current),
        )

    def _try(self, document: Document, action: str, documents: List[Document]) -> None:
        """Has the API server validate the object in a dry run."""
        if action == TAKE_UP:
            return
        marked = self._owner.mark(document.resource, created=action != UPDATE)
        try:
            if not document.contract.ends:
                self._apply(document, marked, "--dry-run=server")
            else:
                if action == REPLACE:
                    # Under its own name the API server would only report that it already exists.
                    marked = copy.deepcopy(marked)
                    marked["metadata"]["name"] = "%s-%s" % (marked["metadata"]["name"][:40].rstrip("-."), uuid.uuid4().hex[:8])
                self._kubectl.query(
                    "create",
                    FIELD_MANAGER,
                    "--dry-run=server",
                    "--validate=strict",
                    "--filename",
                    document.written(marked),
                    *document.where(),
                )
        except Refused as refused:
            if refused.reason == "NoKind" and _brings_its_kind(documents):
                return
            if refused.reason == "NotFound" and _brings_its_namespace(document, documents):
                return
            if refused.reason == "AlreadyExists" and action == CREATE:
                # It is being deleted, or another client has just created it: see `_create`.
                return
            raise

    def place(self, document: Document, action: str, documents: List[Document]) -> Dict[str, Any]:
        """Carries out the action; returns the object as it is in the cluster afterwards."""
        deadline = time.monotonic() + (_SECONDS_TO_KNOW if _brings_its_kind(documents) else 0.0)
        while True:
            try:
                placed = self._do(document, action)
            except Refused as refused:
                if refused.reason != "NoKind" or time.monotonic() >= deadline:
                    raise
                time.sleep(0.5)
                continue
            self._placed.add(at(placed, "metadata", "uid"))
            return placed

    def _do(self, document: Document, action: str) -> Dict[str, Any]:
        if not document.contract.ends:
            return self._create_or_update(document)
        if action == TAKE_UP:
            current = document.current(self._kubectl)
            if current is not None:
                self._console.line("%s was started by an earlier attempt of this task and is followed." % title(current))
                return current
        if action == REPLACE:
            self._console.line("%s already exists; it is deleted and started again." % document.title)
            self._delete(document)
        return self._create(document)

    def _create_or_update(self, document: Document) -> Dict[str, Any]:
        """Uses `apply` for both: fields that a later manifest omits are only removed if they were applied before."""
        current = document.current(self._kubectl)
        if at(current, "metadata", "deletionTimestamp"):
            self._await_its_end(document)
            current = None
        if current is not None and at(current, "metadata", "uid") in self._placed:
            raise Refused("AlreadyExists", _same_object())
        marked = self._owner.mark(document.resource, created=current is None or self._owner.created(current))
        if current is None:
            placed = self._apply(document, marked, "--output=json").object()
            self._console.line("%s has been created." % title(placed))
            return placed
        unchanged = self._unchanged(document, current)
        former = set() if unchanged else self._pods_of(document, current)
        placed = self._apply(document, unchanged or marked, "--output=json").object()
        uid = at(placed, "metadata", "uid")
        if at(current, "metadata", "generation") != at(placed, "metadata", "generation"):
            self.renewed.add(uid)
        if not unchanged and _replaces_pods(document, current, placed):
            self.former[uid] = former
        words = "is in the cluster as the manifest describes it, and is left as it is" if unchanged else "has been applied"
        self._console.line("%s %s." % (title(placed), words))
        return placed

    def _unchanged(self, document: Document, current: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """Returns the object with its current marks, if nothing else changes and a new mark could replace its pods.

        A failed object gets new marks and so new pods, so that the next attempt really tries again.
        """
        kept = self._owner.kept(document.resource, current) if _copies_metadata(document) else None
        if kept is None:
            return None
        tried = self._apply(document, kept, "--dry-run=server", "--output=json").object()
        if _content(tried) != _content(current):
            return None
        parts = pods.list_parts(self._kubectl, document.contract, current)
        return None if document.contract.verdict(current, parts).state == FAILED else kept

    def _pods_of(self, document: Document, current: Dict[str, Any]) -> Set[str]:
        try:
            return {at(pod, "metadata", "uid") for pod in pods.list_pods(self._kubectl, document.contract, current)}
        except Refused:
            # Then no pods are shown: see `Following`.
            return set()

    def _apply(self, document: Document, marked: Dict[str, Any], *options: str) -> KubectlResult:
        return self._kubectl.query(
            "apply",
            "--server-side",
            "--force-conflicts",
            FIELD_MANAGER,
            *options,
            "--filename",
            document.written(marked),
            *document.where(),
        )

    def _create(self, document: Document) -> Dict[str, Any]:
        marked = self._owner.mark(document.resource, created=True)
        deadline = time.monotonic() + _SECONDS_TO_GO
        while True:
            try:
                placed = self._kubectl.query(
                    "create",
                    FIELD_MANAGER,
                    "--validate=strict",
                    "--output=json",
                    "--filename",
                    document.written(marked),
                    *document.where(),
                ).object()
                self._console.line("%s has been created." % title(placed))
                return placed
            except Refused as refused:
                if refused.reason != "AlreadyExists" or time.monotonic() > deadline:
                    raise
            current = document.current(self._kubectl)
            if current is None:
                time.sleep(0.5)
                continue
            if at(current, "metadata", "deletionTimestamp"):
                self._await_its_end(document)
                continue
            if at(current, "metadata", "uid") in self._placed:
                raise Refused("AlreadyExists", _same_object())
            if self._owner.owns(current) and not noted_outcome(current):
                # The answer to an earlier request was lost: that request created the object.
                self._console.line("%s has been created." % title(current))
                return current
            raise Refused(
                "AlreadyExists",
                "metadata.name: another client has just created one of this name, and %s" % owner_in_words(current),
            )

    def _delete(self, document: Document) -> None:
        """Deletes an object and waits until it and its dependents are gone."""
        self._kubectl.query(
            "delete",
            reference(document.resource),
            "--ignore-not-found",
            "--wait=false",
            "--cascade=foreground",
            *document.where(),
        )
        self._await_its_end(document)

    def _await_its_end(self, document: Document) -> None:
        """Waits until a deleted object is gone, or another one has replaced it."""
        first, deadline = document.current(self._kubectl), time.monotonic() + _SECONDS_TO_GO
        current = first
        while current is not None and at(current, "metadata", "uid") == at(first, "metadata", "uid"):
            if time.monotonic() > deadline:
                raise Refused("", "the previous one still exists after %d s; a finalizer may hold it" % _SECONDS_TO_GO)
            time.sleep(0.5)
            current = document.current(self._kubectl)


def _copies_metadata(document: Document) -> bool:
    """Whether the kind's controller copies, or may copy, an object's labels and annotations to its pods."""
    known = contract_of(document.resource)
    return known is None or known.hands_on


def _replaces_pods(document: Document, current: Dict[str, Any], placed: Dict[str, Any]) -> bool:
    """Whether this change of an object replaces its pods."""
    if _copies_metadata(document):
        return True
    template = at(placed, "spec", "template")
    changed = at(current, "metadata", "generation") != at(placed, "metadata", "generation")
    return changed and (template is None or template != at(current, "spec", "template"))


def _content(resource: Dict[str, Any]) -> Dict[str, Any]:
    """Returns an object without the fields that the cluster itself changes."""
    metadata = {key: value for key, value in resource["metadata"].items() if key not in ("managedFields", "resourceVersion")}
    return dict({key: value for key, value in resource.items() if key != "status"}, metadata=metadata)


def _setdefault(resource: Dict[str, Any], path: Tuple[str, ...], value: Any) -> Any:
    """Sets the value at a path unless there is one; returns the value that is there afterwards."""
    for key in path[:-1]:
        if not isinstance(resource.get(key), dict):
            resource[key] = {}
        resource = resource[key]
    return resource.setdefault(path[-1], value)


def _same_object(number: Optional[int] = None) -> str:
    return "metadata.name: %s describes an object of this kind, name and namespace already; give each one a name of its own" % (
        "another document" if number is None else "document %d" % number
    )


def _brings_its_kind(documents: List[Document]) -> bool:
    return any(each.resource["kind"] == "CustomResourceDefinition" for each in documents)


def _brings_its_namespace(document: Document, documents: List[Document]) -> bool:
    return any(
        each.resource["kind"] == "Namespace" and each.resource["metadata"]["name"] == document.namespace for each in documents
    )
