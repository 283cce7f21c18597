# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A client of a model in a cluster: it requests predictions all the time, and sees which version answers."""

import json
import threading
import time

BODY = json.dumps({"inputs": [{"name": "input-0", "shape": [1, 4], "datatype": "FP64", "data": [1, 2, 3, 4]}]}).encode("utf-8")


class Clients:
    """Requests predictions through the gateway's routing until it is stopped."""

    def __init__(self, platform, host, path, body=BODY):
        self._platform, self._host, self._path, self._body = platform, host, path, body
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        #: (version, code) of all answers.
        self.answers = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join(60)

    def _run(self):
        while not self._over.is_set():
            self.answers.append(query(self._platform, self._host, self._path, self._body))
            time.sleep(0.05)


def query(platform, host, path, body=BODY):
    """(version, code) of one answer; (None, code) where none predicted."""
    found = platform.route(host, path)
    if found is None or found[0] is None:
        return None, 503
    code, answer = platform.gateway.query("POST", found[0], found[1], body)
    return json.loads(answer).get("model_version"), code
