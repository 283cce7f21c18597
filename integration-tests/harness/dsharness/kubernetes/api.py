# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Talks HTTP to an API server of the tests, as its administrator."""

import json
import ssl
import urllib.error
import urllib.request


class Api:
    """Requests with the administrator's token."""

    def __init__(self, address, token, authority):
        self._address = address
        self._token = token
        self._context = ssl.create_default_context(cafile=str(authority))

    def request(self, method, path, body=None, kind="application/json"):
        """The answer as JSON; None where there is no such object."""
        request = urllib.request.Request(
            self._address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode("utf-8"),
            headers={"Authorization": "Bearer " + self._token, "Content-Type": kind, "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._context) as answer:
                return json.loads(answer.read().decode("utf-8"))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def patch_status(self, path, status):
        return self.request("PATCH", path + "/status", {"status": status}, "application/merge-patch+json")
