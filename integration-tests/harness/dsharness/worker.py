# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A worker in a JVM of its own beside the standalone server: one that can be lost."""

import os

from dsharness.ports import free_ports
from dsharness.processes import Program
from dsharness.server import jvm, variables

MAIN_CLASS = "org.apache.dolphinscheduler.server.worker.WorkerServer"

#: Spring would start what is in them, too.
OTHER_SERVERS = (
    "dolphinscheduler-api-3",
    "dolphinscheduler-master",
    "dolphinscheduler-standalone",
    "dolphinscheduler-alert-server",
    "springfox",
    "knife4j",
)


class Worker:
    """One worker; it shares the installation and the registry of the server.

    `session_seconds` after its death the registry tells the master: less than a busy machine may keep it waiting for,
    and it is lost before its time.
    """

    def __init__(self, server, directory, session_seconds=15):
        self.server = server
        self.directory = directory
        self.session_seconds = session_seconds
        self.port, self._http = free_ports(2)
        self.address = None
        self.program = None

    def __enter__(self):
        self.directory.mkdir(parents=True)
        self.program = Program(self._command(), self.directory / "worker.out", env=variables(), cwd=self.directory)
        try:
            self.program.wait_until(self._registered, 300, "the worker")
        except BaseException:
            self.program.stop(grace=0)
            raise
        return self

    def __exit__(self, *_):
        self.program.stop(grace=0)

    def _command(self):
        jars = [str(jar) for jar in sorted((self.server.home / "libs").glob("*.jar")) if not jar.name.startswith(OTHER_SERVERS)]
        options = {
            "registry.zookeeper.connect-string": self.server.registry(),
            "registry.zookeeper.session-timeout": "%ds" % self.session_seconds,
            "server.port": self._http,
            "server.address": "127.0.0.1",
            "worker.listen-port": self.port,
            "worker.max-cpu-load-avg": 1000,
            "worker.heartbeat-interval": "1s",
            "python-gateway.enabled": "false",
            "user.timezone": "UTC",
        }
        command = jvm("-Xmx512m", "-XX:TieredStopAtLevel=1")
        command += ["-D%s=%s" % option for option in options.items()]
        return command + ["-cp", os.pathsep.join([str(self.server.conf)] + jars), MAIN_CLASS]

    def _registered(self):
        for each in self.server.client().get("/monitor/workers"):
            if each["port"] == self.port:
                self.address = "%s:%d" % (each["host"], self.port)
        return self.address is not None
