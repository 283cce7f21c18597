"""How a task talks to the front of a deployment: one JSON object a line over a socket in the deployment's directory.

{"op": "hello" | "start" | "state" | "switch" | "abandon" | "stop", ...} is answered by {"ok": true, ...}
or {"ok": false, "error": "..."}, with the "id" of the question; in between the front may send
{"event": "drained" | "died" | "replaced", ...}.
The connection is a lease: a server that was started over it and has not taken over when it ends is ended too.
"""

import collections
import json
import os
import socket
import time

SOCKET_NAME = "control.sock"
PROTOCOL = 1
LONGEST_LINE = 8 * 1024 * 1024


class FrontGone(Exception):
    """No front listens, or it ended in the middle of the talk."""


class FrontSilent(FrontGone):
    """The front did not answer in time: it may yet do what it was asked."""


class FrontRefused(Exception):
    """The front answered with an error; the text says which."""


def _connect(directory):
    """A connected socket. The path goes through a file descriptor, for socket paths may only be 107 bytes long."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect("/proc/self/fd/%d/%s" % (handle, SOCKET_NAME))
        return connection
    except OSError as error:
        connection.close()
        raise FrontGone(str(error))
    finally:
        os.close(handle)


class FrontConnection:
    """The task's end. Events that come while an answer is awaited are kept for `next_event`."""

    def __init__(self, directory):
        self._socket = _connect(directory)
        self._buffer = b""
        self._asked = 0
        self._events = collections.deque()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self._socket.close()

    def ask(self, op, timeout=30.0, **parameters):
        """The answer to one operation; raises FrontRefused or FrontGone. Questions are answered one after the other."""
        self._asked += 1
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(json.dumps(dict(parameters, op=op, id=self._asked)).encode("ascii") + b"\n")
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
            elif message.get("id", self._asked) != self._asked:
                continue  # to a question that was given up
            elif message.get("ok"):
                return message
            else:
                raise FrontRefused(message.get("error", "no reason given"))

    def next_event(self, timeout):
        """The next event, or None when none comes within `timeout` seconds."""
        if self._events:
            return self._events.popleft()
        return self._read(time.monotonic() + timeout)

    def _read(self, deadline):
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except socket.timeout:
                return None
            except OSError as error:
                raise FrontGone(str(error))
            if not data:
                raise FrontGone("the front closed the connection")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line.decode("utf-8"))
