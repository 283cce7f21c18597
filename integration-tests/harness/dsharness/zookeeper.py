# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A ZooKeeper on loopback, from the jars that the DolphinScheduler server comes with."""

import os
import socket
import struct
from pathlib import Path

from dsharness.ports import free_port
from dsharness.processes import Program
from dsharness.server import distribution, java

#: The whole class path of the server would bring another log binding that does not start.
JARS = ("zookeeper", "slf4j-api", "logback", "netty", "snappy", "metrics-core", "commons-cli", "audience")


class ZooKeeper:
    """One server with a directory of its own, and no data but what `create` makes."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.port = free_port()
        self.program = None
        self._classpath = os.pathsep.join(
            str(jar) for name in JARS for jar in sorted((distribution() / "libs").glob(name + "*.jar"))
        )

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def __enter__(self):
        self.directory.mkdir(parents=True)
        configuration = self.directory / "zoo.cfg"
        configuration.write_text(
            "dataDir=%s\nclientPort=%d\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
            % (self.directory / "data", self.port)
        )
        self.program = Program(
            [java(), "-Xmx128m", "-cp", self._classpath, "org.apache.zookeeper.server.quorum.QuorumPeerMain", str(configuration)],
            self.directory / "server.log",
            cwd=self.directory,
        )
        try:
            self.program.wait_until(self._serves, 300, "ZooKeeper")
        except BaseException:
            self.program.stop()
            raise
        return self

    def __exit__(self, *_):
        self.program.stop(grace=2.0)

    def create(self, path):
        """Makes an empty node. Through the protocol: the server's commons-cli is too old for ZooKeeper's own client."""
        acl = struct.pack(">ii", 1, 31) + _text("world") + _text("anyone")
        request = struct.pack(">ii", 1, 1) + _text(path) + _text("") + acl + struct.pack(">i", 0)
        with socket.create_connection(("127.0.0.1", self.port), 60) as connection:
            _exchange(connection, struct.pack(">iqiqi", 0, 0, 10000, 0, 16) + b"\0" * 16)
            code = struct.unpack(">iqi", _exchange(connection, request)[:16])[2]
        if code != 0:
            raise RuntimeError("ZooKeeper did not make %s: code %d" % (path, code))

    def _serves(self):
        # The port is open before the server answers on it.
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as asked:
                asked.sendall(b"srvr")
                return b"Mode:" in asked.recv(4096)
        except OSError:
            return False


def _text(value):
    encoded = value.encode("utf-8")
    return struct.pack(">i", len(encoded)) + encoded


def _exchange(connection, packet):
    connection.sendall(struct.pack(">i", len(packet)) + packet)
    (size,) = struct.unpack(">i", connection.recv(4, socket.MSG_WAITALL))
    return connection.recv(size, socket.MSG_WAITALL)
