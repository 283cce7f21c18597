# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Rolls a candidate back: applies the previous manifests again and waits until they are ready, or deletes the new object."""

import time
from typing import Any, Dict

from dolphinml.common.optional import given
from dolphinml.common.waiting import WaitingLog
from dolphinml.kubernetes.contracts import FAILED, SUCCEEDED, started_by
from dolphinml.kubernetes.kubectl import reference
from dolphinml.kubernetes.objects import title
from dolphinml.kubernetes.pods import Resource
from dolphinml.mlflow.deploy.cluster.access import Access
from dolphinml.mlflow.deploy.cluster.memory import FIELD_MANAGER, Memory, write_file
from dolphinml.mlflow.deploy.cluster.observation import names_of_remaining_pods, observe
from dolphinml.mlflow.deploy.faults import EngineRefused

SECONDS_UNTIL_GONE = 120.0
SECONDS_FOR_THE_FORMER = 600.0


def apply(access: Access, folder: str, manifest: Resource, *options: str) -> Resource:
    """Applies a manifest of ours and returns the resulting object."""
    path = write_file(folder, "manifest.json", manifest)
    return access.kubectl.query(
        "apply",
        "--server-side",
        "--force-conflicts",
        FIELD_MANAGER,
        "--filename",
        path,
        "--output",
        "json",
        *(access.where() + list(options)),
    ).object()


def restore(access: Access, console: Any, memory: Memory, folder: str, plan: Dict[str, Any], seconds: float) -> None:
    """Undoes the start that `plan` describes; safe to run twice. Raises EngineRefused if the previous state cannot be restored.

    plan      "identity" of the object, "start" of the candidate, "former": the previous manifests to apply in this order, []
              if the object did not exist before
    seconds   the longest wait for each previous manifest to become ready
    """
    known = memory.read()
    if (known.get("record") or {}).get("start") == plan["start"]:
        return  # the task had already switched when it ended
    current = observe(access, plan["identity"])
    trying = (known.get("candidate") or {}).get("start")
    if current.start not in (None, plan["start"]) and trying not in (None, plan["start"]):
        console.line("%s is another task's by now, and stays as it is" % title(given(current.resource)))
        return
    if not plan["former"]:
        if current.start == plan["start"]:
            delete_object(access, console, given(current.resource))
        if "record" in known:
            # The record of another task, which has finished in the meantime.
            memory.write(folder, candidate=None)
        else:
            memory.remove()
        return
    if current.resource is None or current.start == plan["start"] or started_by(plan["former"][0]) == current.start:
        for manifest in plan["former"]:
            apply(access, folder, manifest)
            console.line("%s: the previous version has been applied again" % title(plan["identity"]))
            _await(access, console, plan["identity"], seconds)
    memory.write(folder, candidate=None)


def _await(access: Access, console: Any, identity: Resource, seconds: float) -> None:
    waiting, failing = WaitingLog(console, "Waiting for the previous version"), None
    while True:
        found = observe(access, identity)
        if found.resource is None:
            raise EngineRefused("%s has been deleted meanwhile" % title(identity))
        if found.verdict.state == SUCCEEDED:
            return
        # The status may still be that of the failed version for a moment.
        failing = (failing or time.monotonic()) if found.verdict.state == FAILED else None
        if waiting.seconds > seconds or (failing and time.monotonic() - failing > 30):
            raise EngineRefused(
                "the previous version is not ready after %d s: %s" % (waiting.seconds, found.verdict.why or found.verdict.word)
            )
        waiting.report(": %s" % (found.verdict.why or found.verdict.word))
        time.sleep(1.0)


def delete_object(access: Access, console: Any, resource: Resource) -> None:
    """Deletes an object and waits until it and its pods are gone."""
    access.kubectl.query("delete", reference(resource), "--ignore-not-found", "--wait=false", *access.where())
    waiting = WaitingLog(console, "Waiting for the end of %s" % title(resource))
    while True:
        rest = names_of_remaining_pods(access, resource)
        if access.kubectl.get(reference(resource), *access.where()) is not None:
            rest.append(title(resource))
        if not rest:
            return
        if waiting.seconds > SECONDS_UNTIL_GONE:
            raise EngineRefused(
                "%s has been deleted, but this is still there after %d s: %s"
                % (title(resource), waiting.seconds, ", ".join(rest))
            )
        waiting.report()
        time.sleep(1.0)
