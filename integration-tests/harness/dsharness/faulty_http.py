# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on loopback that passes requests on to a real one, except where a rule gives it a fault.

    python3 faulty_http.py TARGET-PORT RULES      prints its port; ends with its standard input

RULES is a JSON list; the first rule whose `match` is in the request (line, headers and body as text) holds, `times`
times if that is given, after `after` requests that match have been passed on:
    {"match": "SHOW JOB", "fault": "reset"}
hang      takes the request and answers nothing
reset     breaks the connection off with a TCP reset
500       answers with that status (any number is one) and a page of HTML
drip      answers with a byte a second, without end
cut       passes the request on and breaks off in the middle of the answer
lost      passes the request on and resets the connection without an answer
slow      passes the request on after a second
"""

import json
import os
import re
import socket
import struct
import sys
import threading
import time


class Rule:
    def __init__(self, fault, match="", times=None, after=0):
        self.fault, self.match, self.times, self.after = fault, match.encode("utf-8"), times, after
        self._lock = threading.Lock()
        self._seen = 0

    def holds(self, request):
        if self.match not in request:
            return False
        with self._lock:
            self._seen += 1
            last = None if self.times is None else self.after + self.times
            return self._seen > self.after and (last is None or self._seen <= last)


class FaultyServer:
    """Serves until `close`; `address` is where."""

    def __init__(self, target_port, rules):
        self._target = target_port
        self._rules = [Rule(**rule) for rule in rules]
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.address = "127.0.0.1:%d" % self.port
        self._open = []
        #: How many requests were taken and get no answer.
        self.held = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def add(self, **rule):
        """A rule from now on."""
        self._rules.append(Rule(**rule))

    def release(self):
        """Drops all rules."""
        self._rules.clear()

    def close(self):
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            request = _request(connection)
            while request:
                rule = next((rule for rule in self._rules if rule.holds(request)), None)
                if not self._answer(connection, request, rule.fault if rule else ""):
                    return
                request = _request(connection)
            connection.close()
        except OSError:
            connection.close()

    def _answer(self, connection, request, fault):
        """True if the connection stays open."""
        if fault == "hang":
            self.held += 1
            return False
        if fault == "reset":
            return _reset(connection)
        if fault.isdigit():
            page = b"<html>a fault</html>"
            head = "HTTP/1.1 %s A Fault\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (fault, len(page))
            connection.sendall(head.encode("ascii") + page)
            return True
        if fault == "drip":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")
            while True:
                time.sleep(1)
                connection.sendall(b" ")
        if fault == "slow":
            time.sleep(1)
        answer = self._passed_on(request)
        if fault == "lost":
            return _reset(connection)
        if fault == "cut":
            connection.sendall(answer[: len(answer) - 10])
            connection.close()
            return False
        connection.sendall(answer)
        return True

    def _passed_on(self, request):
        with socket.create_connection(("127.0.0.1", self._target), 60) as target:
            target.settimeout(600)
            target.sendall(request)
            return _message(target)


def _reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return False


def _request(connection):
    """A whole request, without the question whether its body is welcome: S3 clients wait for the answer."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            return head
        head += part
    asks = re.search(rb"(?i)\r\nexpect: 100-continue(?=\r\n)", head)
    if asks:
        head = head[: asks.start()] + head[asks.end() :]
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return _message(connection, head)


def _message(connection, data=b""):
    """A whole request or answer, of which `data` was read before; empty at the end of the connection."""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while not data.endswith(b"0\r\n\r\n"):
            part = connection.recv(65536)
            if not part:
                break
            data += part
        return data
    length = 0
    for line in lower.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
        data += part
    return data


def main():
    server = FaultyServer(int(sys.argv[1]), json.loads(sys.argv[2]))
    print(server.port, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
