# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The front of a deployment in containers: runs in a container of its own that publishes the deployment's port.

container_front.py serve                            relays port 8080 to the current model container,
                                                    and answers GET /metrics on port 8081
container_front.py switch NAME PORT [VERSION]       makes a model container current, ends any trial; prints
                                                    {"replaced": NAME or null}
container_front.py canary NAME PORT SHARE [VERSION] sends a model container that share of the requests (0 to 1)
container_front.py withdraw NAME                    ends the trial; the container may be removed once drained
container_front.py statistics                       prints the counts since the trial began, and the totals:
                                                    {"current": {...}, "candidate": {...} or null, "total": {...}, ...}
container_front.py drained NAME SECONDS             waits until a container that gets no new requests is idle; prints
                                                    {"whole": bool}
container_front.py current                          prints {"name": NAME or null, "protocol": number,
                                                    "program": digest}

The task runs all but the first in the container (`docker exec`); they talk to the first one.
"""

import os
import pathlib
import sys
from typing import Any, Awaitable, Callable, Dict, List, Optional, Union

sys.path[0] = str(pathlib.Path(os.path.abspath(__file__)).parents[4])

import asyncio  # noqa: E402
import contextlib  # noqa: E402
import json  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402

from dolphinml.mlflow.deploy.relay import control, metrics  # noqa: E402
from dolphinml.mlflow.deploy.relay.backend import Backend  # noqa: E402
from dolphinml.mlflow.deploy.relay.listener import Listener  # noqa: E402
from dolphinml.mlflow.deploy.relay.relay import Relay  # noqa: E402

PORT = 8080
METRICS_PORT = 8081
STATE = os.path.join(os.environ.get("DOLPHINML_STATE", "/tmp"), "dolphinml-front.json")
SOCKET = "/tmp/dolphinml-front.sock"
SECONDS_BETWEEN_LOOKUPS = 5.0
SECONDS_BETWEEN_FIRST_LOOKUPS = 0.5


class Container(Backend):
    """A model container; its address is looked up by name because it changes when the engine restarts the container."""

    def __init__(self, name: str, port: int, version: str = "") -> None:
        super().__init__(None, port, version)
        self.name = name

    async def look_up(self) -> bool:
        """Looks up the address; returns whether it has changed. Without an address, requests are refused."""
        loop = asyncio.get_event_loop()
        try:
            found = await loop.getaddrinfo(self.name, self.port, family=socket.AF_INET, type=socket.SOCK_STREAM)
        except OSError:
            return False
        before, self.host = self.host, found[0][4][0]
        return before != self.host

    def look_up_again(self, then: Callable[[bool], None]) -> None:
        looking = asyncio.ensure_future(self.look_up())
        looking.add_done_callback(lambda done: then(not done.cancelled() and done.result()))

    async def keep_known(self, is_used: "Callable[[Container], bool]") -> None:
        while is_used(self):
            await asyncio.sleep(SECONDS_BETWEEN_LOOKUPS if self.host else SECONDS_BETWEEN_FIRST_LOOKUPS)
            await self.look_up()


class ContainerFront:
    def __init__(self) -> None:
        self.relay = Relay(os.environ.get("DOLPHINML_DEPLOYMENT", "model"))
        self._former: Dict[str, Container] = {}
        self._program = control.program()  # now: the files may be replaced later

    async def restore(self) -> None:
        """Restores the current model container after a restart of this container."""
        try:
            with open(STATE, encoding="utf-8") as stream:
                known = json.load(stream)
            container = Container(known["name"], known["port"], known.get("version", ""))
        except (OSError, ValueError, KeyError):
            return
        await container.look_up()
        self._use(container)

    def _use(self, container: Container) -> None:
        self.relay.backend = container
        self._keep_known(container)

    def _keep_known(self, container: Container) -> None:
        relay = self.relay
        asyncio.ensure_future(container.keep_known(lambda one: one in (relay.backend, relay.candidate)))

    def _current(self) -> Optional[Container]:
        return self.relay.backend if isinstance(self.relay.backend, Container) else None

    def _candidate(self, name: str) -> Optional[Container]:
        """Returns the container of this name if it is on trial, else None."""
        candidate = self.relay.candidate
        return candidate if isinstance(candidate, Container) and candidate.name == name else None

    async def _found(self, name: str, port: Union[int, str], version: str) -> Container:
        container = Container(name, int(port), version)
        await container.look_up()
        if container.host is None:
            raise ValueError("container '%s' has no address" % name)
        return container

    async def switch(self, name: str, port: Union[int, str], version: str = "") -> control.Message:
        candidate = self._candidate(name)
        container = candidate or await self._found(name, port, version)
        temporary = STATE + ".part"
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump({"name": name, "port": int(port), "version": version}, stream)
        os.replace(temporary, STATE)
        old = self._current()
        if candidate is None:
            self._withdraw()
        self.relay.take_over(container)
        if candidate is None:
            self._keep_known(container)
        if old is not None:
            self._former[old.name] = old
        return {"replaced": old.name if old is not None else None}

    async def canary(self, name: str, port: Union[int, str], share: Union[float, str], version: str = "") -> control.Message:
        candidate = self._candidate(name)
        if candidate is None:
            self._withdraw()
            candidate = await self._found(name, port, version)
            self._keep_known(candidate)
        self.relay.offer(candidate, float(share))
        return {"candidate": name}

    def _withdraw(self) -> None:
        candidate = self.relay.withdraw()
        if isinstance(candidate, Container):
            self._former[candidate.name] = candidate

    async def withdraw(self, name: str) -> control.Message:
        if self._candidate(name) is not None:
            self._withdraw()
        return {"withdrawn": name}

    async def statistics(self) -> control.Message:
        return self.relay.counts()

    async def drained(self, name: str, seconds: Union[float, str]) -> control.Message:
        former = self._former.pop(name, None)
        return {"whole": former is None or await former.drained(float(seconds))}

    async def current(self) -> control.Message:
        container = self._current()
        name = container.name if container is not None else None
        return {"name": name, "protocol": control.PROTOCOL, "program": self._program}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        operations: Dict[str, Callable[..., Awaitable[Dict[str, Any]]]] = {
            "switch": self.switch,
            "canary": self.canary,
            "withdraw": self.withdraw,
            "statistics": self.statistics,
            "drained": self.drained,
            "current": self.current,
        }
        try:
            words = json.loads((await reader.readline()).decode("utf-8"))
            answer = await operations[words[0]](*words[1:])
        except Exception as error:  # a bad command must not end the service
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        with contextlib.suppress(OSError):
            writer.write(json.dumps(answer).encode("ascii") + b"\n")
            await writer.drain()
        writer.close()


def listen_on_every_address(port: int, relay: Relay) -> Listener:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("0.0.0.0", port))
    bound.setblocking(False)
    relay.own_ports.add(port)
    return Listener(bound, relay.serve)


async def run_container_front() -> None:
    front = ContainerFront()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_event_loop().add_signal_handler(number, ended.set)
    await front.restore()
    if os.path.exists(SOCKET):
        os.unlink(SOCKET)
    await asyncio.start_unix_server(front.converse, path=SOCKET)
    listen_on_every_address(PORT, front.relay)
    listen_on_every_address(METRICS_PORT, metrics.Metrics(front.relay))
    print("front of '%s' relays port %d" % (front.relay.deployment, PORT), flush=True)
    await ended.wait()


def query(words: List[str]) -> int:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(SOCKET)
    connection.sendall(json.dumps(words).encode("ascii") + b"\n")
    with connection.makefile("rb") as stream:
        answer = stream.readline().decode("utf-8")
    sys.stdout.write(answer)
    return 1 if "error" in json.loads(answer) else 0


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run_container_front())
        os._exit(0)
    sys.exit(query(sys.argv[1:]))
