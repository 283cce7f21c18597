# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A server behind the relay: its address, its idle connections, and the statistics of its answers."""

import asyncio
import contextlib
import select
import socket
import time
from typing import Callable, Collection, List, Optional

from dolphinml.mlflow.deploy.relay import stream
from dolphinml.mlflow.deploy.relay.statistics import Statistics

# Well below the shortest keep-alive timeout of the model servers (gunicorn: 2 s, uvicorn: 5 s), so that the relay never
# reuses a connection that the server is closing.
SECONDS_KEPT = 1.0
MOST_KEPT = 128


class NoAddress(OSError):
    """The server's address is unknown."""


class UpstreamUser:
    """The callbacks by which an exchange handles events on its connection to the server."""

    def answered(self, data: bytes) -> None:
        raise NotImplementedError

    def server_ended(self) -> None:
        raise NotImplementedError

    def server_lost(self) -> None:
        raise NotImplementedError

    def resume_upload(self) -> None:
        raise NotImplementedError


class Upstream(stream.StreamOwner):
    """One connection to a server. It carries one exchange at a time; without one, any incoming data ends it."""

    def __init__(self, backend: "Backend", loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
        self.backend = backend
        self.exchange: Optional[UpstreamUser] = None
        self.is_reused = False
        self.idle_since = 0.0
        self._poll: Optional[select.poll] = None
        self.stream = stream.Stream(loop, connection, self)
        self.stream.read()

    def is_quiet(self) -> bool:
        """Whether the server has neither closed the connection nor sent unexpected data."""
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self.stream.socket, select.POLLIN | select.POLLERR | select.POLLHUP)
        return not self._poll.poll(0)

    def data_received(self, data: bytes) -> None:
        if self.exchange is None:
            self.close()
        else:
            self.exchange.answered(data)

    def eof_received(self) -> None:
        if self.exchange is None:
            self.close()
        else:
            self.exchange.server_ended()

    def connection_lost(self) -> None:
        if self.exchange is None:
            self.close()
        else:
            self.exchange.server_lost()

    def write_failed(self) -> None:
        # The response may already be on its way, unless the connection was never established.
        if self.exchange is not None and not self.stream.started:
            self.exchange.server_lost()

    def resume_writing(self) -> None:
        if self.exchange is not None:
            self.exchange.resume_upload()

    def close(self) -> None:
        self.backend.forget(self)
        self.stream.close()


class Backend:
    """`requests` is the number of requests in flight; `label` is the model version in statistics and metrics; `path` is
    a Unix socket on which the server may also listen, which is faster than its port."""

    def __init__(self, host: Optional[str], port: int, label: str = "", path: Optional[str] = None) -> None:
        self.host = host
        self.port = port
        self.label = label
        self.path = path
        self.requests = 0
        self.statistics = Statistics()
        self._kept: List[Upstream] = []
        self._retired = False

    @property
    def address_text(self) -> str:
        """Returns the address as it appears in a Host field."""
        assert self.host is not None
        return ("[%s]:%d" if ":" in self.host else "%s:%d") % (self.host, self.port)

    def look_up_again(self, then: Callable[[bool], None]) -> None:
        """Looks up the address again after a connection failed; calls `then` with whether to retry."""
        then(False)

    def take(self, loop: asyncio.AbstractEventLoop, own_ports: Collection[int] = ()) -> Upstream:
        """Returns a connection for one exchange; raises OSError if none can be opened."""
        now = time.monotonic()
        while self._kept:
            upstream = self._kept.pop()
            if now - upstream.idle_since < SECONDS_KEPT and upstream.is_quiet():
                upstream.is_reused = True
                upstream.stream.started = False
                return upstream
            upstream.stream.close()
        return self.connect(loop, own_ports)

    def connect(self, loop: asyncio.AbstractEventLoop, own_ports: Collection[int] = ()) -> Upstream:
        if self.host is None:
            raise NoAddress("its address is not known yet")
        if self.path is not None:
            with contextlib.suppress(OSError):  # not every server version listens there
                return Upstream(self, loop, stream.begin_connecting(socket.AF_UNIX, self.path))
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        connection = stream.begin_connecting(family, (self.host, self.port))
        if self.port in own_ports and _is_of_this_machine(connection):
            connection.close()
            raise NoAddress("its address is the relay's own")
        return Upstream(self, loop, connection)

    def release(self, upstream: Upstream) -> None:
        """Takes back a connection whose exchange is complete, so that it can be reused."""
        if self._retired or len(self._kept) >= MOST_KEPT:
            upstream.stream.close()
        else:
            upstream.idle_since = time.monotonic()
            self._kept.append(upstream)

    def forget(self, upstream: Upstream) -> None:
        if upstream in self._kept:
            self._kept.remove(upstream)

    def close_idle(self, seconds: float = SECONDS_KEPT) -> None:
        """Closes the connections that have been idle for `seconds`."""
        oldest = time.monotonic() - seconds
        while self._kept and self._kept[0].idle_since <= oldest:
            self._kept.pop(0).stream.close()

    def retire(self) -> None:
        """Closes the idle connections and keeps no more of them."""
        self._retired = True
        self.close_idle(0)

    async def drained(self, seconds: float) -> bool:
        """Waits until this server has no requests in flight; returns False if some remain after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.requests:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(0.02)
        return True


def _is_of_this_machine(connection: socket.socket) -> bool:
    """Whether both ends are on this machine; within a container's network all of its ports belong to the container."""
    try:
        peer = connection.getpeername()[0]
    except OSError:
        return False  # still connecting: a connection to the same machine would be established already
    return peer == connection.getsockname()[0] or peer == "::1" or peer.startswith("127.")
