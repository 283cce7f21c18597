# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Counts a version's answers in the access logs of its pods, which MLServer writes: codes, and no latencies."""

import re
import threading
from typing import Any, Dict, Iterable, Tuple

from dolphinml.kubernetes import pods
from dolphinml.kubernetes.objects import at
from dolphinml.kubernetes.pod_logs import LogFollower
from dolphinml.mlflow.deploy.cluster.access import Access

_PREDICTION = re.compile(r'"POST /\S*?/?(?:infer|invocations) HTTP/[\d.]+" (\d{3})')


class Answers:
    """The answers of one version since this was made."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._followers: Dict[Tuple[str, str], LogFollower] = {}
        self._lock = threading.Lock()
        self._requests = 0
        self._errors = 0

    def follow(self, found: Iterable[pods.Resource]) -> None:
        """Counts these pods, too, from now on."""
        for pod in found:
            for container in pods.containers(pod):
                key = at(pod, "metadata", "uid"), container
                if key in self._followers:
                    self._followers[key].go_on(pod, container)
                elif pods.has_started(pod, container):
                    name = pod["metadata"]["name"]
                    self._followers[key] = LogFollower(
                        self._access.kubectl, self._access.namespace, name, container, name, self._count, 1 << 62, new_only=True
                    )

    def _count(self, line: str) -> None:
        answered = _PREDICTION.search(line)
        if answered:
            with self._lock:
                self._requests += 1
                self._errors += answered.group(1).startswith("5")

    @property
    def summary(self) -> Dict[str, Any]:
        """As the front of other deployments counts."""
        with self._lock:
            return {"requests": self._requests, "errors5xx": self._errors, "median": None, "p95": None}

    def stop(self) -> None:
        for follower in self._followers.values():
            follower.stop()
