# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A steady load of predictions, half over kept connections and half over new ones, without any retry.

As a program: load.py URL SECONDS [REQUESTS_PER_SECOND]; prints the counts as JSON, exit code 1 when a request failed.
"""

import collections
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

ROW = json.dumps(
    {
        "dataframe_split": {
            "columns": ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"],
            "data": [[5.1, 3.5, 1.4, 0.2]],
        }
    }
)


#: How many times a test under load deploys anew.
REDEPLOYS = int(os.environ.get("DOLPHINML_REDEPLOYS", "2"))


class Load:
    """Sends `rate` requests a second from `threads` threads between start() and stop()."""

    def __init__(self, url, rate=50, threads=10, body=ROW):
        address = urllib.parse.urlsplit(url)
        self._address = (address.hostname, address.port)
        self._pause = threads / float(rate)
        self._body = body
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(index, threads)) for index in range(threads)]
        self.answers = collections.Counter()
        self.failures = []
        self.slowest = 0.0

    @property
    def sent(self):
        return sum(self.answers.values()) + len(self.failures)

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def wait_for(self, count, answer=None):
        """Returns when so many more requests had this answer, or any, or one has failed."""
        enough = self._answered(answer) + count
        while self._answered(answer) < enough and not self.failures:
            time.sleep(0.05)

    def _answered(self, answer):
        with self._lock:
            return sum(self.answers.values()) if answer is None else self.answers[answer]

    def stop(self):
        self._ending.set()
        for thread in self._threads:
            thread.join()
        return self

    def _run(self, index, threads):
        kept = index % 2 == 0
        connection = http.client.HTTPConnection(*self._address, timeout=90)
        due = time.monotonic() + index * self._pause / threads
        while not self._ending.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            due += self._pause
            began = time.monotonic()
            try:
                headers = {"Content-Type": "application/json"}
                if not kept:
                    headers["Connection"] = "close"
                connection.request("POST", "/invocations", self._body, headers)
                answer = connection.getresponse()
                text = answer.read().decode("utf-8", "replace")
                with self._lock:
                    if answer.status == 200:
                        self.answers[text] += 1
                    else:
                        self.failures.append("HTTP %d: %s" % (answer.status, text[:200]))
            except (OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.failures.append("%s: %s" % (type(error).__name__, error))
                connection.close()
            with self._lock:
                self.slowest = max(self.slowest, time.monotonic() - began)
        connection.close()


def main(argv):
    load = Load(argv[1], rate=float(argv[3]) if len(argv) > 3 else 50).start()
    time.sleep(float(argv[2]))
    load.stop()
    print(
        json.dumps(
            {
                "sent": load.sent,
                "failed": len(load.failures),
                "failures": load.failures[:10],
                "slowest": round(load.slowest, 3),
                "answers": load.answers,
            }
        )
    )
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
