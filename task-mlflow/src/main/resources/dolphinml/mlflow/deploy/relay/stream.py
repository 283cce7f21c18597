# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One connection on the event loop, with callbacks instead of a task.

Asyncio's streams start a task for each connection and switch to it for each piece of data; a relay would spend most of
its time on that.
"""

import asyncio
import contextlib
import errno
import socket
import struct
from typing import Tuple, Union

PIECE = 64 * 1024

# Unsent bytes at which the other side is paused, and at which it resumes.
MUCH = 256 * 1024
LITTLE = 64 * 1024

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


#: (host, port), with two more numbers for IPv6.
SocketAddress = Tuple[Union[str, int], ...]


class StreamOwner:
    """The callbacks of a stream."""

    def data_received(self, data: bytes) -> None:
        raise NotImplementedError

    def eof_received(self) -> None:
        """The peer closed its sending side."""
        raise NotImplementedError

    def connection_lost(self) -> None:
        """The connection broke."""
        raise NotImplementedError

    def write_failed(self) -> None:
        """The peer no longer accepts data."""
        raise NotImplementedError

    def resume_writing(self) -> None:
        """Little is left to send, after `crowded` was True."""
        raise NotImplementedError


class Stream:
    """A connection that calls its owner's methods.

    `started` is whether anything was sent since it was last set to False.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: socket.socket, owner: StreamOwner) -> None:
        self.socket = connection
        self.owner = owner
        self.closed = False
        self.crowded = False
        self.started = False
        self._loop = loop
        self._descriptor = connection.fileno()
        self._unsent = bytearray()
        self._reading = False
        self._broken = False
        self._ending_writing = False
        self._closing = False

    # -- receiving

    def read(self) -> None:
        if not self._reading and not self.closed:
            self._reading = True
            self._loop.add_reader(self._descriptor, self._readable)

    def pause(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def _readable(self) -> None:
        try:
            data = self.socket.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.pause()
            self.owner.connection_lost()
            return
        if data:
            try:
                self.owner.data_received(data)
            except Exception:  # a bug in the relay, which the loop logs, ends this request only
                self.owner.connection_lost()
                raise
        else:
            self.pause()
            self.owner.eof_received()

    def more(self) -> bytes:
        """Returns the data that has already arrived; empty if there is none yet, or at the end of the stream."""
        try:
            return self.socket.recv(PIECE)
        except OSError:
            return b""

    def acknowledge(self) -> None:
        """Acknowledges received data at once. A peer without TCP_NODELAY, such as uvicorn with several workers, waits for
        this before it sends the rest of its message, otherwise 0.04 s longer."""
        if self.socket.family != socket.AF_UNIX:
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    # -- sending

    @property
    def unsent(self) -> int:
        return len(self._unsent)

    def write(self, data: bytes, is_followed: bool = False) -> None:
        """Sends what can be sent now and the rest later; drops data for a broken connection. If `is_followed`, more data
        follows soon, and the kernel may wait for it, for 0.2 s at most."""
        if self._broken or self.closed:
            return
        if not self._unsent:
            try:
                sent = self.socket.send(data, socket.MSG_MORE if is_followed else 0)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._break()
                return
            if sent:
                self.started = True
                if sent == len(data):
                    return
            data = data[sent:]
            self._loop.add_writer(self._descriptor, self._writable)
        self._unsent += data
        self.crowded = len(self._unsent) > MUCH

    def _writable(self) -> None:
        try:
            sent = self.socket.send(self._unsent[:MUCH])
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._break()
            return
        self.started = True
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._descriptor)
            if self._closing:
                self.close()
                return
            if self._ending_writing:
                self.end_writing()
        if self.crowded and len(self._unsent) <= LITTLE:
            self.crowded = False
            self.owner.resume_writing()

    def _break(self) -> None:
        """Handles a broken sending side. The owner is not called from within write(), whose caller is not finished."""
        self._broken = True
        if self._unsent:
            self._loop.remove_writer(self._descriptor)
            self._unsent.clear()
        self._loop.call_soon(self._report_broken)

    def _report_broken(self) -> None:
        if self._closing:
            self.close()
        elif not self.closed:
            self.owner.write_failed()

    # -- the end

    def end_writing(self) -> None:
        """Closes the sending side once everything is sent; the peer's data is still received."""
        self._ending_writing = True
        if self._unsent:
            return
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def finish(self) -> None:
        """Closes the connection as soon as everything is sent."""
        self.pause()
        if self._unsent:
            self._closing = True
        else:
            self.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.pause()
            if self._unsent:
                self._loop.remove_writer(self._descriptor)
                self._unsent.clear()
            self.socket.close()

    def reset(self) -> None:
        """Closes the connection with a reset, which the peer cannot take for the end of a message."""
        if not self.closed:
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            self.close()


def begin_connecting(family: int, address: Union[str, SocketAddress]) -> socket.socket:
    """Returns a non-blocking socket that is connecting; a Unix socket connects at once. Raises OSError if that fails at once."""
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        if family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = connection.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, errno.errorcode.get(code, "cannot connect"))
        return connection
    except BaseException:
        connection.close()
        raise
