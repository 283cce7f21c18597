# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The relay on real sockets, in a thread of its own, before a server that reads with h11 and answers what it is given."""

import asyncio
import gc
import os
import socket
import struct
import threading

import h11
from conftest import ENOUGH, wait_until

from dolphinml.mlflow.deploy.relay.backend import Backend
from dolphinml.mlflow.deploy.relay.listener import Listener
from dolphinml.mlflow.deploy.relay.relay import Relay

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


def handles():
    """How many files this process has open, without those of former tests that nothing refers to."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


class Server:
    """Parses with h11 what it gets. `answers` are bytes by target: OK where there are none; None hangs, bytes that end
    with `CLOSE` end the connection, and `RESET` breaks it off."""

    CLOSE, RESET = b"<close>", b"<reset>"

    def __init__(self):
        self.answers = {}
        self.requests = []  # (method, target, fields, body)
        self.connections = 0
        self.open = set()

    async def start(self):
        self._listening = await asyncio.get_event_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        return self._listening.sockets[0].getsockname()[1]

    def close(self):
        self._listening.close()
        for transport in list(self.open):
            transport.abort()


class _Connection(asyncio.Protocol):
    def __init__(self, server):
        self._server = server
        self._parser = h11.Connection(h11.SERVER)
        self._request = None
        self._body = b""

    def connection_made(self, transport):
        self._transport = transport
        self._server.connections += 1
        self._server.open.add(transport)

    def connection_lost(self, error):
        self._server.open.discard(self._transport)

    def data_received(self, data):
        self._parser.receive_data(data)
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                self._request, self._body = event, b""
                early = self._server.answers.get(b"early " + event.target)
                if early is not None:
                    self._transport.write(early)
            elif isinstance(event, h11.Data):
                self._body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self._answer()

    def _answer(self):
        request = self._request
        self._server.requests.append((request.method, request.target, list(request.headers), self._body))
        # h11 answers too, so that it takes the next request.
        self._parser.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        self._parser.send(h11.EndOfMessage())
        if self._parser.our_state is h11.DONE:
            self._parser.start_next_cycle()
        answer = self._server.answers.get(request.target, OK)
        if answer is None:
            return
        text = answer.replace(Server.CLOSE, b"").replace(Server.RESET, b"")
        self._transport.write(text)
        if answer.endswith(Server.CLOSE):
            self._transport.close()
        elif answer.endswith(Server.RESET):
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            self._transport.abort()


class Relayed:
    def __init__(self):
        self.server = Server()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(ENOUGH)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._start())
        self._ready.set()
        self.loop.run_forever()

    async def _start(self):
        self.backend = Backend("127.0.0.1", await self.server.start())
        self.relay = Relay("it", self.backend)
        bound = socket.socket()
        bound.setblocking(False)
        bound.bind(("0.0.0.0", 0))
        self._listener = Listener(bound, self.relay.serve)
        self.port = self._listener.port

    def do(self, action):
        """What `action()` returns, called in the relay's thread."""
        done = []
        finished = threading.Event()

        def act():
            try:
                done.append(action())
            finally:
                finished.set()

        self.loop.call_soon_threadsafe(act)
        assert finished.wait(ENOUGH)
        return done[0]

    @property
    def requests(self):
        return self.do(lambda: self.backend.requests)

    @property
    def clients(self):
        return self.do(lambda: len(self.relay.clients))

    def tasks(self):
        return self.do(lambda: [task for task in asyncio.all_tasks(self.loop) if not task.done()])

    def connect(self):
        return Peer(self.port)

    def is_idle(self):
        return self.requests == 0 and self.clients == 0

    def close(self):
        self.do(self._listener.close)
        self.do(self.relay.close_connections)
        self.do(self.backend.retire)
        self.do(self.server.close)
        wait_until(lambda: not self.do(lambda: self.server.open))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(ENOUGH)
        self.loop.close()


class Peer:
    """A client's end, byte by byte."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), ENOUGH)
        self.socket.settimeout(ENOUGH)
        self._read = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        self.socket.close()

    def rest(self):
        """All until the relay ends the connection; a connection that is reset raises ConnectionResetError."""
        while True:
            data = self.socket.recv(65536)
            if not data:
                return self._read
            self._read += data

    def until(self, text):
        """All up to that text and with it."""
        while text not in self._read:
            data = self.socket.recv(65536)
            assert data, self._read
            self._read += data
        head, found, self._read = self._read.partition(text)
        return head + found
