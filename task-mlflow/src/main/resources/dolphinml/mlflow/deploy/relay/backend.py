# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A server behind the relay: its address, the connections to it that are kept, and what it has answered."""

import asyncio
import contextlib
import select
import socket
import time
from typing import Callable, Collection, List, Optional

from dolphinml.mlflow.deploy.relay import stream
from dolphinml.mlflow.deploy.relay.statistics import Statistics

# Far below the least time that model servers keep a connection without a request (gunicorn: 2 s, uvicorn: 5 s): one that
# is used again must not be one that the server is closing.
SECONDS_KEPT = 1.0
MOST_KEPT = 128


class NoAddress(OSError):
    """It is not known where the server is."""


class UpstreamUser:
    """What an exchange does with what happens on its connection to the server."""

    def answered(self, data: bytes) -> None:
        raise NotImplementedError

    def server_ended(self) -> None:
        raise NotImplementedError

    def server_lost(self) -> None:
        raise NotImplementedError

    def resume_upload(self) -> None:
        raise NotImplementedError


class Upstream(stream.StreamOwner):
    """One connection to a server. It carries one exchange at a time; without one, whatever comes ends it."""

    def __init__(self, backend: "Backend", loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
        self.backend = backend
        self.exchange: Optional[UpstreamUser] = None
        self.is_reused = False
        self.idle_since = 0.0
        self._poll: Optional[select.poll] = None
        self.stream = stream.Stream(loop, connection, self)
        self.stream.read()

    def is_quiet(self) -> bool:
        """Whether the server has neither closed the connection nor said anything unasked."""
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
        # Its answer may be on the way anyway, unless it never was connected.
        if self.exchange is not None and not self.stream.started:
            self.exchange.server_lost()

    def resume_writing(self) -> None:
        if self.exchange is not None:
            self.exchange.resume_upload()

    def close(self) -> None:
        self.backend.forget(self)
        self.stream.close()


class Backend:
    """`requests` is how many are in the server; `label` names the version of the model in what is counted; `path` is that of
    a Unix socket on which the server may listen too, which takes less time than its port."""

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
        """As a Host field names it."""
        assert self.host is not None
        return ("[%s]:%d" if ":" in self.host else "%s:%d") % (self.host, self.port)

    def look_up_again(self, then: Callable[[bool], None]) -> None:
        """Looks the address up again after a connection that failed; `then` is called with whether to try once more."""
        then(False)

    def take(self, loop: asyncio.AbstractEventLoop, own_ports: Collection[int] = ()) -> Upstream:
        """A connection for one exchange; raises OSError where there can be none."""
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
            with contextlib.suppress(OSError):  # not every version of a server listens there
                return Upstream(self, loop, stream.begin_connecting(socket.AF_UNIX, self.path))
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        connection = stream.begin_connecting(family, (self.host, self.port))
        if self.port in own_ports and _is_of_this_machine(connection):
            connection.close()
            raise NoAddress("its address is the relay's own")
        return Upstream(self, loop, connection)

    def release(self, upstream: Upstream) -> None:
        """The exchange is over and the connection as good as before it."""
        if self._retired or len(self._kept) >= MOST_KEPT:
            upstream.stream.close()
        else:
            upstream.idle_since = time.monotonic()
            self._kept.append(upstream)

    def forget(self, upstream: Upstream) -> None:
        if upstream in self._kept:
            self._kept.remove(upstream)

    def close_idle(self, seconds: float = SECONDS_KEPT) -> None:
        """Closes the connections that have been without a request for so long."""
        oldest = time.monotonic() - seconds
        while self._kept and self._kept[0].idle_since <= oldest:
            self._kept.pop(0).stream.close()

    def retire(self) -> None:
        """Keeps no connection any more."""
        self._retired = True
        self.close_idle(0)

    async def drained(self, seconds: float) -> bool:
        """Waits until no request is in this server; False when some still are after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.requests:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(0.02)
        return True


def _is_of_this_machine(connection: socket.socket) -> bool:
    """Whether it leads back to where it comes from; here in a container's network, where all ports are the container's."""
    try:
        peer = connection.getpeername()[0]
    except OSError:
        return False  # it is slow: a server never is that far from itself
    return peer == connection.getsockname()[0] or peer == "::1" or peer.startswith("127.")
