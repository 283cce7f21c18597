# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Brings the objects of a manifest into the cluster: all are checked before the first one is made.

What this workflow run has started before, and not seen the end of, is taken up and not started again.
"""

import copy
import time
import uuid
from typing import Any, Dict, List, Optional, Set

from dolphinml.common.program import TaskFailure
from dolphinml.kubeflow.documents import Document
from dolphinml.kubeflow.ownership import Owner, outcome, owner_in_words
from dolphinml.kubernetes import rights
from dolphinml.kubernetes.kubectl import Kubectl, Refused, reference
from dolphinml.kubernetes.objects import at, group, title

FIELD_MANAGER = "--field-manager=dolphinml"

CREATE = "create"
UPDATE = "update"
TAKE_UP = "take up"
REPLACE = "replace"

_SECONDS_TO_GO = 300.0


class Placing:
    """The way of a manifest's objects into the cluster."""

    def __init__(self, task: Any, kubectl: Kubectl, owner: Owner, settings: Dict[str, Any]) -> None:
        self._console = task.console
        self._kubectl = kubectl
        self._owner = owner
        self._replaces = settings["sameName"] == "replace"
        self._ttl = settings.get("ttl")
        #: The uids of what has been placed.
        self._placed: Set[str] = set()

    def plan(self, documents: List[Document]) -> Dict[int, str]:
        """What is to be done with each document, by its place in the list; TaskFailure with all faults if there are any."""
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
        """What the end of the run needs, and a dry run does not show."""
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
        path = document.contract.ttl
        if self._ttl is None or not path:
            return
        parent = document.resource
        for key in path[:-1]:
            if not isinstance(parent.get(key), dict):
                parent[key] = {}
            parent = parent[key]
        parent.setdefault(path[-1], self._ttl)

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
        if self._owner.owns(current) and not outcome(current):
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
        """Lets the API server check the object without making it."""
        if action == TAKE_UP:
            return
        marked = self._owner.mark(document.resource, created=action != UPDATE)
        try:
            if action == UPDATE:
                self._kubectl.query(
                    "apply",
                    "--server-side",
                    "--force-conflicts",
                    FIELD_MANAGER,
                    "--dry-run=server",
                    "--filename",
                    document.written(marked),
                    *document.where(),
                )
            else:
                if action == REPLACE:
                    # Under its own name the API server would only see that there is one.
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
                # It is just being deleted, or another client has just created it: see `_create`.
                return
            raise

    def place(self, document: Document, action: str) -> Dict[str, Any]:
        """Does it; returns the object as it is in the cluster then."""
        placed = self._do(document, action)
        self._placed.add(at(placed, "metadata", "uid"))
        return placed

    def _do(self, document: Document, action: str) -> Dict[str, Any]:
        if action == TAKE_UP:
            current = document.current(self._kubectl)
            if current is not None:
                self._console.line("%s was started by a former attempt of this task, and is taken up." % title(current))
                return current
            action = CREATE
        if action == UPDATE:
            return self._update(document)
        if action == REPLACE:
            self._console.line("%s is there already; it is deleted and started again." % document.title)
            self._delete(document)
        return self._create(document)

    def _update(self, document: Document) -> Dict[str, Any]:
        current = document.current(self._kubectl)
        created = current is not None and self._owner.created(current)
        marked = self._owner.mark(document.resource, created=created)
        placed = self._kubectl.query(
            "apply",
            "--server-side",
            "--force-conflicts",
            FIELD_MANAGER,
            "--output=json",
            "--filename",
            document.written(marked),
            *document.where(),
        ).object()
        self._console.line("%s has been applied." % title(placed))
        return placed

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
                if refused.reason != "AlreadyExists":
                    raise
            current = document.current(self._kubectl)
            if current is None:
                continue
            if at(current, "metadata", "deletionTimestamp") and time.monotonic() < deadline:
                time.sleep(1.0)
                continue
            if at(current, "metadata", "uid") in self._placed:
                raise Refused("AlreadyExists", _same_object())
            if self._owner.owns(current) and not outcome(current):
                # An answer that was lost: the question before it has made the object.
                self._console.line("%s has been created." % title(current))
                return current
            raise Refused(
                "AlreadyExists",
                "metadata.name: another client has just created one of this name, and %s" % owner_in_words(current),
            )

    def _delete(self, document: Document) -> None:
        """Deletes an object and waits until it is gone, with its dependents."""
        self._kubectl.query(
            "delete",
            reference(document.resource),
            "--ignore-not-found",
            "--wait=false",
            "--cascade=foreground",
            *document.where(),
        )
        deadline = time.monotonic() + _SECONDS_TO_GO
        while document.current(self._kubectl) is not None:
            if time.monotonic() > deadline:
                raise Refused("", "the former one is not gone after %d s; a finalizer may hold it" % _SECONDS_TO_GO)
            time.sleep(0.5)


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
