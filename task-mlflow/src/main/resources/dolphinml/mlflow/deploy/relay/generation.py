# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One start of a model server: its processes, its log file, its end. Runs inside the front, on asyncio."""

import asyncio
import ctypes
import os
import signal
import socket
import time
import uuid

from dolphinml.common import processes

PORT_WORD = "{port}"
LARGEST_LOG = 10 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)

SECONDS_BETWEEN_LOOKS = 0.1


class BoundedLog:
    """A file that starts over when it is full, with the part before it kept beside it as `<path>.1`."""

    def __init__(self, path, limit=LARGEST_LOG):
        self.path = path
        self._limit = limit
        self._open()

    def _open(self):
        self._stream = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0)
        self._size = os.fstat(self._stream.fileno()).st_size

    def write(self, data):
        try:
            if self._size + len(data) > self._limit:
                self._stream.close()
                os.replace(self.path, self.path + ".1")
                self._open()
            self._stream.write(data)
            self._size += len(data)
        except (OSError, ValueError):
            pass  # a full disk must not end the service

    def close(self):
        self._stream.close()


def spare_port(host="127.0.0.1"):
    """A port that nothing listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def _group_of(pid):
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _die_with_the_front():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Generation:
    """`number` counts the starts of this deployment. What `specification` holds: argv (PORT_WORD stands for the port),
    env, cwd, log (path), ping (the path that says whether it is healthy, by default /ping)."""

    def __init__(self, number, specification):
        self.number = number
        self.specification = specification
        self.marker = "deployment-%s" % uuid.uuid4()
        self.port = None
        self.process = None
        self.exit_code = None
        self.stopping = False
        self.ended = asyncio.Event()
        self._group = None

    @property
    def pid(self):
        return self.process.pid if self.process is not None else None

    @property
    def running(self):
        return self.process is not None and not self.ended.is_set()

    async def start(self):
        self.port = spare_port()
        argv = [str(self.port) if word == PORT_WORD else word for word in self.specification["argv"]]
        environment = dict(self.specification["env"])
        environment[processes.MARKER_VARIABLE] = self.marker
        log = BoundedLog(self.specification["log"])
        try:
            self.process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.specification["cwd"],
                env=environment,
                start_new_session=True,
                preexec_fn=_die_with_the_front,
            )
        except BaseException:
            log.close()
            raise
        self._group = self.process.pid
        asyncio.ensure_future(self._follow(log))

    async def _follow(self, log):
        """Keeps the pipe empty and the log bounded, until the server and all that hold its output are gone."""
        copying = asyncio.ensure_future(self._copy(log))
        # Process.wait() also waits for the end of the output, which workers that outlive the server's first process hold open.
        while self.process.returncode is None:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        self.exit_code = self.process.returncode
        self.ended.set()
        # Workers of the server may outlive its first process and still have something to say.
        await asyncio.wait({copying}, timeout=10)
        copying.cancel()
        await asyncio.gather(copying, return_exceptions=True)
        log.close()

    async def _copy(self, log):
        while True:
            data = await self.process.stdout.read(65536)
            if not data:
                return
            log.write(data)

    def _signal_group(self, number):
        try:
            os.killpg(self._group, number)
        except OSError:
            pass

    def _left(self):
        return processes.belonging(root=self.process.pid, marker=self.marker)

    async def stop(self, grace):
        """Ends the server with all it started: SIGTERM once, SIGKILL after `grace` seconds."""
        if self.process is None:
            return
        self.stopping = True
        loop = asyncio.get_event_loop()
        self._signal_group(signal.SIGTERM)
        deadline = time.monotonic() + grace
        signalled = set()
        while True:
            # Looks through /proc, which takes a while on a busy machine: not in the thread that serves requests.
            left = await loop.run_in_executor(None, self._left)
            if not left and self.ended.is_set():
                return
            # The group has been signalled as a whole; what a model started in a session of its own has not.
            processes.signal_all([pid for pid in left - signalled if _group_of(pid) != self._group], signal.SIGTERM)
            signalled |= left
            if time.monotonic() >= deadline:
                self._signal_group(signal.SIGKILL)
                processes.signal_all(left, signal.SIGKILL)
            if time.monotonic() >= deadline + 5:
                return
            await asyncio.sleep(0.05)
