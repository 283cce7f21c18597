# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The address at which clients reach a deployment."""

import contextlib
import http.client
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Optional

from dolphinml.common import exceptions
from dolphinml.common.program import Task

EVERY_ADDRESS = ("0.0.0.0", "::")


def url(host: str, port: int) -> str:
    return "http://%s:%d" % ("[%s]" % host if ":" in host else host, port)


def worker_host(task: Task) -> str:
    """Returns the host name or address by which clients reach this machine."""
    known = str(task.request.get("task", {}).get("host") or "").rpartition("@")[2]
    host = known.rsplit(":", 1)[0] if known.count(":") == 1 else known
    return host or socket.gethostname()


def endpoint_of(task: Task, host: str, port: int) -> str:
    """Returns the address at which clients reach a server that listens on this host and port of this machine."""
    return url(worker_host(task) if host in EVERY_ADDRESS else host, port)


def on_this_machine(host: str, port: int) -> str:
    """Returns the address of a server on this machine for requests from this machine."""
    return url({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)


def unanswered_reason(address: str, seconds: float = 10.0) -> Optional[str]:
    """Returns why no HTTP server answers at the address, tried from this machine; None if one answers, with any status."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            # The address is on this machine: bypass the proxies that the environment sets.
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address + "/ping", timeout=seconds):
                return None
        except urllib.error.HTTPError as error:
            error.close()
            return None
        except (OSError, http.client.HTTPException) as error:
            reason = exceptions.connection_failure(error)
        if time.monotonic() >= deadline:
            return reason
        time.sleep(0.2)


def unreachable_reason(host: str, address: str) -> Optional[str]:
    """Returns why this machine could not reach a server that listens on `host` at the host of `address`; None if it could.
    Tested with a free port."""
    target = urllib.parse.urlsplit(address).hostname
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as listener:
        try:
            if ":" in host:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
            listener.bind((host, 0))
            listener.listen(1)
            with socket.create_connection((target, listener.getsockname()[1]), 10.0):
                return None
        except OSError as error:
            return exceptions.connection_failure(error)
