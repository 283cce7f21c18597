# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Forwards requests from an old front to its successor (see succession); ends the old front once it is idle.

bridge.py PORT HOST PORT_OF_THE_SUCCESSOR
"""

import os
import pathlib
import sys
from typing import Tuple

sys.path[0] = str(pathlib.Path(os.path.abspath(__file__)).parents[4])

import asyncio  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import time  # noqa: E402

from dolphinml.mlflow.deploy.relay.backend import Backend  # noqa: E402
from dolphinml.mlflow.deploy.relay.listener import Listener  # noqa: E402
from dolphinml.mlflow.deploy.relay.relay import Relay  # noqa: E402

# Longer than a front keeps an idle client connection: after that no client connections remain.
SECONDS_WITHOUT_A_REQUEST = 90.0


def listen_on_loopback(port: int, relay: Relay) -> Listener:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    bound.setblocking(False)
    return Listener(bound, relay.serve)


async def until_idle(backend: Backend) -> None:
    parent, last = os.getppid(), time.monotonic()
    requests = 0
    while os.getppid() == parent:
        carried = backend.statistics.requests
        if backend.requests or carried != requests:
            requests, last = carried, time.monotonic()
        elif time.monotonic() - last > SECONDS_WITHOUT_A_REQUEST:
            os.kill(parent, signal.SIGTERM)
            await asyncio.sleep(60)  # the old front ends this process when it ends
            return
        await asyncio.sleep(0.2)


async def main(port: int, successor: Tuple[str, int]) -> None:
    backend = Backend(*successor)
    listen_on_loopback(port, Relay("the bridge", backend))
    await until_idle(backend)


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main(int(sys.argv[1]), (sys.argv[2], int(sys.argv[3]))))
    os._exit(0)
