# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""moto's S3 server on loopback, with one bucket."""

import subprocess
import urllib.request

from dsharness.ports import free_port
from dsharness.waiting import wait_until


class S3Server:
    """Runs while the context is open. `address` is its URL; keys of any value open the bucket `bucket`."""

    def __init__(self, python):
        """python  of an environment with moto's server"""
        self._python = str(python)
        self._process = None
        self.port = free_port()
        self.address = "http://127.0.0.1:%d" % self.port

    def __enter__(self):
        self._process = subprocess.Popen(
            [self._python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(self._answers, what="the S3 server answers")
            urllib.request.urlopen(urllib.request.Request(self.address + "/bucket", method="PUT")).close()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        self._process.kill()
        self._process.wait()

    def _answers(self):
        assert self._process.poll() is None, "moto's server has ended with %s" % self._process.returncode
        try:
            urllib.request.urlopen(self.address + "/moto-api/", timeout=5).close()
            return True
        except OSError:
            return False
