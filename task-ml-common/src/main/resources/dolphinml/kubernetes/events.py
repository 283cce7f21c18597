# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Logs the cluster's events about a task's objects and pods, each event once."""

import re
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from dolphinml.kubernetes.kubectl import Kubectl, Refused, in_namespace
from dolphinml.kubernetes.objects import at, items, title

# A restart or a failed start is reported repeatedly, with only a new count.
_MOST = 200

# The reason of events about an object that may not create its pods, mostly because the quota is used up.
_NO_PODS = "FailedCreate"
_QUOTED = re.compile(r'"[^"]*"')


class Events:
    """The cluster's warning events in one namespace about a set of objects."""

    def __init__(self, kubectl: Kubectl, console: Any) -> None:
        self._kubectl = kubectl
        self._console = console
        self._shown: Set[Tuple[str, str, str]] = set()
        self._last: Dict[str, str] = {}
        self._before: Dict[str, Tuple[Any, ...]] = {}
        self._silent = False

    def skip(self, namespace: Optional[str], but: Sequence[Dict[str, Any]] = ()) -> None:
        """Skips the warnings so far, for example about the previous version of an object that is about to change.

        Repeated warnings are shown, and so are all about the objects of `but` and about what these have created.
        """
        for event in self._list(namespace):
            about = _about(event)
            if not any(about.get("uid") == at(each, "metadata", "uid") or _is_below(each, about, event) for each in but):
                self._before[str(at(event, "metadata", "uid"))] = _occurrence(event)

    def show(self, namespace: str, names: Dict[str, str], owners: Sequence[Dict[str, Any]] = ()) -> None:
        """Shows new warnings about objects; `names` has the description of each, by its uid or by "name:" and its name.

        `owners` are objects whose pods other objects create; warnings that those could not create them are shown too.
        """
        if len(self._shown) >= _MOST:
            return
        for event in sorted(self._list(namespace), key=_time):
            if self._before.get(str(at(event, "metadata", "uid"))) == _occurrence(event):
                continue
            about = _about(event)
            words = names.get(about.get("uid") or "") or names.get("name:" + (about.get("name") or ""))
            if words is None and event.get("reason") == _NO_PODS:
                words = next((title(owner) for owner in owners if _is_below(owner, about, event)), None)
            if words is None:
                continue
            entry = (words, event.get("reason") or "", event.get("message") or event.get("note") or "")
            # Each attempt to create a pod uses a new name for it.
            kind = (entry[0], entry[1], _QUOTED.sub("", entry[2]) if entry[1] == _NO_PODS else entry[2])
            self._last[words] = "%s: %s" % entry[1:]
            if kind not in self._shown:
                self._shown.add(kind)
                self._console.line("[%s] %s: %s" % entry)

    def _list(self, namespace: Optional[str]) -> List[Dict[str, Any]]:
        """Returns the namespace's warnings; none from now on if the user may not list them."""
        if self._silent:
            return []
        try:
            return items(self._kubectl.get("events", "--field-selector", "type=Warning", *in_namespace(namespace)))
        except Refused as refused:
            self._silent = True
            self._console.line("Events are not shown: %s" % refused.sentence)
            return []

    def last(self, words: str) -> Optional[str]:
        """Returns the newest warning about the object with this description; None if there is none."""
        return self._last.get(words)


def _about(event: Dict[str, Any]) -> Dict[str, Any]:
    """Returns the object that an event is about: its kind, name and uid."""
    return event.get("involvedObject") or event.get("regarding") or {}


def _is_below(owner: Dict[str, Any], about: Dict[str, Any], event: Dict[str, Any]) -> bool:
    """Whether an event is about an object that the owner has created, such as its Job: its name starts with the owner's."""
    since = str(at(owner, "metadata", "creationTimestamp") or "")
    return str(about.get("name") or "").startswith(owner["metadata"]["name"] + "-") and _time(event) >= since


def _occurrence(event: Dict[str, Any]) -> Tuple[Any, ...]:
    """Returns a value that differs between two occurrences of the same event."""
    return _time(event), event.get("count"), at(event, "series", "count")


def _time(event: Dict[str, Any]) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or at(event, "metadata", "creationTimestamp") or "")
