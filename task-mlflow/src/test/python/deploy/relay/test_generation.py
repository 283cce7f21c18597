# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One start of a model server, here a small program in its place: its log, and how it is stopped."""

import asyncio
import os
import sys

import pytest
from conftest import ENOUGH, alive, wait_until

from dolphinml.mlflow.deploy.relay import generation as module
from dolphinml.mlflow.deploy.relay.generation import BoundedLog, Generation, Output

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


def specification(directory, argv):
    return {"argv": argv, "env": dict(os.environ), "cwd": str(directory), "log": str(directory / "log")}


def started(directory, program, exit_code=0):
    """Runs a server to its end; returns its log as it is at that moment."""

    async def run():
        generation = Generation(1, specification(directory, [sys.executable, "-c", program]))
        await generation.start()
        await generation.ended.wait()
        assert generation.exit_code == exit_code

    asyncio.run(asyncio.wait_for(run(), ENOUGH))
    return directory / "log"


def stopped(directory, how, grace):
    """Starts the server, stops it when all of it runs, and returns its processes' ids."""

    async def run():
        generation = Generation(1, specification(directory, [sys.executable, "-c", SERVER, str(directory), how]))
        await generation.start()
        running = [directory / (name + ".pid") for name in NAMES]
        await asyncio.get_event_loop().run_in_executor(None, wait_until, lambda: all(path.exists() for path in running))
        await generation.stop(grace)
        return [int(path.read_text()) for path in running]

    return asyncio.run(run())


def asked(directory):
    return {name: (directory / name).read_text() for name in NAMES if (directory / name).exists()}


def test_each_process_gets_one_sigterm_whatever_its_session(tmp_path):
    processes = stopped(tmp_path, "ends", grace=600)
    assert asked(tmp_path) == dict.fromkeys(NAMES, "x")
    assert not any(map(alive, processes))


def test_those_that_do_not_heed_it_are_made_to_end(tmp_path):
    processes = stopped(tmp_path, "stays", grace=1)
    wait_until(lambda: not any(map(alive, processes)))


def test_lines_that_follow_each_other_are_copied_together(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_COPIES", 600)
    log = tmp_path / "log"

    async def run():
        output = Output(BoundedLog(str(log)))
        os.write(output.write_end, b"first\n")
        while log.read_bytes() != b"first\n":
            await asyncio.sleep(0.01)
        for number in range(20):
            os.write(output.write_end, b"%d\n" % number)
            await asyncio.sleep(0)
        assert log.read_bytes() == b"first\n"
        assert output.copy() == len(b"".join(b"%d\n" % number for number in range(20)))
        os.close(output.write_end)
        output.copy()
        assert output.ended.is_set()

    asyncio.run(run())
    assert log.read_text().split() == ["first", *map(str, range(20))]


def test_a_server_that_prints_much_is_not_held_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_COPIES", 0.001)
    log = started(tmp_path, "import sys; sys.stdout.write('x' * 9000000)")
    assert log.stat().st_size == 9000000


@pytest.mark.parametrize("exit_code", [0, 3])
def test_what_a_server_said_last_is_in_the_log_when_it_has_ended(tmp_path, exit_code):
    program = "import os; print('first', flush=True); print('last', flush=True); os._exit(%d)" % exit_code
    log = started(tmp_path, program, exit_code)
    assert log.read_text() == "first\nlast\n"


def test_what_outlives_a_server_still_prints_into_the_log(tmp_path):
    helper = "import os, sys, time; sys.stdin.read(); print('of the helper', flush=True)"
    server = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', %r], stdin=open(%r)); print('of the server')"
    os.mkfifo(str(tmp_path / "fifo"))

    async def run():
        generation = Generation(1, specification(tmp_path, [sys.executable, "-c", server % (helper, str(tmp_path / "fifo"))]))
        await generation.start()
        with open(os.open(str(tmp_path / "fifo"), os.O_RDWR), "wb"):
            await generation.ended.wait()
            assert (tmp_path / "log").read_text() == "of the server\n"
        while (tmp_path / "log").read_text() != "of the server\nof the helper\n":
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), ENOUGH))


def test_a_program_that_does_not_start_leaves_no_handle(tmp_path):
    async def run():
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(FileNotFoundError):
            await Generation(1, specification(tmp_path, [str(tmp_path / "absent")])).start()
        assert len(os.listdir("/proc/self/fd")) == before

    asyncio.run(run())
