# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks within five seconds whether a tracking server is reachable, with the standard library only."""

import http.client
import re
import ssl
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Optional

from dolphinml.common import exceptions

if TYPE_CHECKING:
    from dolphinml.mlflow.tracking.tracking_server import TrackingServer

SECONDS = 5.0

# The gateway is up and the server behind it is not.
_GATEWAY_FAULTS = (502, 503, 504)


class Probe:
    """The result of a probe: `fault` is a sentence or None, `version` the server's version, None if it is unknown."""

    def __init__(self, fault: Optional[str] = None, version: Optional[str] = None) -> None:
        self.fault = fault
        self.version = version


def probe(server: "TrackingServer", seconds: float = SECONDS) -> Probe:
    """Requests the server's version. A URI that is not HTTP (a database, a directory) is left to MLflow."""
    if not server.is_remote:
        return Probe()
    found = []
    # In a thread, because DNS lookups have no timeout.
    thread = threading.Thread(target=lambda: found.append(_request(server, seconds - 0.5)), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else _absent(server, "no answer within %d s" % seconds)


def _request(server: "TrackingServer", seconds: float) -> Probe:
    # No credentials are sent, so a certificate that only MLflow's own settings accept is not a fault here.
    context = ssl._create_unverified_context()
    try:
        address = server.shown.rstrip("/") + "/version"
        with urllib.request.build_opener(urllib.request.HTTPSHandler(context=context)).open(address, timeout=seconds) as answer:
            text = answer.read(100).decode("utf-8", "replace").strip()
        return Probe(version=text if re.match(r"\d+\.\d+", text) else None)
    except urllib.error.HTTPError as error:
        if error.code in _GATEWAY_FAULTS:
            return _absent(server, "HTTP %d %s" % (error.code, error.reason))
        # The server answers; whether it grants access, MLflow finds out.
        return Probe()
    except urllib.error.URLError as error:
        return _absent(server, exceptions.connection_failure(error.reason))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _absent(server, exceptions.connection_failure(error))


def _absent(server: "TrackingServer", reason: str) -> Probe:
    return Probe(
        "mlflowTrackingUri: the tracking server %s does not answer (%s); start it, or give the address of one"
        " that runs" % (server.shown, reason)
    )
