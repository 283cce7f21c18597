# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Asks a model through the service that clients reach, by the Open Inference Protocol (V2)."""

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

#: A route may lag behind the pods that it leads to: for so long, these answers are asked for again.
SECONDS_FOR_THE_ROUTE = 90.0
NOT_YET = (404, 502, 503, 504)

#: What a server answers to the question whether a model is ready while it loads it: MLServer and Triton 400, KServe's own 503.
LOADING = (400, 503)


class _NotYet(Exception):
    """No answer that counts; the text is what came instead."""


class Service:
    """The address of a model in a service.

    address   of the service, as its status gives it
    ingress   address of the gateway to ask in its place, with the service's host name in the request; or None
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
        """The body of the answer to one prediction by this version of the model.

        A server of an earlier version may answer for a moment more; it is asked again. Raises PredictionFailed.
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
        """What the server says while it has not loaded the model, though it listens; None where it says nothing of the kind."""
        code, _ = self._code(self.address + "/ready")
        return "HTTP %d at %s/ready" % (code, self.address) if code in LOADING else None

    def unanswered_reason(self) -> Optional[str]:
        """Why the service does not answer at its address; None where it does, whatever the answer."""
        _, silence = self._code(self._base + "/v2/health/ready")
        return silence

    def _code(self, address: str) -> Tuple[Optional[int], Optional[str]]:
        """(the code of the answer to a GET, None), or (None, why there was no answer)."""
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
            raise health.PredictionFailed("the answer is none of the Open Inference Protocol: %s" % body[:500])
        answered = said.get("model_version")
        if version and answered and answered != version:
            raise _NotYet("version %s of the model answered, and not %s" % (answered, version))
        return json.dumps(said["outputs"])
