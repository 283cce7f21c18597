# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Forwards each HTTP request to the server that is current when the request arrives.

A client's connection belongs to the relay and outlives any server behind it; a request belongs to one server from its
first to its last byte. So a switch breaks neither: requests in flight finish on the old server, and the next request
on the same connection goes to the new one. A candidate can get a share of the requests beside the current server.
"""

import asyncio
import collections
import json
import socket
import time
from typing import Any, Callable, Collection, Deque, Dict, List, Optional, Set, Tuple

from dolphinml.mlflow.deploy.relay import http1
from dolphinml.mlflow.deploy.relay.backend import Backend, Upstream, UpstreamUser
from dolphinml.mlflow.deploy.relay.statistics import Statistics
from dolphinml.mlflow.deploy.relay.stream import SocketAddress, Stream, StreamOwner

SECONDS_IDLE = 75.0
SECONDS_FOR_HEAD = 30.0
SECONDS_STALLED = 60.0
SECONDS_TO_CONNECT = 10.0
# A client that has sent its request and closed its side may still read: RFC 9112 leaves that open, and the relay cannot
# distinguish it from a client that is gone.
SECONDS_HALF_CLOSED = 10.0
SECONDS_LINGERING = 2.0
SECONDS_BETWEEN_LOOKS = 1.0
MOST_FORMER = 20

# nginx's status for a client that closed the connection before the response.
CLIENT_GONE = 499

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}

# Multiples of the golden ratio spread evenly, and cannot coincide with a periodic pattern of requests.
_GOLDEN = 0.6180339887498949


def error_response(status: int, message: str, is_head: bool = False) -> bytes:
    """Returns a complete error response in MLflow's format; the connection is closed after it."""
    body = json.dumps({"error_code": "TEMPORARILY_UNAVAILABLE" if status >= 500 else "BAD_REQUEST", "message": message})
    head = "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return (head % (status, _REASONS[status], len(body)) + ("" if is_head else body)).encode("ascii")


class Relay:
    """Serves the public port. `backend`, `candidate` and `share` may be changed at any time; a change applies from
    the next request on."""

    def __init__(self, deployment: str, backend: Optional[Backend] = None) -> None:
        self.deployment = deployment
        self.backend = backend
        self.candidate: Optional[Backend] = None
        self.share = 0.0
        self.own_ports: Set[int] = set()
        self.clients: Set[Client] = set()
        self.loop = asyncio.get_event_loop()
        self._used: List[Backend] = []
        self._former: Deque[Backend] = collections.deque(maxlen=MOST_FORMER)
        self._baselines: Tuple[Optional[Statistics], Optional[Statistics]] = (None, None)
        self._turn = 0.0
        self._looking: Optional[asyncio.TimerHandle] = None

    def serve(self, connection: socket.socket, address: SocketAddress) -> None:
        """Serves a client's non-blocking connection, in callbacks."""
        self._client(connection, address)
        if self._looking is None:
            self._looking = self.loop.call_later(SECONDS_BETWEEN_LOOKS, self._look)

    def _client(self, connection: socket.socket, address: SocketAddress) -> "Client":
        return Client(self, connection, address)

    # -- the servers

    def take_over(self, backend: Optional[Backend]) -> None:
        """Makes this server current from the next request on, and ends any trial."""
        old, self.backend = self.backend, backend
        if self.candidate is backend:
            self.candidate, self.share = None, 0.0
        self.withdraw()
        self._leave_behind(old)

    def offer(self, backend: Backend, share: float) -> None:
        """Sends a server that share of the requests, from 0 to 1, and restarts the counts of both servers."""
        if not 0.0 <= share <= 1.0:
            raise ValueError("a share is from 0 to 1")
        if self.candidate is not backend:
            self.withdraw()
            self._baselines = self.backend.statistics.copy() if self.backend is not None else None, backend.statistics.copy()
        self.candidate, self.share = backend, share

    def withdraw(self) -> Optional[Backend]:
        """Sends no more requests to the server on trial; returns it."""
        candidate, self.candidate, self.share = self.candidate, None, 0.0
        self._leave_behind(candidate)
        return candidate

    def _leave_behind(self, backend: Optional[Backend]) -> None:
        if backend is not None and backend is not self.backend:
            backend.retire()
            self._former.append(backend)

    def compare(self) -> Dict[str, Any]:
        """Returns the counts of the current server and of the one on trial since the trial began, as JSON."""
        if self.candidate is None:
            current = self.backend.statistics.summary() if self.backend is not None else None
            return {"current": current, "candidate": None}
        old, new = self._baselines
        current = self.backend.statistics.since(old or Statistics()).summary() if self.backend is not None else None
        return {"current": current, "candidate": self.candidate.statistics.since(new or Statistics()).summary()}

    def counts(self) -> Dict[str, Any]:
        """Returns all counts as JSON: those of `compare`, and the sum over all current and former servers."""
        total, backends = Statistics(), self.backends()
        for backend in backends:
            total.add(backend.statistics)
        in_flight = sum(backend.requests for backend in backends)
        return dict(self.compare(), total=total.summary(), inFlight=in_flight, clients=len(self.clients))

    def backends(self) -> List[Backend]:
        """Returns the current servers and the last few former ones."""
        return [each for each in (*self._former, self.backend, self.candidate) if each is not None]

    def choose(self) -> Optional[Backend]:
        """Returns the server for the next request; None while none has an address."""
        if self.candidate is not None and self.candidate.host is not None:
            self._turn = (self._turn + _GOLDEN) % 1.0
            if self._turn < self.share:
                return self.candidate
        return self.backend if self.backend is not None and self.backend.host is not None else None

    def note_use(self, backend: Backend) -> None:
        if backend not in self._used:
            self._used.append(backend)

    def close_connections(self) -> None:
        for client in list(self.clients):
            client.close()

    def _look(self) -> None:
        """Ends the connections whose deadline has passed."""
        now = time.monotonic()
        for client in list(self.clients):
            client.check_deadlines(now)
        for backend in self._used:
            backend.close_idle()
        self._used = [each for each in self._used if each.requests or each in (self.backend, self.candidate)]
        waiting = self.clients or self._used
        self._looking = self.loop.call_later(SECONDS_BETWEEN_LOOKS, self._look) if waiting else None


class Client(StreamOwner):
    """One client's connection; its requests are handled one at a time."""

    def __init__(self, relay: Relay, connection: socket.socket, address: SocketAddress) -> None:
        self.relay = relay
        self.exchange: Optional[Exchange] = None
        self.deadline: Optional[float] = time.monotonic() + SECONDS_IDLE
        self.address = str(address[0]).encode("ascii", "replace") if address else None
        self.has_ended = False
        self._buffer = b""
        self._head_began = False
        self._lingering = False
        self._unsent_seen = 0
        self.stream = Stream(relay.loop, connection, self)
        relay.clients.add(self)
        self.stream.read()

    # -- data from the client

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            return
        exchange = self.exchange
        if exchange is not None:
            if not exchange.uploaded:
                try:
                    data = exchange.upload(data)
                except http1.BadMessage as fault:
                    self._refuse_message(fault)
                    return
            if data:
                self._buffer += data
                if len(self._buffer) > http1.LONGEST_HEAD:
                    self.stream.pause()
            return
        self._buffer = self._buffer + data if self._buffer else data
        self._advance()

    def eof_received(self) -> None:
        self.has_ended = True
        exchange = self.exchange
        if exchange is None:
            self._close_when_sent()
        elif exchange.uploaded:
            self.deadline = time.monotonic() + SECONDS_HALF_CLOSED
        else:
            self.close()

    def connection_lost(self) -> None:
        self.close()

    def write_failed(self) -> None:
        self.close()

    def resume_writing(self) -> None:
        if self.exchange is not None:
            self.deadline = None
            self.exchange.resume_download()
        else:
            self._advance()

    def _advance(self) -> None:
        """Begins the next request once its head is complete, unless the client sends requests without reading the responses."""
        if self.stream.crowded:
            self.stream.pause()
            return
        self.stream.read()
        if self._buffer:
            self._begin_next()
        if self.has_ended and self.exchange is None:
            self._close_when_sent()

    def _begin_next(self) -> None:
        try:
            request, self._buffer = http1.read_request(self._buffer)
        except http1.BadMessage as fault:
            self._refuse_message(fault)
            return
        if request is not None:
            self._head_began = False
            self._begin(request)
        elif not self._head_began:
            self._head_began = True
            self.deadline = time.monotonic() + SECONDS_FOR_HEAD

    def _begin(self, request: http1.Request) -> None:
        # The choice and the counting are not interrupted: a switch sees this request at one of the two servers.
        backend = self.relay.choose()
        if backend is None:
            self.refuse(503, "The model server of deployment '%s' is not running." % self.relay.deployment, request)
            return
        self.deadline = None
        self.exchange = Exchange(self, request, backend)
        body, self._buffer = self._buffer, b""
        try:
            rest = self.exchange.start(body)
        except http1.BadMessage as fault:
            self._refuse_message(fault)
            return
        if self.exchange is not None and rest:
            self._buffer = rest
        if self.has_ended and self.exchange is not None:
            self.eof_received()

    # -- data to the client

    def exchange_over(self, stays: bool) -> None:
        exchange, self.exchange = self.exchange, None
        self.answered(stays, exchange is not None and exchange.uploaded)

    def answered(self, stays: bool, was_whole: bool = True) -> None:
        """Goes to the next request after a response, unless the connection is to be closed."""
        if not stays and (self._buffer or not was_whole):
            self._linger()
        elif not stays:
            self._close_when_sent()
        else:
            self.deadline = time.monotonic() + SECONDS_IDLE
            self._advance()

    def refuse(self, status: int, message: str, request: Optional[http1.Request] = None) -> None:
        """Answers instead of the server, and closes the connection."""
        self._drop_exchange()
        self.stream.write(error_response(status, message, request is not None and request.method == b"HEAD"))
        self._linger()

    def _refuse_message(self, fault: http1.BadMessage) -> None:
        if self.exchange is not None and self.exchange.response is not None:
            self.break_off()  # a response has begun already
        else:
            self.refuse(fault.status, "The request is not HTTP/1.1 as this server takes it: %s." % fault)

    # -- the end

    def _close_when_sent(self) -> None:
        self.stream.finish()
        if self.stream.closed:
            self.relay.clients.discard(self)
        elif not self._lingering:
            self._lingering = True
            self.deadline = time.monotonic() + SECONDS_STALLED

    def _linger(self) -> None:
        """Closes in stages: a client that is still sending would get a reset and lose the response (RFC 9112, 9.6)."""
        self._lingering, self._buffer = True, b""
        self.deadline = time.monotonic() + (SECONDS_STALLED if self.stream.unsent else SECONDS_LINGERING)
        self.stream.end_writing()
        if self.has_ended:
            self._close_when_sent()
        else:
            self.stream.read()

    def _drop_exchange(self) -> None:
        if self.exchange is not None:
            exchange, self.exchange = self.exchange, None
            exchange.drop()

    def close(self) -> None:
        self._drop_exchange()
        self.stream.close()
        self.relay.clients.discard(self)

    def break_off(self) -> None:
        """Ends the connection so that the client does not take a partial response for a complete one."""
        self._drop_exchange()
        self.stream.reset()
        self.relay.clients.discard(self)

    def check_deadlines(self, now: float) -> None:
        if self.stream.closed:
            self.relay.clients.discard(self)
            return
        if self.exchange is not None:
            self.exchange.check_deadlines(now)
        if self.deadline is None or now < self.deadline:
            return
        exchange = self.exchange
        if self.stream.unsent and self.stream.unsent != self._unsent_seen:
            # The client reads slowly, but it reads.
            self._unsent_seen, self.deadline = self.stream.unsent, now + SECONDS_STALLED
        elif self._lingering:
            self.close()
        elif self._head_began and exchange is None:
            self.refuse(408, "The request's header did not come within %d s." % SECONDS_FOR_HEAD)
        elif exchange is not None and not exchange.uploaded and exchange.response is None:
            self.refuse(408, "No part of the request's body has arrived for %d s." % SECONDS_STALLED)
        elif exchange is not None:
            self.break_off()
        else:
            self.close()


class Exchange(UpstreamUser):
    """One request and its response, between a client and a server."""

    def __init__(self, client: Client, request: http1.Request, backend: Backend) -> None:
        self.client = client
        self.response: Optional[http1.Response] = None
        self.uploaded = request.kind == http1.NO_BODY
        self._relay = client.relay
        self._request = request
        self._backend = backend
        self._upstream: Optional[Upstream] = None
        self._is_over = False
        self._chunks = http1.ChunkedBody() if request.kind == http1.CHUNKED else None
        self._left = request.length
        self._sent: Optional[List[bytes]] = []  # kept while the request may have to be resent
        self._renewed = False
        self._began = time.monotonic()
        self._connect_by: Optional[float] = None
        self._request_ended = self._began  # when the last byte of the request was sent
        self._head = b""
        self._answer_chunks: Optional[http1.ChunkedBody] = None
        self._answer_left = 0
        self._stays = False
        self._seconds: Optional[float] = None  # until the response began
        self._is_clean = True
        backend.requests += 1
        self._relay.note_use(backend)

    # -- the request

    def start(self, data: bytes) -> bytes:
        """Sends the head and the part of the body in `data`; returns the bytes after the request."""
        request = self._request
        body, rest = self._take_body(data)
        host = None if request.names_host else self._backend.address_text.encode("ascii")
        self._sent = [request.encode(host, self.client.address) + body]
        self._connect(self._backend.take)
        return rest

    def upload(self, data: bytes) -> bytes:
        """Forwards the part of the body in `data`; returns the bytes after the request."""
        body, rest = self._take_body(data)
        if body:
            self._give(body)
        return rest

    def _take_body(self, data: bytes) -> Tuple[bytes, bytes]:
        """Returns (the part of the body in `data` as the server gets it, the bytes after it)."""
        if self.uploaded:
            return b"", data
        self.client.deadline = time.monotonic() + SECONDS_STALLED
        if self._chunks is not None:
            pieces, rest = self._chunks.feed(data)
            self.uploaded = self._chunks.done
            body = http1.encode_chunks(pieces) + (http1.LAST_CHUNK if self.uploaded else b"")
        else:
            body, rest = data[: self._left], data[self._left :]
            self._left -= len(body)
            self.uploaded = not self._left
        if self.uploaded:
            self._request_ended = time.monotonic()
            self.client.deadline = None
        return body, rest

    def _give(self, data: bytes) -> None:
        upstream = self._upstream
        if upstream is None:  # its address is being looked up
            assert self._sent is not None
            self._sent.append(data)
            self.client.stream.pause()
            return
        if upstream.stream.started:
            self._sent = None
        elif self._sent is not None:
            self._sent.append(data)
        self._write(upstream, data)

    def _write(self, upstream: Upstream, data: bytes) -> None:
        upstream.stream.write(data)
        if upstream.stream.crowded and not self.uploaded:
            self.client.stream.pause()
            self.client.deadline = None

    def resume_upload(self) -> None:
        if not self.uploaded:
            self.client.stream.read()
            self.client.deadline = time.monotonic() + SECONDS_STALLED

    # -- the connection to the server

    def _connect(self, connect: Callable[[asyncio.AbstractEventLoop, Collection[int]], Upstream]) -> None:
        try:
            upstream = connect(self._relay.loop, self._relay.own_ports)
        except OSError:
            self._unreachable()
            return
        self._upstream = upstream
        upstream.exchange = self
        if not upstream.is_reused:
            self._connect_by = self._began + SECONDS_TO_CONNECT
        sent = self._sent or []
        data = sent[0] if len(sent) == 1 else b"".join(sent)
        self._sent = [data]
        self._write(upstream, data)

    def _unreachable(self) -> None:
        """Handles a failed connection. Nothing was sent yet, so a retry cannot execute the request twice."""
        self._leave()
        if self._sent is not None and not self._renewed:
            self._renewed = True
            self._backend.look_up_again(self._renewed_address)
        else:
            self._retry_on_current()

    def _renewed_address(self, is_new: bool) -> None:
        if self._is_over:
            return
        if is_new:
            self._connect(self._backend.connect)
            if not self.uploaded:
                self.client.stream.read()
        else:
            self._retry_on_current()

    def _retry_on_current(self) -> None:
        """Retries on the current server a request that the candidate did not accept."""
        current = self._relay.backend
        if current is None or current is self._backend or self._sent is None:
            self._answer_bad_gateway("does not answer")
            return
        self._backend.requests -= 1
        self._backend.statistics.count(502)
        self._backend, self._renewed = current, False
        current.requests += 1
        self._began = time.monotonic()
        self._connect(current.take)

    def _leave(self, release: bool = False) -> None:
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.exchange = None
            if release:
                upstream.backend.release(upstream)
            else:
                upstream.close()

    def server_lost(self) -> None:
        upstream = self._upstream
        assert upstream is not None
        if (
            upstream.is_reused
            and self._is_unanswered()
            and self._sent is not None
            and (not upstream.stream.started or self._request.repeatable)
        ):
            self._leave()
            self._connect(self._backend.connect)
        elif not upstream.stream.started and self._is_unanswered():
            self._unreachable()
        elif self.response is None:
            self._answer_bad_gateway("broke off")
        else:
            self._break_off()

    def server_ended(self) -> None:
        if self.response is not None and self.response.kind == http1.UNTIL_CLOSE:
            self._complete(self.response)
        else:
            self.server_lost()

    def _is_unanswered(self) -> bool:
        return self.response is None and not self._head

    def check_deadlines(self, now: float) -> None:
        if self._connect_by is not None and self._upstream is not None and now > self._connect_by:
            self._connect_by = None
            if not self._upstream.stream.started:
                self._unreachable()

    # -- the response

    def answered(self, data: bytes) -> None:
        if self.response is None:
            self._read_heads(self._head + data if self._head else data)
        else:
            self._pass_on(self.response, b"", data)

    def _read_heads(self, data: bytes) -> None:
        try:
            while True:
                end = data.find(b"\r\n\r\n")
                if end < 0 and len(data) > http1.LONGEST_HEAD:
                    raise http1.BadMessage("the answer's header is too long")
                if end < 0:
                    self._head = data
                    return
                response = http1.parse_response(data[: end + 4], self._request.method)
                data = data[end + 4 :]
                if response.status >= 200:
                    break
                if response.status == 101:
                    raise http1.BadMessage("an upgrade was not requested")
                if not self._request.is_1_0:
                    self.client.stream.write(response.encode(None))
        except http1.BadMessage as fault:
            self._answer_bad_gateway("gave an answer that is not HTTP/1.1 (%s)" % fault)
            return
        self._head, self._sent, self._connect_by = b"", None, None
        self._seconds = max(0.0, time.monotonic() - self._request_ended)
        self._begin_answer(response, data)

    def _begin_answer(self, response: http1.Response, data: bytes) -> None:
        request = self._request
        self.response = response
        self._answer_left = response.length
        if response.kind == http1.CHUNKED:
            self._answer_chunks = http1.ChunkedBody()
        until_close = response.kind == http1.UNTIL_CLOSE or response.kind == http1.CHUNKED and request.is_1_0
        self._stays = request.keeps_alive and not until_close and self.uploaded
        connection = None if not request.is_1_0 else b"keep-alive"
        if not data and response.kind == http1.LENGTH and self._upstream is not None:
            # Servers send head and body separately: they are forwarded together where possible.
            data = self._upstream.stream.more()
        self._pass_on(response, response.encode(connection if self._stays else b"close", request.is_1_0), data)

    def _pass_on(self, response: http1.Response, head: bytes, data: bytes) -> None:
        """Sends the client `head` and the part of the response body in `data`."""
        done, chunks = False, self._answer_chunks
        if response.kind == http1.LENGTH:
            if len(data) > self._answer_left:
                data, self._is_clean = data[: self._answer_left], False
            self._answer_left -= len(data)
            done = not self._answer_left
        elif chunks is not None:
            try:
                pieces, rest = chunks.feed(data)
            except http1.BadMessage:
                self._break_off()
                return
            done = chunks.done
            if self._request.is_1_0:
                data = b"".join(pieces)
            else:
                data = http1.encode_chunks(pieces) + (http1.LAST_CHUNK if done else b"")
            self._is_clean = not rest
        elif response.kind == http1.NO_BODY:
            done, self._is_clean, data = True, not data, b""
        stream = self.client.stream
        stream.write(head + data if head else data, is_followed=response.kind == http1.LENGTH and not data)
        if done:
            self._complete(response)
            return
        upstream = self._upstream
        assert upstream is not None
        upstream.stream.acknowledge()
        if stream.crowded:
            upstream.stream.pause()
            self.client.deadline = time.monotonic() + SECONDS_STALLED

    def resume_download(self) -> None:
        if self._upstream is not None:
            self._upstream.stream.read()

    # -- the end

    def _complete(self, response: http1.Response) -> None:
        self._end(response.status, response.keeps_alive and self.uploaded and self._is_clean)
        self.client.exchange_over(self._stays)

    def _end(self, code: int, release: bool = False) -> None:
        if not self._is_over:
            self._is_over = True
            self._backend.statistics.count(code, self._seconds)
            self._backend.requests -= 1
            self._leave(release)

    def _answer_bad_gateway(self, how: str) -> None:
        """Handles a server that failed before its response began."""
        self._end(502)
        self.client.exchange = None
        self.client.refuse(502, "The model server of deployment '%s' %s." % (self._relay.deployment, how), self._request)

    def _break_off(self) -> None:
        """Handles a server that failed in the middle of its response."""
        self._end(502)
        self.client.break_off()

    def drop(self) -> None:
        """Drops the exchange: the client is gone, or the rest of its request is malformed."""
        self._end(CLIENT_GONE if self.response is None else self.response.status)
