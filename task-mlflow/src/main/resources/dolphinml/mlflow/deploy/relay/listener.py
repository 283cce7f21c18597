# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Accepts connections on a socket until it is closed, without losing any that arrived before."""

import asyncio
import socket
from typing import Callable

from dolphinml.mlflow.deploy.relay.stream import SocketAddress

BACKLOG = 1024
SECONDS_WITHOUT_HANDLES = 1.0

# Accepted connections inherit these options from their listener.
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
)


class Listener:
    """Calls `serve(connection, address)` for each connection, a non-blocking socket."""

    def __init__(self, bound: socket.socket, serve: Callable[[socket.socket, SocketAddress], None]) -> None:
        self.socket = bound
        self._serve = serve
        self._loop = asyncio.get_event_loop()
        for level, option, value in _OPTIONS:
            bound.setsockopt(level, option, value)
        bound.listen(BACKLOG)
        self._resume()

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    def close(self) -> None:
        """Closes the port at once; connections in its accept queue are still served."""
        if self.socket.fileno() >= 0:
            self._loop.remove_reader(self.socket)
            self._accept()
            self.socket.close()

    def abandon(self) -> None:
        """Stops accepting; leaves the accept queue to another process that has the same socket."""
        if self.socket.fileno() >= 0:
            self._loop.remove_reader(self.socket)
            self.socket.close()

    def _resume(self) -> None:
        if self.socket.fileno() >= 0:
            self._loop.add_reader(self.socket, self._accept)

    def _accept(self) -> None:
        try:
            for _ in range(BACKLOG):
                connection, address = self.socket.accept()
                connection.setblocking(False)
                self._serve(connection, address)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            pass
        except OSError:  # out of file descriptors until some connections have ended
            self._loop.remove_reader(self.socket)
            self._loop.call_later(SECONDS_WITHOUT_HANDLES, self._resume)
