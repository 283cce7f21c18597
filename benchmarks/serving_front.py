#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions through the front of a deployment against `mlflow models serve` directly, in turns, in one run.

    python3 benchmarks/serving_front.py [PYTHON] [--rounds 24] [--seconds 0.7] [--connections 1 16 64] [--hostile 10000]

PYTHON is the Python of an environment with MLflow and scikit-learn, without one that of the project's tests. Two models: a
logistic regression on the iris data, and one that takes 20 ms. Connections are kept (1, 16, 64 of them) or new for each request
(1 and 16 at a time). In the same turns runs bare_relay.py, which only copies bytes to and from `mlflow models serve`: what
no relay in Python can do without. The exit code is 0 if the front is within the marks, or as near to the bare relay as they
allow. Afterwards come hostile and broken connections, and what is left of them in the front is counted.
"""

import argparse
import contextlib
import json
import os
import random
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import frame

PROJECT = frame.PROJECT
RESOURCES = [PROJECT / module / "src/main/resources" for module in ("task-ml-common", "task-mlflow")]
sys.path[:0] = map(str, RESOURCES)

from dolphinml.mlflow.deploy.relay import control  # noqa: E402
from dolphinml.mlflow.deploy.relay.generation import PORT_WORD, SOCKET_WORD  # noqa: E402
from dsharness.models import ROW  # noqa: E402
from dsharness.ports import free_port  # noqa: E402
from dsharness.venvs import venv  # noqa: E402

MODELS = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

class Slow(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        time.sleep(0.02)
        return [0] * len(model_input)

data = load_iris(as_frame=True)
tiny = LogisticRegression(max_iter=500).fit(data.data, data.target)
mlflow.sklearn.save_model(tiny, sys.argv[1], pip_requirements=[])
mlflow.pyfunc.save_model(sys.argv[2], python_model=Slow(), pip_requirements=[])
"""

SHAPES = [(1, True), (16, True), (64, True), (1, False), (16, False)]


def request(kept):
    body = json.dumps(ROW).encode()
    return b"\r\n".join(
        [
            b"POST /invocations HTTP/1.1",
            b"Host: localhost",
            b"Connection: %s" % (b"keep-alive" if kept else b"close"),
            b"Content-Type: application/json",
            b"Content-Length: %d" % len(body),
            b"",
            body,
        ]
    )


class Connection:
    """One client that sends its next request when it has its answer."""

    def __init__(self, poll, port, kept):
        self._poll, self._port, self._kept = poll, port, kept
        self._request = request(kept)
        self._socket = None
        self.answered = []

    def begin(self):
        self._began = time.perf_counter()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(self._socket, select.EPOLLIN)
        self._data, self._length = b"", None
        self._socket.sendall(self._request)
        return self._socket.fileno()

    def read(self):
        """Whether the answer is whole."""
        piece = self._socket.recv(65536)
        if not piece:
            raise RuntimeError("the connection broke after %r" % self._data[:200])
        self._data += piece
        if self._length is None and b"\r\n\r\n" in self._data:
            head = self._data.partition(b"\r\n\r\n")[0]
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError("answered %r" % self._data[:300])
            self._length = len(head) + 4 + int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if self._length is None or len(self._data) < self._length:
            return False
        self.answered.append(time.perf_counter() - self._began)
        if not self._kept:
            self.close()
        return True

    def close(self):
        if self._socket is not None:
            self._poll.unregister(self._socket)
            self._socket.close()
            self._socket = None


def loaded(port, connections, kept, seconds):
    """(requests a second, sorted latencies)"""
    poll = select.epoll()
    clients = [Connection(poll, port, kept) for _ in range(connections)]
    by_handle = {client.begin(): client for client in clients}
    began = time.perf_counter()
    while time.perf_counter() - began < seconds or not any(client.answered for client in clients):
        for handle, _ in poll.poll(5):
            client = by_handle[handle]
            if client.read():
                del by_handle[handle]
                by_handle[client.begin()] = client
    took = time.perf_counter() - began
    for client in clients:
        client.close()
    poll.close()
    latencies = sorted(latency for client in clients for latency in client.answered)
    return len(latencies) / took, latencies


class Front:
    """A deployment's front with one model server behind it, as a task starts them."""

    def __init__(self, python, directory, model):
        self.directory = str(directory)
        self.port = free_port()
        program = directory / "program"
        for resources in RESOURCES:
            shutil.copytree(str(resources / "dolphinml"), str(program / "dolphinml"), dirs_exist_ok=True)
        read_end, write_end = os.pipe()
        with open(self.directory + "/front.log", "wb") as log:
            subprocess.run(
                [
                    python,
                    "-s",
                    "-S",
                    "-E",
                    str(program / "dolphinml/mlflow/deploy/relay/front.py"),
                    self.directory,
                    "127.0.0.1",
                    str(self.port),
                    "first",
                    str(write_end),
                ],
                pass_fds=(write_end,),
                stdout=log,
                stderr=log,
                check=True,
            )
        os.close(write_end)
        if os.read(read_end, 1000) != b"ready":
            raise SystemExit(Path(self.directory, "front.log").read_text())
        self.session = control.FrontConnection(self.directory)
        self.pid = self.session.query("hello")["pid"]
        server = str(program / "dolphinml/mlflow/deploy/relay/mlflow_server.py")
        argv = [python, server, str(model), PORT_WORD, "1", "60", SOCKET_WORD]
        server_log = Path(self.directory, "server.log")
        started = self.session.query(
            "start",
            number=1,
            host="127.0.0.1",
            port=self.port,
            specification={"argv": argv, "env": environment_of(python), "cwd": self.directory, "log": str(server_log)},
        )
        await_healthy(started["port"], server_log)
        self.session.query("switch", generation=1, record={"name": "it"}, drainSeconds=1, foreground=False, restart=False)

    def close(self):
        with contextlib.suppress(control.FrontGone):
            self.session.query("stop", timeout=60)
        self.session.close()


def is_healthy(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return client.recv(100).startswith(b"HTTP/1.1 200")
    return False


def await_healthy(port, log, process=None):
    """Ends the benchmark with the server's log when its process has ended, or has not answered in three minutes."""
    deadline = time.monotonic() + 180
    while not is_healthy(port):
        if time.monotonic() > deadline or process is not None and process.poll() is not None:
            raise SystemExit(log.read_text())
        time.sleep(0.2)


def environment_of(python):
    """The variables of a model server, which finds the tools of its environment by their names."""
    return dict(os.environ, PATH=os.path.dirname(python) + os.pathsep + os.environ["PATH"])


@contextlib.contextmanager
def models_serve(python, directory, model):
    """The port of `mlflow models serve`, with nothing of ours."""
    port = free_port()
    words = ["--model-uri", str(model), "--host", "127.0.0.1", "--port", str(port), "--env-manager", "local"]
    with open(str(directory / "direct.log"), "wb") as log:
        process = subprocess.Popen(
            [python, "-m", "mlflow", "models", "serve", *words],
            env=environment_of(python),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        await_healthy(port, directory / "direct.log", process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


@contextlib.contextmanager
def bare_relay(python, server_port):
    """(port, process id) of a relay that copies bytes to and from the server."""
    port = free_port()
    program = str(PROJECT / "benchmarks" / "bare_relay.py")
    process = subprocess.Popen([python, "-s", "-S", "-E", program, str(port), str(server_port)])
    try:
        deadline = time.monotonic() + 90
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the bare relay does not run")
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


def processor_time(pid):
    """Seconds on a processor of all threads of a process."""
    spent = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        spent += int(Path("/proc/%d/task" % pid, thread, "schedstat").read_text().split()[0])
    return spent / 1e9


HEAD = (
    "connections",
    "direct",
    "bare relay",
    "front",
    "front to direct",
    "front to bare relay",
    "median ms of each",
    "bare relay more",
    "front more",
    "processor µs of a request, bare relay / front",
    "95th ms of each",
    "99th ms of each",
)


def compared(ports, relays, options):
    """Rows of a table, one for each shape of the load, and whether all are within the marks.

    ports   {name: port} of what is compared, in the order of the columns
    relays  {name: process id} of those that are a relay
    """

    def measure(name):
        """(requests a second, sorted latencies, the relay's processor time for each)"""
        before = {relay: processor_time(pid) for relay, pid in relays.items()}
        rate, found = loaded(ports[name], connections, kept, options.seconds)
        return rate, found, {relay: (processor_time(pid) - before[relay]) / len(found) for relay, pid in relays.items()}

    good, rows = True, []
    for connections, kept in SHAPES:
        if connections not in options.connections:
            continue
        seen = dict(zip(ports, frame.alternate(list(ports), measure, options.rounds)))
        rates, latencies = ({name: [turn[which] for turn in turns] for name, turns in seen.items()} for which in (0, 1))
        spent = [statistics.median(1e6 * turn[2][name] for turn in seen[name]) for name in relays]
        to_direct, to_bare = (frame.Ratio(rates["front"], rates[other]) for other in ("direct", "bare relay"))
        numbers = {
            share: [statistics.median(1000 * percentile(found, share) for found in latencies[name]) for name in ports]
            for share in (0.5, 0.95, 0.99)
        }
        bare_more, more = (
            statistics.median(
                1000 * (percentile(relayed, 0.5) - percentile(bare, 0.5))
                for relayed, bare in zip(latencies[name], latencies["direct"])
            )
            for name in ("bare relay", "front")
        )
        rows.append(
            [
                "%d %s" % (connections, "kept" if kept else "new"),
                *("%.0f/s" % statistics.median(rates[name]) for name in ports),
                to_direct,
                to_bare,
                "%.2f / %.2f / %.2f" % tuple(numbers[0.5]),
                "%+.2f ms" % bare_more,
                "%+.2f ms" % more,
                "%.0f / %.0f" % tuple(spent),
                "%.2f / %.2f / %.2f" % tuple(numbers[0.95]),
                "%.2f / %.2f / %.2f" % tuple(numbers[0.99]),
            ]
        )
        # With as many requests waiting as there are connections, a latency is their number divided by the rate.
        near = max(to_direct.median, to_bare.median) >= 0.95 and (min(more, more - bare_more) <= 0.5 or connections > 1)
        good = good and near
    return rows, good


def hostile(front, count):
    """Whether nothing is left of so many broken connections."""
    chance = random.Random(1)
    before = front.session.query("statistics")
    whole = request(True)
    bad = [
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + 70000 * b"a",
        whole.replace(b"Content-Length", b"Content-Length: 1\r\nContent-Length"),
        b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;" + 9000 * b"a",
        b"\0",
        b"",
        b"POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    ]
    for number in range(count):
        sent = chance.choice(bad) if number % 2 else whole[: chance.randrange(len(whole))]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", front.port), 30) as client:
            client.sendall(sent)
            if chance.random() < 0.5:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    deadline = time.monotonic() + 90
    keys = ("inFlight", "clients", "tasks", "handles")
    while True:
        after = front.session.query("statistics")
        if all(after[key] <= before[key] for key in keys) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    print(
        "after %d hostile and broken connections: %s"
        % (count, ", ".join("%s %d (before: %d)" % (key, after[key], before[key]) for key in keys))
    )
    return all(after[key] <= before[key] for key in keys)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=0.7)
    parser.add_argument("--connections", type=int, nargs="+", default=sorted({count for count, _ in SHAPES}))
    parser.add_argument("--hostile", type=int, default=10000)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    python = options.python or str(venv(PROJECT / ".ci/requirements-python.txt", say=print) / "bin/python")
    report = frame.Report("serving_front", frame.versions(python, "mlflow", "scikit-learn", "uvicorn"))
    good = True
    with tempfile.TemporaryDirectory() as directory:
        models = [Path(directory, "tiny"), Path(directory, "slow")]
        subprocess.run([python, "-c", MODELS, *map(str, models)], check=True, stderr=subprocess.DEVNULL)
        for model in models:
            place = Path(directory, "front-" + model.name)
            place.mkdir()
            front = Front(python, place, model)
            try:
                with models_serve(python, place, model) as direct, bare_relay(python, direct) as (port, pid):
                    ports = {"direct": direct, "bare relay": port, "front": front.port}
                    rows, within = compared(ports, {"bare relay": pid, "front": front.pid}, options)
                good = within and good
                title = "a tiny model" if model is models[0] else "a model that takes 20 ms"
                report.table(title, HEAD, rows, options.rounds)
                if model is models[-1]:
                    print()
                    good = hostile(front, options.hostile) and good
            finally:
                front.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
