# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Counts a version's answers in the access logs that MLServer writes in its pods: status codes, but no latencies."""

import re
import sys
import threading
from typing import Any, Dict, Iterable

from dolphinml.kubernetes import pods
from dolphinml.kubernetes.pod_logs import PodLogs
from dolphinml.mlflow.deploy.cluster.access import Access

_PREDICTION = re.compile(r'"POST /\S*?/?(?:infer|invocations) HTTP/[\d.]+" (\d{3})')


class AccessLogCounter:
    """Counts the answers of one version from now on, as a console that receives the logs of its pods."""

    def __init__(self, access: Access) -> None:
        self._logs = PodLogs(access.kubectl, self, "all", sys.maxsize, new_only=True)
        self._lock = threading.Lock()
        self._requests = 0
        self._errors = 0

    def follow(self, found: Iterable[pods.Resource]) -> None:
        """Also counts the answers of these pods from now on."""
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
        """The counts in the form of a front's statistics; latencies are None."""
        with self._lock:
            return {"requests": self._requests, "errors5xx": self._errors, "median": None, "p95": None}

    def stop(self) -> None:
        self._logs.stop()
