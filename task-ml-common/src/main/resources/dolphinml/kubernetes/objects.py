# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads Kubernetes objects: the value at a path, which conditions hold, whether their controller has observed them."""

from typing import Any, Dict, List, NamedTuple, Optional


def at(value: Any, *path: Any) -> Any:
    """Returns the value at a path of keys and indices; None if a part of the path is missing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


class Condition(NamedTuple):
    """One of an object's conditions; `status` is "True", "False" or "Unknown"."""

    status: str
    reason: str
    message: str

    def words(self) -> str:
        """Returns the controller's reason and message."""
        return ": ".join(each for each in (self.reason, self.message) if each)


def conditions(resource: Dict[str, Any]) -> Dict[str, Condition]:
    """Returns an object's conditions by type."""
    found = {}
    for each in at(resource, "status", "conditions") or []:
        if isinstance(each, dict) and each.get("type"):
            found[each["type"]] = Condition(*(str(each.get(key) or "") for key in ("status", "reason", "message")))
    return found


def holds(found: Dict[str, Condition], name: str) -> bool:
    """Whether the condition exists with status True."""
    return name in found and found[name].status == "True"


def is_observed(resource: Dict[str, Any]) -> bool:
    """Whether the status is about the current generation. A kind that does not record that counts as observed."""
    seen = at(resource, "status", "observedGeneration")
    generation = at(resource, "metadata", "generation")
    return not isinstance(seen, int) or not isinstance(generation, int) or seen >= generation


def title(resource: Dict[str, Any]) -> str:
    """Describes the object: its kind, its namespace if it has one, and its name."""
    namespace = at(resource, "metadata", "namespace")
    name = at(resource, "metadata", "name")
    return "%s %s" % (resource.get("kind"), "%s/%s" % (namespace, name) if namespace else name)


def group(resource: Dict[str, Any]) -> str:
    """Returns the API group, "" for the core group."""
    return resource.get("apiVersion", "").rpartition("/")[0]


def labels_of(resource: Dict[str, Any]) -> Dict[str, str]:
    return at(resource, "metadata", "labels") or {}


def annotations_of(resource: Dict[str, Any]) -> Dict[str, str]:
    return at(resource, "metadata", "annotations") or {}


def selector(wanted: Dict[str, str]) -> str:
    """Formats labels for kubectl's option --selector."""
    return ",".join("%s=%s" % each for each in sorted(wanted.items()))


def items(answer: Optional[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Returns the objects of a list."""
    return (answer or {}).get("items") or []
