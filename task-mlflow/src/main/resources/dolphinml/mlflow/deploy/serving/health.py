# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that a model server answers, and that it predicts."""

import http.client
import json
import os
import socket
import urllib.error
import urllib.request
from typing import List

from dolphinml.common import exceptions

SECONDS_PER_PING = 5.0

# The server is on this machine: bypass the proxies that the environment sets.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PredictionFailed(Exception):
    """The server is up but cannot predict the model's own input example; the text is the reason."""


def answers(url: str, path: str = "/ping", timeout: float = SECONDS_PER_PING) -> bool:
    """Whether the server answers GET on the path with status 200. (MLflow 3 refuses HEAD.)"""
    try:
        with _DIRECT.open(url + path, timeout=timeout) as answer:
            return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False


def error_sentence(body: str) -> str:
    """Returns the error message in a scoring server's error response."""
    try:
        parsed = json.loads(body)
        text = parsed.get("message") or parsed.get("error") or parsed.get("detail") or body
        trace = (parsed.get("stack_trace") or "").strip().split("\n")
        return "%s (%s)" % (str(text).strip(), trace[-1].strip()) if trace[-1] else str(text).strip()
    except (ValueError, AttributeError):
        return body.strip()


def predict(url: str, path: str, payload: str, timeout: float) -> str:
    """Requests one prediction and returns the response body; raises PredictionFailed.

    payload   JSON text
    timeout   seconds
    """
    request = urllib.request.Request(url + path, data=payload.encode("utf-8"), headers={"Content-Type": "application/json"})
    try:
        with _DIRECT.open(request, timeout=timeout) as answer:
            return answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            body = error.read().decode("utf-8", "replace")
        raise PredictionFailed("HTTP %d: %s" % (error.code, error_sentence(body)[:2000]))
    except (socket.timeout, TimeoutError):
        raise PredictionFailed("no answer within %d s" % timeout)
    except (OSError, http.client.HTTPException) as error:
        raise PredictionFailed(exceptions.connection_failure(error))


class LogTail:
    """Follows a growing file by complete lines. The file need not exist yet, and may be truncated."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._position = 0
        self._rest = b""

    def lines(self) -> List[str]:
        """Returns the lines written since the last call."""
        try:
            with open(self._path, "rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                if size < self._position:
                    self._position, self._rest = 0, b""
                stream.seek(self._position)
                data = stream.read(1024 * 1024)
                self._position = stream.tell()
        except OSError:
            return []
        parts = (self._rest + data).split(b"\n")
        self._rest = parts.pop()
        return [part.decode("utf-8", "replace") for part in parts]


def last_lines(path: str, count: int) -> List[str]:
    """Returns the last lines of a file, without trailing blank lines; [] if the file cannot be read."""
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 64 * 1024))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.rstrip().split("\n")[-count:] if text.strip() else []
