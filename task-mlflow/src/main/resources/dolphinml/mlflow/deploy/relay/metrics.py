# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A deployment's metrics in Prometheus' text format, served at GET /metrics."""

import os
import socket
import time
from typing import Callable, Dict, Iterable, List, Tuple

from dolphinml.mlflow.deploy.relay import control, http1
from dolphinml.mlflow.deploy.relay.relay import Client, Relay
from dolphinml.mlflow.deploy.relay.statistics import Statistics
from dolphinml.mlflow.deploy.relay.stream import SocketAddress

#: A name and its value.
Label = Tuple[str, object]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def _escaped(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _metric_labels(pairs: Iterable[Label]) -> str:
    return "{%s}" % ",".join('%s="%s"' % (name, _escaped(value)) for name, value in pairs)


class _Text:
    def __init__(self, deployment: str) -> None:
        self.lines: List[str] = []
        self._deployment: Label = ("deployment", deployment)
        self._name = ""

    def family(self, name: str, kind: str, text: str) -> None:
        self._name = name
        self.lines += ["# HELP %s %s" % (name, text), "# TYPE %s %s" % (name, kind)]

    def sample(self, value: float, *labels: Label, suffix: str = "") -> None:
        self.lines.append("%s%s%s %s" % (self._name, suffix, _metric_labels((self._deployment,) + labels), repr(value)))


def _by_version(relay: Relay) -> List[Tuple[str, Tuple[Statistics, int]]]:
    """Returns {version: (statistics, requests in flight)} of all current and former servers of the relay."""
    found: Dict[str, Tuple[Statistics, int]] = {}
    for backend in relay.backends():
        statistics, requests = found.get(backend.label, (Statistics(), 0))
        found[backend.label] = statistics.add(backend.statistics), requests + backend.requests
    return sorted(found.items())


def render(relay: Relay, restarts: int = 0) -> str:
    """Returns the metrics as text. `restarts` is how often the current model server was restarted after it had ended."""
    text = _Text(relay.deployment)
    versions = _by_version(relay)
    name = "dolphinml_requests_total"
    text.family(name, "counter", "Answered requests by model version and status; 499: the client left first.")
    for version, (statistics, _) in versions:
        for code, number in sorted(statistics.codes.items()):
            text.sample(number, ("version", version), ("code", code))
    name = "dolphinml_request_duration_seconds"
    text.family(name, "histogram", "From the last byte of a request to the first byte of its answer.")
    for version, (statistics, _) in versions:
        for bound, number in statistics.buckets():
            text.sample(number, ("version", version), ("le", repr(bound)), suffix="_bucket")
        text.sample(statistics.measured, ("version", version), ("le", "+Inf"), suffix="_bucket")
        text.sample(round(statistics.seconds, 6), ("version", version), suffix="_sum")
        text.sample(statistics.measured, ("version", version), suffix="_count")
    text.family("dolphinml_requests_in_flight", "gauge", "Requests that are in a model server now.")
    for version, (_, requests) in versions:
        text.sample(requests, ("version", version))
    text.family("dolphinml_client_connections", "gauge", "Connections of clients that are open now.")
    text.sample(len(relay.clients))
    text.family("dolphinml_serving_info", "gauge", "1 for the version that serves and for one on trial.")
    for backend, role in ((relay.backend, "current"), (relay.candidate, "candidate")):
        if backend is not None:
            text.sample(1, ("version", backend.label), ("role", role))
    text.family("dolphinml_canary_share", "gauge", "The share of the requests that a version on trial gets.")
    text.sample(relay.share if relay.candidate is not None else 0.0)
    text.family("dolphinml_up", "gauge", "Whether a model server serves.")
    text.sample(int(relay.backend is not None and relay.backend.host is not None))
    text.family("dolphinml_model_server_restarts_total", "counter", "How often the model server that serves was started again.")
    text.sample(restarts)
    text.family("dolphinml_build_info", "gauge", "The program of the front: its control protocol, and a digest of its files.")
    text.sample(1, ("protocol", control.PROTOCOL), ("program", control.program()))
    text.family("dolphinml_start_time_seconds", "gauge", "When the front began, in seconds since 1970.")
    text.sample(round(_STARTED, 3))
    text.family("dolphinml_open_fds", "gauge", "File handles of the front.")
    text.sample(len(os.listdir("/proc/self/fd")))
    return "\n".join(text.lines) + "\n"


_STARTED = time.time()


class Metrics(Relay):
    """Serves the metrics port, with the same parser and the same limits as the relay."""

    def __init__(self, relay: Relay, restarts: Callable[[], int] = lambda: 0) -> None:
        super().__init__(relay.deployment)
        self._of = relay
        self._restarts = restarts

    def _client(self, connection: socket.socket, address: SocketAddress) -> Client:
        return _Reader(self, connection, address)

    def text(self) -> str:
        return render(self._of, self._restarts())


class _Reader(Client):
    """One connection of Prometheus."""

    relay: Metrics

    def _begin(self, request: http1.Request) -> None:
        path = request.target.partition(b"?")[0]
        if request.kind != http1.NO_BODY or request.method not in (b"GET", b"HEAD"):
            self._answer(request, "405 Method Not Allowed", "This port answers GET /metrics.\n")
        elif path != b"/metrics":
            self._answer(request, "404 Not Found", "This port answers GET /metrics.\n")
        else:
            self._answer(request, "200 OK", self.relay.text())

    def _answer(self, request: http1.Request, status: str, text: str) -> None:
        body = text.encode("utf-8")
        head = "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (
            status,
            CONTENT_TYPE,
            len(body),
        )
        self.stream.write(head.encode("ascii") + (b"" if request.method == b"HEAD" else body))
        self.answered(False, request.kind == http1.NO_BODY)
