# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
RESOURCES = [
    os.path.join(os.path.dirname(MODULE), "task-ml-common", "src", "main", "resources"),
    os.path.join(MODULE, "src", "main", "resources"),
]
DOUBLE = os.path.join(HERE, "double")
HARNESS = os.path.join(os.path.dirname(MODULE), "integration-tests", "harness")
SCENARIOS = os.path.join(MODULE, "src", "test", "resources", "scenarios")
sys.path[0:0] = RESOURCES + [DOUBLE, HARNESS]

import http_server  # noqa: E402

from dsharness.processes import python_path  # noqa: E402

#: Seconds that OpenMLDB gets for an answer, where a test is not about them: the double's must not come too late.
PATIENCE = {"SECONDS_TO_CONNECT": 90, "SECONDS_TO_STOP": 270}


class ZooKeeperDouble:
    """Answers as a ZooKeeper that has some paths; no more than connect, exists and getChildren."""

    def __init__(self, paths):
        self._paths = paths
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            self._receive(connection)
            self._send(connection, struct.pack(">iiqi", 0, 4000, 1, 16) + b"\0" * 16)
            while True:
                packet = self._receive(connection)
                if packet is None:
                    return
                number, operation, size = struct.unpack(">iii", packet[:12])
                path = packet[12 : 12 + size].decode("utf-8")
                body, code = b"", 0
                if operation == 8:
                    names = [p[1:].encode("utf-8") for p in self._paths if p.count("/") == 1]
                    body = struct.pack(">i", len(names)) + b"".join(struct.pack(">i", len(n)) + n for n in names)
                elif path not in self._paths:
                    code = -101
                self._send(connection, struct.pack(">iqi", number, 0, code) + body)

    @staticmethod
    def _send(connection, packet):
        connection.sendall(struct.pack(">i", len(packet)) + packet)

    @staticmethod
    def _receive(connection):
        head = connection.recv(4)
        if len(head) < 4:
            return None
        (size,) = struct.unpack(">i", head)
        data = b""
        while len(data) < size:
            data += connection.recv(size - len(data))
        return data


class Run:
    """One run of run_statements.py as the worker starts it, on staged files."""

    def __init__(self, folder, environment):
        self.workdir = os.path.join(folder, "work")
        self.control = os.path.join(folder, "control")
        self._environment = environment
        os.makedirs(self.workdir)
        for resources in RESOURCES:
            shutil.copytree(
                os.path.join(resources, "dolphinml"),
                os.path.join(self.control, "python", "dolphinml"),
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )
        self.process = None
        self.lines = []
        self.report = None

    def limit(self, seconds):
        """Sets limits of the staged programs: {name of the constant: seconds}."""
        folder = os.path.join(self.control, "python", "dolphinml", "openmldb")
        for name, value in seconds.items():
            changed = 0
            for file in ("run_statements.py", "jobs.py"):
                with open(os.path.join(folder, file), "r+", encoding="utf-8") as stream:
                    text, found = re.subn("(?m)^%s = .*" % name, "%s = %s" % (name, value), stream.read())
                    stream.seek(0)
                    stream.truncate()
                    stream.write(text)
                changed += found
            assert changed == 1, name
        return self

    def start(self, statements, outputs=(), secrets=(), python=sys.executable):
        request = {
            "task": {"type": "OPENMLDB", "name": "sql"},
            "workdir": self.workdir,
            "control": self.control,
            "secrets": list(secrets),
            "outputs": [{"name": name, "type": "VARCHAR"} for name in outputs],
            "statements": statements,
        }
        path = os.path.join(self.control, "request.json")
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(request, stream)
        program = os.path.join(self.control, "python", "dolphinml", "openmldb", "run_statements.py")
        self.process = subprocess.Popen(
            [python, program, path],
            cwd=self.workdir,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def until(self, text):
        """Reads the log up to a line with this text."""
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8").rstrip("\n"))
            if text in self.lines[-1]:
                return self
        raise AssertionError("not in the log: %s\n%s" % (text, "\n".join(self.lines)))

    def terminate(self):
        os.kill(self.process.pid, signal.SIGTERM)
        return self

    def wait(self, seconds=300):
        out, _ = self.process.communicate(timeout=seconds)
        self.lines.extend(out.decode("utf-8").split("\n")[:-1])
        with open(os.path.join(self.control, "report.json"), encoding="utf-8") as stream:
            self.report = json.load(stream)
        return self


@pytest.fixture
def zookeeper():
    double = ZooKeeperDouble(["/openmldb", "/zookeeper"])
    yield double
    double.close()


#: Marks a test that runs through the SDK and through the API server; others use the SDK.
both_routes = pytest.mark.parametrize("runs", ["sdk", "api"], indirect=True)


@pytest.fixture
def runs(tmp_path, zookeeper, request):
    """Gives a function that starts a run against the stand-in cluster with this script."""
    started, servers = [], []
    route = getattr(request, "param", "sdk")

    def run(cluster, statements, outputs=(), limits=(), between=lambda address: address, **more):
        folder = tmp_path / ("run%d" % len(started))
        folder.mkdir()
        script = folder / "cluster.json"
        script.write_text(json.dumps(cluster), encoding="utf-8")
        environment = dict(os.environ, PYTHONPATH=python_path(DOUBLE), HOME=str(tmp_path / "home"))
        environment.pop("XDG_CACHE_HOME", None)
        environment["OPENMLDB_DOUBLE"] = str(script)
        environment["OPENMLDB_DOUBLE_LOG"] = str(folder / "calls.jsonl")
        run = Run(str(folder), environment).limit(dict(PATIENCE, **dict(limits)))
        run.calls_path = folder / "calls.jsonl"
        run.calls_path.touch()
        started.append(run)
        request = {"zk": zookeeper.address, "zkPath": "/openmldb", "pollInterval": 0.02}
        if route == "api":
            # One address for all runs of a test: a retry goes to the same server.
            if not servers:
                servers.append(http_server.Server(cluster))
                threading.Thread(target=servers[0].serve_forever, daemon=True).start()
            servers[0].cluster, servers[0].log = http_server.Cluster(cluster), str(run.calls_path)
            request["apiServer"] = between("127.0.0.1:%d" % servers[0].server_address[1])
        request.update({"executeMode": "online", "setsSyncJob": False})
        request.update(statements)
        return run.start(request, outputs, **more)

    yield run
    for run in started:
        if run.process is not None and run.process.poll() is None:
            run.process.kill()
            run.process.communicate()
    for server in servers:
        server.shutdown()
        server.server_close()


def calls(run):
    """What reached the client, in order."""
    with open(str(run.calls_path), encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def sent(run):
    """The SQL that reached OpenMLDB, in order, by either route."""
    found = []
    for call in calls(run):
        if "post" in call:
            found.append(call["body"]["sql"])
        elif "execute" in call or "insert" in call:
            found.append(call.get("execute") or call["insert"])
    return found


def plain(lines):
    """Log lines without what differs from run to run."""
    return [re.sub(r"after \d+(\.\d+)? s", "after T s", line) for line in lines]
