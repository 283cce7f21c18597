# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that a ZooKeeper answers and knows a path; the SDK itself fails only after a long time."""

import socket
import struct
import time
from typing import List, Tuple

from dolphinml.common import exceptions

DEFAULT_PORT = 2181

_EXISTS = 3
_CHILDREN = 8
_NO_NODE = -101


class Unreachable(Exception):
    """No server of the list answered as a ZooKeeper; the message says how each one failed."""


def servers(connect_string: str) -> List[Tuple[str, int]]:
    """Returns the (host, port) pairs of a ZooKeeper connect string; raises ValueError if it is invalid."""
    pairs = []
    for part in connect_string.split("/")[0].split(","):
        host, colon, port = part.strip().rpartition(":")
        if not colon:
            host, port = part.strip(), str(DEFAULT_PORT)
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(part.strip())
        pairs.append((host.strip("[]"), int(port)))
    return pairs


class ZooKeeper:
    """A short session with the first server that answers; close it after use."""

    def __init__(self, connect_string: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        hosts = servers(connect_string)
        failures = []
        for index, (host, port) in enumerate(hosts):
            left = (deadline - time.monotonic()) / (len(hosts) - index)
            try:
                self._open(host, port, max(0.1, left))
                return
            except (OSError, struct.error) as error:
                failures.append("%s:%d: %s" % (host, port, exceptions.connection_failure(error)))
        raise Unreachable("; ".join(failures))

    def _open(self, host: str, port: int, seconds: float) -> None:
        self._socket = socket.create_connection((host, port), timeout=seconds)
        self._socket.settimeout(seconds)
        try:
            # ConnectRequest: protocol 0, last zxid 0, session timeout in ms, session id 0, a password of 16 zeros.
            self._send(struct.pack(">iqiqi", 0, 0, 4000, 0, 16) + b"\0" * 16)
            struct.unpack(">ii", self._receive()[:8])
        except BaseException:
            self._socket.close()
            raise

    def exists(self, path: str) -> bool:
        code, _ = self._request(_EXISTS, path)
        return code != _NO_NODE

    def children(self, path: str) -> List[str]:
        """Returns the children of the path; an empty list if it does not exist or may not be read."""
        code, reply = self._request(_CHILDREN, path)
        if code != 0:
            return []
        (number,) = struct.unpack(">i", reply[:4])
        names, position = [], 4
        for _ in range(number):
            (size,) = struct.unpack(">i", reply[position : position + 4])
            names.append(reply[position + 4 : position + 4 + size].decode("utf-8", "replace"))
            position += 4 + size
        return sorted(names)

    def close(self) -> None:
        self._socket.close()

    def _request(self, operation: int, path: str) -> Tuple[int, bytes]:
        encoded = path.encode("utf-8")
        self._send(struct.pack(">iii", 1, operation, len(encoded)) + encoded + b"\0")
        reply = self._receive()
        _, _, code = struct.unpack(">iqi", reply[:16])
        return code, reply[16:]

    def _send(self, packet: bytes) -> None:
        self._socket.sendall(struct.pack(">i", len(packet)) + packet)

    def _receive(self) -> bytes:
        (size,) = struct.unpack(">i", self._exactly(4))
        if not 0 < size < 1 << 24:
            raise OSError("it does not speak ZooKeeper's protocol")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise OSError("it closed the connection without an answer")
            data += part
        return data
