# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How a front of another release is replaced while it serves.

A front outlives many releases of this project, and its successor must not lose any of its requests. The succession uses what
every front understands: a generation that takes over. The successor listens on the same sockets: a front since protocol 2
lends them over its control socket; from an older front's process they are copied if the kernel permits. Then the old front
gets one more "model server", the bridge, and another address to listen on: it leaves the port, its last requests finish where
they began, and its clients' open connections are forwarded through the bridge to the successor. The bridge ends the old front
when no connections are left.
"""

import contextlib
import ctypes
import os
import socket
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from dolphinml.mlflow.deploy.relay import control

NUMBER_OF_THE_BRIDGE = 0
SECONDS_FOR_THE_BRIDGE = 30.0
SECONDS_FOR_AN_ANSWER = 30.0
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438
_LISTENING = "0A"


class Predecessor:
    """The new front's connection to the old front's control socket. Its calls block."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._front = control.FrontConnection(directory)
        said = self._front.query("hello", SECONDS_FOR_AN_ANSWER)
        self.pid: int = said["pid"]
        self.formers: List[int] = said.get("formers", [])
        self.address: Tuple[str, int] = (said["host"], said["port"])
        metrics = said.get("metrics")
        self.metrics_address: Optional[Tuple[str, int]] = (metrics[0], metrics[1]) if metrics else None
        self.generation: Optional[int] = (said.get("record") or {}).get("generation")

    def sockets(self) -> Tuple[List[socket.socket], List[socket.socket]]:
        """Returns (its listening sockets for clients, those for metrics), empty if they are not available."""
        try:
            answer = self._front.query("lend", SECONDS_FOR_AN_ANSWER)
        except control.FrontRefused:
            return _taken_from(self.pid, self.address[1]), []
        except control.FrontGone:
            return [], []
        found = [socket.socket(fileno=handle) for handle in self._front.take_handles()]
        return found[: answer["public"]], found[answer["public"] :]

    def build_bridge(self, host: str, port: int) -> None:
        """Starts the bridge to this address as the old front's next generation."""
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bridge.py")
        target = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
        specification = {
            "argv": [sys.executable, "-s", "-S", "-E", program, "{port}", target, str(port)],
            "env": dict(os.environ),
            "cwd": self._directory,
            "log": os.path.join(self._directory, "bridge.log"),
        }
        with socket.socket() as spare:
            spare.bind(("127.0.0.1", 0))
            elsewhere = spare.getsockname()[1]
        started = self._front.query(
            "start",
            SECONDS_FOR_AN_ANSWER,
            host="127.0.0.1",
            port=elsewhere,
            number=NUMBER_OF_THE_BRIDGE,
            specification=specification,
        )
        deadline = time.monotonic() + SECONDS_FOR_THE_BRIDGE
        while True:
            try:
                socket.create_connection(("127.0.0.1", started["port"]), 1).close()
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise ValueError("the bridge to the new front does not listen: %s" % error)
                time.sleep(0.02)

    def leave(self, record: Dict[str, Any], drain_seconds: float) -> None:
        """Makes it leave its port; its requests in flight and its clients' connections continue."""
        self._front.query(
            "switch",
            SECONDS_FOR_AN_ANSWER,
            generation=NUMBER_OF_THE_BRIDGE,
            record=record,
            drainSeconds=drain_seconds,
            foreground=False,
            restart=False,
        )

    def leave_for(
        self, bind: Callable[[], List[socket.socket]], record: Dict[str, Any], drain_seconds: float
    ) -> List[socket.socket]:
        """Does the same if its sockets cannot be lent: `bind()` binds as soon as the port is free."""
        bound: List[socket.socket] = []
        faults: List[OSError] = []
        deadline = time.monotonic() + SECONDS_FOR_AN_ANSWER

        def try_to() -> None:
            while not bound and time.monotonic() < deadline:
                try:
                    bound.extend(bind())
                except OSError as error:
                    faults[:] = [error]

        trying = threading.Thread(target=try_to, daemon=True)
        trying.start()
        self.leave(record, drain_seconds)
        trying.join()
        if not bound:
            raise faults[0]
        return bound

    def await_drained(self, seconds: float) -> Optional[control.Message]:
        """Returns the event that reports the end of its last generation, or None."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(control.FrontGone):
            while time.monotonic() < deadline:
                event = self._front.next_event(deadline - time.monotonic())
                if event is not None and event.get("event") == "drained":
                    return event
        return None

    def close(self) -> None:
        self._front.close()


def _taken_from(pid: int, port: int) -> List[socket.socket]:
    """Returns copies of another process's listening sockets on that port; empty if the kernel does not permit it."""
    inodes, taken = _listening_sockets(port), []
    libc = ctypes.CDLL(None, use_errno=True)
    process = libc.syscall(_PIDFD_OPEN, pid, 0)
    if process < 0:
        return []
    try:
        for name in os.listdir("/proc/%d/fd" % pid):
            with contextlib.suppress(OSError):
                if os.readlink("/proc/%d/fd/%s" % (pid, name)) in inodes:
                    handle = libc.syscall(_PIDFD_GETFD, process, int(name), 0)
                    if handle >= 0:
                        taken.append(socket.socket(fileno=handle))
    except OSError:
        pass
    finally:
        os.close(process)
    if len(taken) < len(inodes):
        for each in taken:
            each.close()
        return []
    return taken


def _listening_sockets(port: int) -> Set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table) as stream:
            for line in list(stream)[1:]:
                columns = line.split()
                if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    found.add("socket:[%s]" % columns[9])
    return found
