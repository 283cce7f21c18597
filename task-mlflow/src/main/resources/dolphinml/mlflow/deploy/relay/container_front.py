"""The front of a deployment in containers: runs in a container of its own that publishes the deployment's port.

container_front.py serve                 relays port 8080 to the model container that was switched to last
container_front.py switch NAME PORT      lets a model container take over; prints {"replaced": NAME or null}
container_front.py drained NAME SECONDS  waits until no request is in a replaced container; prints {"whole": bool}
container_front.py current               prints {"name": NAME or null}

The last three are run in the container by the task (`docker exec`) and talk to the first one.
"""

import os
import pathlib
import sys

sys.path[0] = str(pathlib.Path(os.path.abspath(__file__)).parents[4])

import asyncio  # noqa: E402
import json  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import time  # noqa: E402

from dolphinml.mlflow.deploy.relay import http1  # noqa: E402
from dolphinml.mlflow.deploy.relay.relay import Backend, Relay  # noqa: E402

PORT = 8080
STATE = os.path.join(os.environ.get("DOLPHINML_STATE", "/tmp"), "dolphinml-front.json")
SOCKET = "/tmp/dolphinml-front.sock"
SECONDS_BETWEEN_LOOKUPS = 5.0


class Container(Backend):
    """A model container; its address is looked up by name, for it changes when the engine starts it again."""

    def __init__(self, name, port):
        super().__init__(None, port)
        self.name = name
        self._looked_up = 0.0

    async def look_up(self):
        self._looked_up = time.monotonic()
        loop = asyncio.get_event_loop()
        found = await loop.getaddrinfo(self.name, self.port, family=socket.AF_INET, type=socket.SOCK_STREAM)
        changed = found[0][4][0] != self.host
        self.host = found[0][4][0]
        return changed

    async def renew(self):
        try:
            return await self.look_up()
        except OSError:
            return False

    async def keep_known(self, is_current):
        while is_current(self):
            await asyncio.sleep(SECONDS_BETWEEN_LOOKUPS)
            await self.renew()


class ContainerFront:
    def __init__(self):
        self.relay = Relay(os.environ.get("DOLPHINML_DEPLOYMENT", "model"))
        self._former = {}

    async def restore(self):
        """After a restart of this container: the model container that was current is so again."""
        try:
            with open(STATE, encoding="utf-8") as stream:
                known = json.load(stream)
        except (OSError, ValueError):
            return
        await self._use(Container(known["name"], known["port"]))

    async def _use(self, container):
        await container.renew()
        self.relay.backend = container
        asyncio.ensure_future(container.keep_known(lambda one: one is self.relay.backend))

    async def switch(self, name, port):
        container = Container(name, int(port))
        await container.look_up()
        temporary = STATE + ".part"
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump({"name": name, "port": int(port)}, stream)
        os.replace(temporary, STATE)
        old = self.relay.backend
        await self._use(container)
        if old is not None:
            self._former[old.name] = old
        return {"replaced": old.name if old is not None else None}

    async def drained(self, name, seconds):
        former = self._former.pop(name, None)
        return {"whole": former is None or await former.drained(float(seconds))}

    async def current(self):
        return {"name": self.relay.backend.name if self.relay.backend is not None else None}

    async def converse(self, reader, writer):
        words = json.loads((await reader.readline()).decode("utf-8"))
        try:
            answer = await {"switch": self.switch, "drained": self.drained, "current": self.current}[words[0]](*words[1:])
        except Exception as error:  # a bad command must not end the service
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        writer.write(json.dumps(answer).encode("ascii") + b"\n")
        await writer.drain()
        writer.close()


async def serve():
    front = ContainerFront()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_event_loop().add_signal_handler(number, ended.set)
    await front.restore()
    if os.path.exists(SOCKET):
        os.unlink(SOCKET)
    await asyncio.start_unix_server(front.converse, path=SOCKET)
    await asyncio.start_server(front.relay.serve, "0.0.0.0", PORT, limit=http1.LONGEST_HEAD, backlog=1024)
    print("front of '%s' relays port %d" % (front.relay.deployment, PORT), flush=True)
    await ended.wait()


def ask(words):
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
        loop.run_until_complete(serve())
        os._exit(0)
    sys.exit(ask(sys.argv[1:]))
