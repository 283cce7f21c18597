"""Hands each HTTP request to the server that is current when the request arrives.

A client's connection belongs to the relay and outlives any server behind it; a request belongs to one server from its
first to its last byte. So a change of servers breaks neither: requests that have begun end where they began, the next
one on the same connection goes to the new server. Each request has a connection of its own to the server, for a kept
one could be closed by the server in the moment it is used again, and that request would be lost.
"""

import asyncio
import json
import time

from dolphinml.mlflow.deploy.relay import http1

SECONDS_IDLE = 75.0
SECONDS_TO_CONNECT = 10.0
SECONDS_BETWEEN_CHECKS = 1.0
_PIECE = 64 * 1024
_REASONS = {400: "Bad Request", 431: "Request Header Fields Too Large", 502: "Bad Gateway", 503: "Service Unavailable"}


class Backend:
    """A server's address, and how many requests are in it."""

    def __init__(self, host, port):
        self.host = host
        self.port = port
        self.requests = 0

    async def renew(self):
        """Looks the address up again after a refused connection; whether it is worth another try."""
        return False

    async def drained(self, seconds):
        """Waits until no request is in this server; False when some still are after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.requests:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(0.02)
        return True


class ClientLost(Exception):
    """The client went away, or broke off in the middle of its request."""


class ServerLost(Exception):
    """The server closed the connection before its answer was whole."""


def refusal(status, message):
    """A whole answer of the relay's own, in the form of MLflow's error answers; the connection ends after it."""
    body = json.dumps({"error_code": "TEMPORARILY_UNAVAILABLE" if status >= 500 else "BAD_REQUEST", "message": message})
    head = "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return (head % (status, _REASONS[status], len(body)) + body).encode("ascii")


async def _copy_length(reader, writer, length, lost):
    while length:
        piece = await reader.read(min(_PIECE, length))
        if not piece:
            raise lost()
        length -= len(piece)
        writer.write(piece)
        await writer.drain()


async def _copy_chunked(reader, writer, lost):
    while True:
        line = await reader.readuntil(b"\r\n")
        writer.write(line)
        size = http1.chunk_size(line[:-2])
        if size:
            await _copy_length(reader, writer, size, lost)
            if await reader.readexactly(2) != b"\r\n":
                raise http1.BadMessage("a chunk does not end with CR LF")
            writer.write(b"\r\n")
            continue
        while line != b"\r\n":  # trailers, up to the empty line
            line = await reader.readuntil(b"\r\n")
            writer.write(line)
        await writer.drain()
        return


async def _copy_until_close(reader, writer):
    while True:
        piece = await reader.read(_PIECE)
        if not piece:
            return
        writer.write(piece)
        await writer.drain()


async def copy_body(reader, writer, framing, lost):
    """Copies one body; raises `lost` when the reader's side ends before the body does."""
    try:
        if framing.kind == http1.LENGTH:
            await _copy_length(reader, writer, framing.length, lost)
        elif framing.kind == http1.CHUNKED:
            await _copy_chunked(reader, writer, lost)
        elif framing.kind == http1.UNTIL_CLOSE:
            await _copy_until_close(reader, writer)
    except asyncio.IncompleteReadError:
        raise lost()


class Relay:
    """What runs behind the public port. `backend` may be changed at any time; it counts for the next request."""

    def __init__(self, deployment, backend=None):
        self.deployment = deployment
        self.backend = backend
        self._connections = set()

    async def serve(self, reader, writer):
        """One client's connection, request after request."""
        self._connections.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (ClientLost, OSError, asyncio.IncompleteReadError):
            pass
        except (http1.BadMessage, asyncio.LimitOverrunError) as error:
            self._refuse(writer, 400, "The request is not HTTP/1.1 as this server takes it: %s." % error)
        finally:
            self._connections.discard(writer)
            writer.close()

    def close_connections(self):
        for writer in list(self._connections):
            writer.close()

    def _refuse(self, writer, status, message):
        if not writer.transport.is_closing():
            writer.write(refusal(status, message))

    async def _one(self, reader, writer):
        """One request and its answer; whether another may follow on this connection."""
        try:
            data = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS_IDLE)
        except asyncio.TimeoutError:
            return False
        except asyncio.LimitOverrunError:
            self._refuse(writer, 431, "The request's header is longer than %d bytes." % http1.LONGEST_HEAD)
            return False
        request = http1.parse_request(data.lstrip(b"\r\n") if data[:1] in b"\r\n" else data)
        framing = http1.request_framing(request)
        # No "await" between here and the counting: a change of servers sees this request in one of the two.
        backend = self.backend
        if backend is None:
            self._refuse(writer, 503, "The model server of deployment '%s' is not running." % self.deployment)
            return False
        backend.requests += 1
        try:
            return await self._exchange(reader, writer, request, framing, backend)
        finally:
            backend.requests -= 1

    async def _exchange(self, reader, writer, request, framing, backend):
        try:
            server_reader, server_writer = await self._connect(backend)
        except (OSError, asyncio.TimeoutError):
            self._refuse(writer, 502, "The model server of deployment '%s' does not answer." % self.deployment)
            return False
        upload = asyncio.ensure_future(self._upload(reader, server_writer, request, framing, writer))
        answer = asyncio.ensure_future(self._answer(server_reader, writer, request))
        try:
            await self._until_answered(reader, upload, answer)
            whole_request = upload.done() and not upload.cancelled() and upload.exception() is None
            return answer.result() and whole_request
        except ServerLost:
            # Only before the first byte of the answer; later the client sees the broken end of the body itself.
            self._refuse(writer, 502, "The model server of deployment '%s' broke off." % self.deployment)
            return False
        finally:
            upload.cancel()
            answer.cancel()
            await asyncio.gather(upload, answer, return_exceptions=True)
            server_writer.close()

    async def _connect(self, backend):
        for last in (False, True):
            try:
                opening = asyncio.open_connection(backend.host, backend.port, limit=http1.LONGEST_HEAD)
                return await asyncio.wait_for(opening, SECONDS_TO_CONNECT)
            except (OSError, asyncio.TimeoutError):
                # Nothing was sent yet, so another try cannot do a thing twice.
                if last or not await backend.renew():
                    raise
        return None

    async def _until_answered(self, reader, upload, answer):
        """Waits for the answer, and stops waiting when the client is gone."""
        while not answer.done():
            waiting = {answer} if upload.done() else {answer, upload}
            await asyncio.wait(waiting, timeout=SECONDS_BETWEEN_CHECKS, return_when=asyncio.FIRST_COMPLETED)
            if upload.done() and isinstance(upload.exception(), (ClientLost, http1.BadMessage)):
                raise upload.exception()
            if not answer.done() and upload.done() and reader.at_eof():
                raise ClientLost()

    async def _upload(self, reader, server_writer, request, framing, writer):
        peer = writer.get_extra_info("peername")
        extra = [(b"Connection", b"close")]
        if peer:
            extra.append((b"X-Forwarded-For", str(peer[0]).encode("ascii")))
        server_writer.write(request.encode(extra))
        await copy_body(reader, server_writer, framing, ClientLost)
        await server_writer.drain()

    async def _answer(self, server_reader, writer, request):
        """Copies the answer to the client; whether the client's connection can stay."""
        try:
            head = http1.parse_response(await server_reader.readuntil(b"\r\n\r\n"))
            while head.start[1][:1] == b"1":
                writer.write(head.encode())
                head = http1.parse_response(await server_reader.readuntil(b"\r\n\r\n"))
            framing = http1.response_framing(head, request.start[0])
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, http1.BadMessage, OSError):
            raise ServerLost()
        stays = http1.keeps_alive(request) and framing.kind != http1.UNTIL_CLOSE
        writer.write(head.encode([(b"Connection", b"keep-alive" if stays else b"close")]))
        try:
            await copy_body(server_reader, writer, framing, ClientLost)
            await writer.drain()
        except (http1.BadMessage, OSError):
            raise ClientLost()
        return stays
