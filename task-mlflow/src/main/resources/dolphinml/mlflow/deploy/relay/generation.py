# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One start of a model server: its processes, log file and shutdown. Runs inside the front, on asyncio."""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import time
import uuid
from typing import Any, Dict, Optional, Set

from dolphinml.common import processes

PORT_WORD = "{port}"
SOCKET_WORD = "{socket}"
#: Relative to the working directory of front and server, because the path of a Unix socket is limited to 107 bytes.
SOCKET_NAME = "server-%d.sock"
LARGEST_LOG = 10 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)

# fcntl has this constant since Python 3.10.
_F_SETPIPE_SZ = 1031
_SIZE_OF_PIPE = 1024 * 1024
_MUCH_OUTPUT = 64 * 1024
SECONDS_BETWEEN_COPIES = 0.1


class BoundedLog:
    """A log file that starts over when it is full; the previous part is kept as `<path>.1`."""

    def __init__(self, path: str, limit: int = LARGEST_LOG) -> None:
        self.path = path
        self._limit = limit
        self._open()

    def _open(self) -> None:
        self._stream = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0)
        self._size = os.fstat(self._stream.fileno()).st_size

    def write(self, data: bytes) -> None:
        try:
            if self._size + len(data) > self._limit:
                self._stream.close()
                os.replace(self.path, self.path + ".1")
                self._open()
            self._stream.write(data)
            self._size += len(data)
        except (OSError, ValueError):
            pass  # a full disk must not end the service

    def close(self) -> None:
        self._stream.close()


class Output:
    """Copies a server's output into its log. A server prints a line for each request while it answers it, so output is
    copied only a few times a second: waking up for each line would delay the answers."""

    def __init__(self, log: BoundedLog) -> None:
        self.ended = asyncio.Event()
        self._log = log
        self._loop = asyncio.get_event_loop()
        self._later: Optional[asyncio.TimerHandle] = None
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        with contextlib.suppress(OSError):  # the limit of this user may be lower
            fcntl.fcntl(self._read_end, _F_SETPIPE_SZ, _SIZE_OF_PIPE)
        self._read()

    def _read(self) -> None:
        self._later = None
        self._loop.add_reader(self._read_end, self._readable)

    def _readable(self) -> None:
        if self.copy() < _MUCH_OUTPUT and not self.ended.is_set():
            self._loop.remove_reader(self._read_end)
            self._later = self._loop.call_later(SECONDS_BETWEEN_COPIES, self._read)

    def copy(self) -> int:
        """Copies all available output; returns the number of bytes."""
        if self.ended.is_set():
            return 0
        try:
            data = os.read(self._read_end, _SIZE_OF_PIPE)
        except BlockingIOError:
            return 0
        if data:
            self._log.write(data)
        else:
            self.close()
        return len(data)

    def close(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            if self._later is not None:
                self._later.cancel()
            self._loop.remove_reader(self._read_end)
            os.close(self._read_end)
            self._log.close()


def spare_port(host: str = "127.0.0.1") -> int:
    """Returns a port that nothing listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def _group_of(pid: int) -> Optional[int]:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _die_with_the_front() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Generation:
    """`number` counts the starts of this deployment. `specification` has the keys argv (PORT_WORD stands for the port,
    SOCKET_WORD for the name of a Unix socket that the server also listens on), env, cwd, log (path) and ping (path of the
    health check, /ping by default)."""

    def __init__(self, number: int, specification: Dict[str, Any]) -> None:
        self.number = number
        self.specification = specification
        self.marker = "deployment-%s" % uuid.uuid4()
        self.port = 0  # until it is started
        self.socket = SOCKET_NAME % number if SOCKET_WORD in specification["argv"] else None
        self.process: Optional[asyncio.subprocess.Process] = None
        self.exit_code: Optional[int] = None
        self.stopping = False
        self.ended = asyncio.Event()

    @property
    def pid(self) -> Optional[int]:
        return self.process.pid if self.process is not None else None

    @property
    def running(self) -> bool:
        return self.process is not None and not self.ended.is_set()

    async def start(self) -> None:
        self.port = spare_port()
        words = {PORT_WORD: str(self.port), SOCKET_WORD: self.socket}
        argv = [words.get(word) or word for word in self.specification["argv"]]
        self._remove_socket()
        environment = dict(self.specification["env"])
        environment[processes.MARKER_VARIABLE] = self.marker
        output = Output(BoundedLog(self.specification["log"]))
        try:
            self.process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output.write_end,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.specification["cwd"],
                env=environment,
                start_new_session=True,
                preexec_fn=_die_with_the_front,
            )
        except BaseException:
            output.close()
            raise
        finally:
            os.close(output.write_end)
        self._group = self.process.pid
        asyncio.ensure_future(self._follow(self.process, output))

    async def _follow(self, process: asyncio.subprocess.Process, output: Output) -> None:
        """Copies the log until the server and all processes that hold its output have ended."""
        self.exit_code = await process.wait()
        output.copy()
        self._remove_socket()
        self.ended.set()
        # Workers of the server may outlive its first process and still print.
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(output.ended.wait(), 10)
        output.close()

    def _remove_socket(self) -> None:
        if self.socket is not None:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(self.specification["cwd"], self.socket))

    def _signal_group(self, number: int) -> None:
        try:
            os.killpg(self._group, number)
        except OSError:
            pass

    def _left(self) -> Set[int]:
        return processes.belonging(root=self.pid, marker=self.marker)

    async def stop(self, grace: float) -> None:
        """Stops the server and all processes it started: SIGTERM once, SIGKILL after `grace` seconds."""
        if self.process is None:
            return
        self.stopping = True
        loop = asyncio.get_event_loop()
        self._signal_group(signal.SIGTERM)
        deadline = time.monotonic() + grace
        signalled: Set[int] = set()
        while True:
            # Scanning /proc takes a while on a busy machine, so it must not block the event loop.
            left = await loop.run_in_executor(None, self._left)
            if not left and self.ended.is_set():
                return
            # The process group has been signalled; processes that a model started in their own session have not.
            processes.signal_all([pid for pid in left - signalled if _group_of(pid) != self._group], signal.SIGTERM)
            signalled |= left
            if time.monotonic() >= deadline:
                self._signal_group(signal.SIGKILL)
                processes.signal_all(left, signal.SIGKILL)
            if time.monotonic() >= deadline + 5:
                return
            await asyncio.sleep(0.05)
