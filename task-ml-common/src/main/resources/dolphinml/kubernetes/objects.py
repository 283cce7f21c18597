# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads objects of Kubernetes: what is at a path, which conditions hold, whether their controller has seen them."""

from typing import Any, Dict, List, NamedTuple, Optional


def at(value: Any, *path: Any) -> Any:
    """What is at a path of keys and indices; None if something on the way is not there."""
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
        """Why, as its controller says it."""
        return ": ".join(each for each in (self.reason, self.message) if each)


def conditions(resource: Dict[str, Any]) -> Dict[str, Condition]:
    """An object's conditions by type."""
    found = {}
    for each in at(resource, "status", "conditions") or []:
        if isinstance(each, dict) and each.get("type"):
            found[each["type"]] = Condition(*(str(each.get(key) or "") for key in ("status", "reason", "message")))
    return found


def holds(found: Dict[str, Condition], name: str) -> bool:
    """Whether a condition is there with status True."""
    return name in found and found[name].status == "True"


def is_observed(resource: Dict[str, Any]) -> bool:
    """Whether the status is about the object as it is now. A kind that keeps no note of it counts as observed."""
    seen = at(resource, "status", "observedGeneration")
    generation = at(resource, "metadata", "generation")
    return not isinstance(seen, int) or not isinstance(generation, int) or seen >= generation


def title(resource: Dict[str, Any]) -> str:
    """The object in words: its kind, its namespace where it has one, and its name."""
    namespace = at(resource, "metadata", "namespace")
    name = at(resource, "metadata", "name")
    return "%s %s" % (resource.get("kind"), "%s/%s" % (namespace, name) if namespace else name)


def group(resource: Dict[str, Any]) -> str:
    """The API group, "" for that of the core."""
    return resource.get("apiVersion", "").rpartition("/")[0]


def labels_of(resource: Dict[str, Any]) -> Dict[str, str]:
    return at(resource, "metadata", "labels") or {}


def annotations_of(resource: Dict[str, Any]) -> Dict[str, str]:
    return at(resource, "metadata", "annotations") or {}


def selector(wanted: Dict[str, str]) -> str:
    """Labels as kubectl's option --selector takes them."""
    return ",".join("%s=%s" % each for each in sorted(wanted.items()))


def items(answer: Optional[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The objects of a list."""
    return (answer or {}).get("items") or []
