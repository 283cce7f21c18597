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

# The server is on this machine: a proxy of the environment must not come between.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PredictionFailed(Exception):
    """The server is up but does not predict the model's own example; the text is the server's reason."""


def answers(url: str, path: str = "/ping", timeout: float = SECONDS_PER_PING) -> bool:
    """Whether GET of the path (MLflow 3 refuses HEAD) is answered with 200."""
    try:
        with _DIRECT.open(url + path, timeout=timeout) as answer:
            return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False


def error_sentence(body: str) -> str:
    """The sentence in an error answer of a scoring server."""
    try:
        parsed = json.loads(body)
        text = parsed.get("message") or parsed.get("error") or parsed.get("detail") or body
        trace = (parsed.get("stack_trace") or "").strip().split("\n")
        return "%s (%s)" % (str(text).strip(), trace[-1].strip()) if trace[-1] else str(text).strip()
    except (ValueError, AttributeError):
        return body.strip()


def predict(url: str, path: str, payload: str, timeout: float) -> str:
    """The body of the answer to one prediction; `payload` is JSON text."""
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
    """Follows a growing file by whole lines; survives that the file is not there yet or starts over."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._position = 0
        self._rest = b""

    def lines(self) -> List[str]:
        """The lines that came since the last call."""
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
    """The last lines of a file, without blank ones at its end."""
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 64 * 1024))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.rstrip().split("\n")[-count:] if text.strip() else []
