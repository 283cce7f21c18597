# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Counts a version's answers in the access logs of its pods, which MLServer writes: codes, and no latencies."""

import re
import sys
import threading
from typing import Any, Dict, Iterable

from dolphinml.kubernetes import pods
from dolphinml.kubernetes.pod_logs import PodLogs
from dolphinml.mlflow.deploy.cluster.access import Access

_PREDICTION = re.compile(r'"POST /\S*?/?(?:infer|invocations) HTTP/[\d.]+" (\d{3})')


class AccessLogCounter:
    """The answers of one version since this was made: a console for the logs of its pods."""

    def __init__(self, access: Access) -> None:
        self._logs = PodLogs(access.kubectl, self, "all", sys.maxsize, new_only=True)
        self._lock = threading.Lock()
        self._requests = 0
        self._errors = 0

    def follow(self, found: Iterable[pods.Resource]) -> None:
        """Counts these pods, too, from now on."""
        for pod in found:
            self._logs.follow(pod, pod["metadata"]["name"])

    def line(self, text: str) -> None:
        answered = _PREDICTION.search(text)
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
        self._logs.stop()
