# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One start of a model server, here a small program in its place: how it is stopped."""

import asyncio
import os
import sys

from conftest import alive, wait_until

from dolphinml.mlflow.deploy.relay.generation import Generation

#: A server with a worker in its group and a helper in a session of its own; each counts the requests to end.
SERVER = """
import os, signal, sys, time
directory, ends = sys.argv[1], sys.argv[2] == "ends"
def count(name):
    def asked(number, frame):
        with open(os.path.join(directory, name), "a") as stream:
            stream.write("x")
        if ends:
            time.sleep(0.2)
            os._exit(0)
    signal.signal(signal.SIGTERM, asked)
    with open(os.path.join(directory, name + ".pid.part"), "w") as stream:
        stream.write(str(os.getpid()))
    os.rename(stream.name, os.path.join(directory, name + ".pid"))
    while True:
        time.sleep(0.05)
if os.fork() == 0:
    os.setsid()
    count("helper")
if os.fork() == 0:
    count("worker")
count("server")
"""
NAMES = ("server", "worker", "helper")


def stopped(directory, how, grace):
    """Starts the server, stops it when all of it runs, and returns its processes' ids."""

    async def run():
        generation = Generation(
            1,
            {
                "argv": [sys.executable, "-c", SERVER, str(directory), how],
                "env": dict(os.environ),
                "cwd": str(directory),
                "log": str(directory / "log"),
            },
        )
        await generation.start()
        running = [directory / (name + ".pid") for name in NAMES]
        await asyncio.get_event_loop().run_in_executor(None, wait_until, lambda: all(path.exists() for path in running))
        await generation.stop(grace)
        return [int(path.read_text()) for path in running]

    return asyncio.run(run())


def asked(directory):
    return {name: (directory / name).read_text() for name in NAMES if (directory / name).exists()}


def test_each_process_is_asked_once_whatever_its_session(tmp_path):
    processes = stopped(tmp_path, "ends", grace=600)
    assert asked(tmp_path) == dict.fromkeys(NAMES, "x")
    assert not any(map(alive, processes))


def test_those_that_do_not_heed_it_are_made_to_end(tmp_path):
    processes = stopped(tmp_path, "stays", grace=1)
    wait_until(lambda: not any(map(alive, processes)))
