# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Marks objects with the workflow run that they belong to, in labels and annotations.

The annotation `run` is the same for all attempts of one task in one workflow instance, and for nothing else. `created-by`
is set if that run created the object; only then may it delete it. `outcome` is set once the run has seen its end: a later
attempt of the same run then starts the object again instead of continuing to follow it.

KServe copies the labels and annotations of an object to its pods, and other controllers may too. A new mark alone would then
replace running pods, so such an object keeps the marks of the run that last changed it: see `kept`.
"""

import re
from typing import Any, Dict, Optional

from dolphinml.kubernetes.contracts import ATTEMPT
from dolphinml.kubernetes.objects import annotations_of, labels_of

PREFIX = "dolphinml.github.io/"
RUN = PREFIX + "run"
CREATED_BY = PREFIX + "created-by"
OUTCOME = PREFIX + "outcome"

_LONGEST_LABEL = 63


class Owner:
    """The workflow run and attempt that this program belongs to."""

    def __init__(self, task: Dict[str, Any], run_key: Optional[str]) -> None:
        self._task = task
        #: Includes the codes of project and workflow, so that two DolphinSchedulers can share a cluster.
        self.key = "/".join(
            str(each)
            for each in (
                task.get("projectCode", "-"),
                task.get("workflowCode", "-"),
                run_key or "task-instance-%s" % task.get("instanceId"),
            )
        )
        self.attempt = str(task.get("instanceId", "-"))

    def mark(self, resource: Dict[str, Any], created: bool) -> Dict[str, Any]:
        """Returns the object with the labels and annotations of this run."""
        task = self._task
        noted = {RUN: self.key, ATTEMPT: self.attempt}
        if created:
            noted[CREATED_BY] = self.key
        for name, key in (("project", "projectName"), ("workflow", "workflowName"), ("task", "name")):
            if task.get(key):
                noted[PREFIX + name] = str(task[key])
        named: Dict[str, str] = {}
        for name, key in (
            ("project-code", "projectCode"),
            ("workflow-code", "workflowCode"),
            ("workflow-instance", "workflowInstanceId"),
            ("task-instance", "instanceId"),
            ("task", "name"),
        ):
            value = label_value(str(task.get(key) or ""))
            if value:
                named[PREFIX + name] = value
        return _marked(resource, named, noted)

    @staticmethod
    def kept(resource: Dict[str, Any], current: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """Returns the object with the marks it has in the cluster; None if it has none there."""
        if RUN not in annotations_of(current):
            return None
        return _marked(resource, _own_marks(labels_of(current)), _own_marks(annotations_of(current)))

    def owns(self, resource: Dict[str, Any]) -> bool:
        """Whether the object belongs to this workflow run, to this attempt or a previous one."""
        return annotations_of(resource).get(RUN) == self.key

    def created(self, resource: Dict[str, Any]) -> bool:
        """Whether this workflow run created the object."""
        return annotations_of(resource).get(CREATED_BY) == self.key


def _marked(resource: Dict[str, Any], named: Dict[str, str], noted: Dict[str, str]) -> Dict[str, Any]:
    """Returns the object with these labels and annotations added to its own."""
    metadata = dict(resource["metadata"])
    metadata["labels"] = {"app.kubernetes.io/managed-by": "dolphinscheduler", **(metadata.get("labels") or {}), **named}
    metadata["annotations"] = dict(metadata.get("annotations") or {}, **noted)
    return dict(resource, metadata=metadata)


def _own_marks(marks: Dict[str, str]) -> Dict[str, str]:
    return {name: value for name, value in marks.items() if name.startswith(PREFIX)}


def label_value(text: str) -> str:
    """Returns the text as a valid label value: invalid characters become '-'."""
    allowed = re.sub(r"[^A-Za-z0-9._-]", "-", text)[:_LONGEST_LABEL]
    return allowed.strip("._-")


def noted_outcome(resource: Dict[str, Any]) -> Optional[str]:
    return annotations_of(resource).get(OUTCOME)


def owner_in_words(resource: Dict[str, Any]) -> str:
    """Describes which task an object belongs to."""
    noted = annotations_of(resource)
    if RUN not in noted:
        return "it was not made by this task type"
    instance = noted[RUN].split("/")[2] if noted[RUN].count("/") >= 2 else "?"
    return "it belongs to task %s of workflow instance %s" % (noted.get(PREFIX + "task", "?"), instance)
