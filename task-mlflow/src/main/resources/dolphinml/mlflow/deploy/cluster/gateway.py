# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Queries a model through the service that clients use, with the Open Inference Protocol (V2)."""

import http.client
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Optional, Tuple

from dolphinml.common import exceptions
from dolphinml.mlflow.deploy.serving import health

#: A route may lag behind its pods: requests with these answers are repeated for this long.
SECONDS_FOR_THE_ROUTE = 90.0
NOT_YET = (404, 502, 503, 504)

#: The status of a model's readiness endpoint while the server loads the model: 400 of MLServer and Triton, 503 of KServe's own.
LOADING = (400, 503)


class _NotYet(Exception):
    """The model did not answer yet; the text is the answer or error that came instead."""


class Service:
    """One model of a service.

    address   the address of the service in the object's status
    ingress   the address of a gateway to use instead, with the service's host name in the Host header; or None
    """

    def __init__(self, address: str, model: str, ingress: Optional[str] = None) -> None:
        parts = urllib.parse.urlsplit(address)
        #: The address that clients use.
        self.base = base = address.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if ingress:
            base = ingress.rstrip("/") + parts.path.rstrip("/")
            self._headers["Host"] = parts.netloc
        self._base = base
        self.address = "%s/v2/models/%s" % (base, model)

    def predict(self, payload: str, seconds: float, version: Optional[str] = None) -> str:
        """Requests one prediction by this version of the model and returns the outputs as JSON text; raises PredictionFailed.

        The request is repeated while a server of an earlier version still answers, or the route is not ready.
        """
        began = time.monotonic()
        while True:
            try:
                return self._predict(payload, seconds, version)
            except _NotYet as reason:
                if time.monotonic() - began > SECONDS_FOR_THE_ROUTE:
                    raise health.PredictionFailed("%s; asked at %s/infer" % (reason, self.address))
            time.sleep(0.2)

    def _predict(self, payload: str, seconds: float, version: Optional[str]) -> str:
        request = urllib.request.Request(self.address + "/infer", data=payload.encode("utf-8"), headers=self._headers)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                body = answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                body = error.read().decode("utf-8", "replace")
            words = "HTTP %d: %s" % (error.code, health.error_sentence(body)[:2000])
            raise _NotYet(words) if error.code in NOT_YET else health.PredictionFailed(words)
        except (socket.timeout, TimeoutError):
            raise health.PredictionFailed("no answer within %d s" % seconds)
        except (OSError, http.client.HTTPException) as error:
            raise _NotYet(exceptions.connection_failure(error))
        return self._checked(body, version)

    def loading(self) -> Optional[str]:
        """Returns the server's answer if it says that it is still loading the model, else None."""
        code, _ = self._code(self.address + "/ready")
        return "HTTP %d at %s/ready" % (code, self.address) if code in LOADING else None

    def unanswered_reason(self) -> Optional[str]:
        """Returns why the service does not answer at its address; None if it answers, with any status."""
        _, silence = self._code(self._base + "/v2/health/ready")
        return silence

    def _code(self, address: str) -> Tuple[Optional[int], Optional[str]]:
        """Returns (status code of a GET, None), or (None, why there was no answer)."""
        request = urllib.request.Request(address, headers=dict(self._headers))
        try:
            with urllib.request.urlopen(request, timeout=10.0) as answer:
                return answer.status, None
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, None
        except (OSError, http.client.HTTPException) as error:
            return None, exceptions.connection_failure(error)

    @staticmethod
    def _checked(body: str, version: Optional[str]) -> str:
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("outputs"), list):
            raise health.PredictionFailed("the response does not follow the Open Inference Protocol: %s" % body[:500])
        answered = said.get("model_version")
        if version and answered and answered != version:
            raise _NotYet("version %s of the model answered, and not %s" % (answered, version))
        return json.dumps(said["outputs"])
