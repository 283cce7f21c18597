# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Talks HTTP to an API server of the tests, as its administrator."""

import http.client
import io
import json
import ssl
import threading
import urllib.error
import urllib.parse

_SECONDS = 10


class Api:
    """Requests with the administrator's token, over one connection for each thread: a handshake costs more than most answers."""

    def __init__(self, address, token, authority):
        self._address = address
        self._host = urllib.parse.urlsplit(address).netloc
        self._token = token
        self._context = ssl.create_default_context(cafile=str(authority))
        self._of_thread = threading.local()

    def request(self, method, path, body=None, kind="application/json"):
        """The answer as JSON; None where there is no such object."""
        data = None if body is None else json.dumps(body).encode("utf-8")
        headers = {"Authorization": "Bearer " + self._token, "Content-Type": kind, "Accept": "application/json"}
        status, reason, answered, content = self._send(method, path, data, headers)
        if status == 404:
            return None
        if status >= 300:
            raise urllib.error.HTTPError(self._address + path, status, reason, answered, io.BytesIO(content))
        return json.loads(content.decode("utf-8"))

    def _send(self, method, path, data, headers):
        kept = getattr(self._of_thread, "connection", None)
        if kept is not None:
            try:
                return self._exchange(kept, method, path, data, headers)
            except (ConnectionError, ssl.SSLError):
                pass  # the API server has closed it meanwhile, as at its restart
        connection = http.client.HTTPSConnection(self._host, timeout=_SECONDS, context=self._context)
        return self._exchange(connection, method, path, data, headers)

    def _exchange(self, connection, method, path, data, headers):
        self._of_thread.connection = None
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        except http.client.HTTPException as fault:
            connection.close()
            raise ConnectionError("%s: %s" % (type(fault).__name__, fault)) from fault
        except OSError:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._of_thread.connection = connection
        return answer.status, answer.reason, answer.headers, content

    def patch_status(self, path, status):
        return self.request("PATCH", path + "/status", {"status": status}, "application/merge-patch+json")
