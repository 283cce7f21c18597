"""Accepts connections on a socket until it is closed, and loses none that came before.

A server of asyncio's forgets a connection that it accepts in the moment of its end: the client waits for ever.
"""

import asyncio
import contextlib

BACKLOG = 1024
SECONDS_WITHOUT_HANDLES = 1.0


class Listener:
    """`serve(reader, writer)` is called for each connection; `limit` is how many bytes a reader holds."""

    def __init__(self, bound, serve, limit):
        self._socket = bound
        self._serve = serve
        self._limit = limit
        self._loop = asyncio.get_event_loop()
        self._opening = set()
        bound.listen(BACKLOG)
        self._resume()

    def close(self):
        """Leaves the port at once; who was in its queue is served."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._accept()
            self._socket.close()

    def _resume(self):
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self):
        try:
            for _ in range(BACKLOG):
                connection, _ = self._socket.accept()
                connection.setblocking(False)
                opening = asyncio.ensure_future(self._open(connection))
                self._opening.add(opening)
                opening.add_done_callback(self._opening.discard)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            pass
        except OSError:  # no more handles, until some connections have ended
            self._loop.remove_reader(self._socket)
            self._loop.call_later(SECONDS_WITHOUT_HANDLES, self._resume)

    async def _open(self, connection):
        with contextlib.suppress(OSError):
            await self._loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self):
        reader = asyncio.StreamReader(limit=self._limit, loop=self._loop)
        return asyncio.StreamReaderProtocol(reader, self._serve, loop=self._loop)
