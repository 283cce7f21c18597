# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The protocol between a task and a deployment's front: one JSON object per line over a socket in the deployment's directory.

{"op": "hello" | "start" | "state" | "switch" | "abandon" | "stop" | ..., ...} is answered by {"ok": true, ...}
or {"ok": false, "error": "..."}, with the "id" of the request; in between the front may send
{"event": "drained" | "died" | "replaced", ...}.
The connection is a lease: when it closes, any server that was started over it and has not taken over is ended.

Protocol 2 adds
  canary {generation, share}  sends a server that was started over this connection that share of the requests, from 0
                              to 1, and counts its answers and those of the current server from then on. "switch" ends
                              the trial with the candidate accepted; "withdraw", "abandon" and a closed connection reject it.
  withdraw {generation}       sends it no new requests; it completes those in flight.
  statistics {}               {"current": COUNTS, "candidate": COUNTS or null, "total": COUNTS, "inFlight": number,
                              "clients": number of connections, "tasks": number, "handles": number}; COUNTS
                              are {requests, errors5xx, codes, measured, seconds, median, p95, p99}, latencies in seconds
                              or null. The first two count since the trial began, if there is one.
  lend {}                     returns the listening sockets as ancillary data of the answer: see succession.
"switch" takes {"metrics": {"host": ..., "port": ...} or null} and "version", the label for its counts.
"""

import array
import collections
import hashlib
import json
import os
import re
import socket
import time
from typing import Any, Deque, Dict, List, Optional

SOCKET_NAME = "control.sock"
PROTOCOL = 2
#: The control socket of a successor that has not taken over yet.
NEXT_SOCKET_NAME = "control-next.sock"
#: Each front's own name for its control socket, in addition to the name that the serving one has.
OWN_SOCKET_NAME = "control-%d.sock"
SECONDS_FOR_THE_NAME = 1.0
LONGEST_LINE = 8 * 1024 * 1024
_ROOM_FOR_HANDLES = socket.CMSG_SPACE(64 * array.array("i").itemsize)


#: An operation, its answer or an event, as JSON.
Message = Dict[str, Any]

_program: Optional[str] = None


def program() -> str:
    """Returns a digest of the files that a front runs: fronts with the same digest behave the same."""
    global _program
    if _program is None:
        digest = hashlib.sha256()
        directory = os.path.dirname(os.path.abspath(__file__))
        for name in sorted(os.listdir(directory)):
            if name.endswith(".py"):
                with open(os.path.join(directory, name), "rb") as stream:
                    digest.update(name.encode("utf-8") + b"\0" + stream.read() + b"\0")
        _program = digest.hexdigest()[:16]
    return _program


def is_current(said: Message) -> bool:
    """Whether the front that answered "hello" like this runs this release's program; releases before 0.2 do not report it."""
    return said.get("protocol") == PROTOCOL and said.get("program") == program()


class FrontGone(Exception):
    """No front listens, or it ended during the conversation."""


class FrontSilent(FrontGone):
    """The front did not answer in time; it may still carry out the request."""


class FrontRefused(Exception):
    """The front answered with an error; the text is its message."""


def own_sockets(directory: str) -> List[str]:
    """Returns the fronts' own control sockets in this directory, see OWN_SOCKET_NAME."""
    return [name for name in os.listdir(directory) if re.match(r"control-\d+\.sock\Z", name)]


def _connect_to_socket(directory: str, name: str) -> socket.socket:
    """Returns a connected socket. A successor restores the socket name that an older front removes when it ends."""
    deadline = time.monotonic() + SECONDS_FOR_THE_NAME
    while True:
        try:
            return _connect_once(directory, name)
        except FileNotFoundError as error:
            if time.monotonic() > deadline or not os.path.isdir(directory) or not own_sockets(directory):
                raise FrontGone(str(error))
        except (ConnectionRefusedError, ConnectionResetError) as error:
            raise FrontGone(str(error))
        except OSError as error:
            raise FrontSilent(str(error))
        time.sleep(0.05)


def _connect_once(directory: str, name: str) -> socket.socket:
    """Returns a connected socket. The path goes through a file descriptor because socket paths are limited to 107 bytes."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect("/proc/self/fd/%d/%s" % (handle, name))
        return connection
    except OSError:
        connection.close()
        raise
    finally:
        os.close(handle)


class FrontConnection:
    """The task's side of the connection. Events that arrive before an answer are kept for `next_event`."""

    def __init__(self, directory: str, name: str = SOCKET_NAME) -> None:
        self._socket = _connect_to_socket(directory, name)
        self._handles = array.array("i")
        self._buffer = b""
        self._last_id = 0
        self._events: Deque[Message] = collections.deque()

    def __enter__(self) -> "FrontConnection":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def query(self, op: str, timeout: float = 30.0, **parameters: Any) -> Message:
        """Returns the answer to one operation; raises FrontRefused or FrontGone. Operations are answered one at a time."""
        self._last_id += 1
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(json.dumps(dict(parameters, op=op, id=self._last_id)).encode("ascii") + b"\n")
        except socket.timeout:
            raise FrontSilent("'%s' was not taken within %d s" % (op, timeout))
        except OSError as error:
            raise FrontGone(str(error))
        deadline = time.monotonic() + timeout
        while True:
            message = self._read(deadline)
            if message is None:
                raise FrontSilent("no answer to '%s' within %d s" % (op, timeout))
            if "event" in message:
                self._events.append(message)
            elif message.get("id", self._last_id) != self._last_id:
                continue  # the answer to an operation that timed out
            elif message.get("ok"):
                return message
            else:
                raise FrontRefused(message.get("error", "no reason given"))

    def take_handles(self) -> List[int]:
        """Returns the file descriptors that came with the data read so far."""
        handles, self._handles = list(self._handles), array.array("i")
        return handles

    def next_event(self, timeout: float) -> Optional[Message]:
        """Returns the next event, or None if none arrives within `timeout` seconds."""
        if self._events:
            return self._events.popleft()
        return self._read(time.monotonic() + timeout)

    def _read(self, deadline: float) -> Optional[Message]:
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data, ancillary, _, _ = self._socket.recvmsg(65536, _ROOM_FOR_HANDLES, socket.MSG_CMSG_CLOEXEC)
            except socket.timeout:
                return None
            except OSError as error:
                raise FrontGone(str(error))
            for level, kind, content in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    self._handles.frombytes(content[: len(content) - len(content) % self._handles.itemsize])
            if not data:
                raise FrontGone("the front closed the connection")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line.decode("utf-8"))
