# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A front as release 0.1.0 has it, as far as a task and its successor meet it: its control protocol 1 to the letter, and a
plain relay of connections. old_front.py DIRECTORY HOST PORT PIPE

Protocol 1: hello, start, state, switch, abandon, stop; no hello says "program", no operation lends a socket. `switch`
writes the record and, to another address, leaves the port at once; SIGTERM drains for 5 s, ends the server and removes the
control socket's name, whoever has it by then.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys

SOCKET_NAME = "control.sock"
OPERATIONS = ("hello", "start", "state", "switch", "abandon", "stop")


class Generation:
    def __init__(self, number, specification):
        self.number, self.specification = number, specification
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    async def start(self):
        argv = [str(self.port) if word == "{port}" else word for word in self.specification["argv"]]
        self.process = await asyncio.create_subprocess_exec(
            *argv,
            env=self.specification["env"],
            cwd=self.specification["cwd"],
            start_new_session=True,
            stdout=asyncio.subprocess.DEVNULL,
        )

    @property
    def running(self):
        return self.process.returncode is None

    async def stop(self):
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGTERM)
        await self.process.wait()


class Front:
    def __init__(self, directory, host, port):
        self.directory, self.address = directory, (host, port)
        self.bound = self._bind(self.address)
        self.serving = set()
        self.current = self.backend = self.record = None
        self.pending, self.requests, self.ended = {}, {}, asyncio.Event()

    @staticmethod
    def _bind(address):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.setblocking(False)
        return bound

    def _listen(self, bound):
        bound.listen(1024)
        asyncio.get_event_loop().add_reader(bound, self._accept, bound)

    def _leave(self, bound):
        """Who is in the queue is served."""
        asyncio.get_event_loop().remove_reader(bound)
        self._accept(bound)
        bound.close()

    def _accept(self, bound):
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = bound.accept()
                connection.setblocking(False)
                serving = asyncio.ensure_future(self._open(connection))
                self.serving.add(serving)
                serving.add_done_callback(self.serving.discard)

    async def _open(self, connection):
        await self.serve(*await asyncio.open_connection(sock=connection))

    async def serve(self, reader, writer):
        """Requests of one connection, each with a connection of its own to the server that is current by then."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                port = self.backend
                self.requests[port] = self.requests.get(port, 0) + 1
                try:
                    answer = await self._exchange(head, reader, port)
                finally:
                    self.requests[port] -= 1
                ends = b"connection: close" in head.lower()
                writer.write(answer.replace(b"\r\n", b"\r\nConnection: %s\r\n" % (b"close" if ends else b"keep-alive"), 1))
                await writer.drain()
                if ends:
                    break
        writer.close()

    async def _exchange(self, head, reader, port):
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0].partition(b":")[2])) if lengths else b""
        try:
            there, out = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        out.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + body)
        answer = await there.read()
        out.close()
        return answer

    def _write(self, described):
        path = os.path.join(self.directory, "record.json.part")
        with open(path, "w") as stream:
            json.dump(described, stream)
        os.replace(path, os.path.join(self.directory, "record.json"))

    # -- operations

    async def hello(self, message, send):
        return {
            "protocol": 1,
            "pid": os.getpid(),
            "host": self.address[0],
            "port": self.address[1],
            "running": self.current is not None and self.current.running,
            "serverPort": self.current.port if self.current else None,
            "record": self.record,
            "ending": False,
        }

    async def start(self, message, send):
        address = message["host"], message["port"]
        generation = Generation(message["number"], message["specification"])
        self.pending[generation.number] = generation, address, self._bind(address) if address[1] != self.address[1] else None
        await generation.start()
        return {"generation": generation.number, "pid": generation.process.pid, "port": generation.port}

    async def state(self, message, send):
        return {"running": self.pending[message["generation"]][0].running, "exitCode": None}

    async def switch(self, message, send):
        generation, address, bound = self.pending.pop(message["generation"])
        described = dict(message["record"], pid=os.getpid(), serverPid=generation.process.pid, generation=generation.number)
        self._write(described)
        old, self.current, self.record = self.current, generation, described
        former, self.backend = self.backend, generation.port
        if address != self.address:
            self._leave(self.bound)
            self.address, self.bound = address, bound
            self._listen(bound)
        elif old is None:
            self._listen(self.bound)
        if old is not None:
            asyncio.ensure_future(self._retire(old, former, send))
        return {"replaced": old.number if old else None, "record": described}

    async def _retire(self, old, port, send):
        while self.requests.get(port):
            await asyncio.sleep(0.02)
        await old.stop()
        send({"event": "drained", "generation": old.number, "whole": True, "seconds": 0.1})

    async def end(self):
        self._leave(self.bound)
        for _ in range(250):
            if not self.requests.get(self.backend):
                break
            await asyncio.sleep(0.02)
        await self.current.stop()
        self.ended.set()

    async def converse(self, reader, writer):
        def send(message):
            with contextlib.suppress(OSError, RuntimeError):
                writer.write(json.dumps(message).encode() + b"\n")

        while True:
            line = await reader.readline()
            if not line:
                break
            message = json.loads(line.decode())
            try:
                if message["op"] not in OPERATIONS:
                    raise ValueError("unknown operation '%s'" % message["op"])
                send(dict(await getattr(self, message["op"])(message, send), ok=True, id=message["id"]))
            except Exception as error:
                send({"id": message["id"], "ok": False, "error": str(error)})
        writer.close()


async def main(directory, host, port, pipe):
    os.chdir(directory)
    front = Front(directory, host, port)
    await asyncio.start_unix_server(front.converse, path=SOCKET_NAME)
    asyncio.get_event_loop().add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(front.end()))
    os.write(pipe, b"ready")
    os.close(pipe)
    await front.ended.wait()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(SOCKET_NAME)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
