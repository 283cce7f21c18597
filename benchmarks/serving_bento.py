#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions by a deployment's BentoML server, with and without batching, against `mlflow models serve`, in turns, in one run.

    python3 benchmarks/serving_bento.py [PYTHON] [--rounds 8] [--seconds 3] [--batch 64]

PYTHON is the Python of an environment with MLflow, scikit-learn and BentoML, by default that of the tests. The model is a
logistic regression on the iris data; each server has one worker. Connections are kept, 1, 16 and 64 of them. The mark: with
batching, at 64 connections, twice the predictions of `mlflow models serve`. The processor time is that of a request, in all
processes of the server.
"""

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import frame
from serving_front import MODELS, RESOURCES, loaded, percentile

from dolphinml.mlflow.deploy.serving import crash_loop
from dsharness.ports import free_port
from dsharness.venvs import venv

MARK = 2.0
CONNECTIONS = (1, 16, 64)

#: Puts the model into a store and generates the service, as a deployment does.
PREPARE = """
import os, sys
folder, files, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path[:0] = sys.argv[4:]
from types import SimpleNamespace
from dolphinml.mlflow.deploy.bento import store
from dolphinml.mlflow.deploy.bento.generated import GeneratedService
kept = store.BentoStore(folder)
kept.make_home(os.path.join(folder, "home"))
kept.import_model("tiny:1", files, folder)
settings = SimpleNamespace(workers=1, timeout=60, batch_size=batch or None, batch_latency=None, base_image=None)
GeneratedService(settings).populate(os.path.join(folder, "service"), "tiny:1", files, kept)
"""


class Server:
    def __init__(self, python, argv, variables, log):
        self.port = free_port()
        environment = dict(os.environ, PATH=os.path.dirname(python) + os.pathsep + os.environ["PATH"], **variables)
        with open(log, "wb") as stream:
            self._process = subprocess.Popen(
                [python, "-m", *argv, "--host", "127.0.0.1", "--port", str(self.port)],
                env=environment,
                stdout=stream,
                stderr=stream,
                cwd=str(log.parent),
                start_new_session=True,
            )
        deadline = time.monotonic() + 300
        while not self._is_healthy():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.close()
                raise SystemExit(log.read_text())
            time.sleep(0.2)

    def _is_healthy(self):
        with contextlib.suppress(OSError), urllib.request.urlopen("http://127.0.0.1:%d/ping" % self.port, timeout=5) as answer:
            return answer.status == 200
        return False

    def processor(self):
        """The seconds of processor time that the server has used with all its processes."""
        return sum(_processor(pid) for pid, _, _ in crash_loop.descendants(self._process.pid))

    def close(self):
        self._process.terminate()
        self._process.wait()


def _processor(pid):
    with contextlib.suppress(OSError):
        fields = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def bento(python, directory, model, batch):
    directory.mkdir()
    subprocess.run(
        [python, "-c", PREPARE, str(directory), str(model), str(batch), *map(str, RESOURCES)],
        check=True,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    variables = {"BENTOML_HOME": str(directory / "home"), "BENTOML_DO_NOT_TRACK": "True"}
    argv = ["bentoml", "serve", "service:MlflowModel", "--working-dir", str(directory / "service")]
    return Server(python, argv, variables, directory / "server.log")


class Measured:
    """What the turns of one server found, with one number of connections."""

    def __init__(self, server):
        self._server = server
        self.rates, self.medians, self.processor = [], [], []

    def turn(self, connections, seconds):
        began = self._server.processor()
        rate, latencies = loaded(self._server.port, connections, True, seconds)
        self.rates.append(rate)
        self.medians.append(1000 * percentile(latencies, 0.5))
        self.processor.append(1000 * (self._server.processor() - began) / len(latencies))


def compared(servers, options):
    """The rows of the table, and the ratio of the last one's batching server to MLflow's."""
    rows = []
    for connections in CONNECTIONS:
        measured = {name: Measured(server) for name, server in servers.items()}
        for server in servers.values():  # once before it counts
            loaded(server.port, connections, True, 2.0)
        for turn in range(options.rounds):
            for name in list(servers)[:: -1 if turn % 2 else 1]:
                measured[name].turn(connections, options.seconds)
        ratios = [frame.Ratio(measured[name].rates, measured["mlflow"].rates) for name in ("bento", "batching")]
        found = measured.values()
        rows.append(
            [
                "%d kept" % connections,
                *("%.0f/s" % statistics.median(each.rates) for each in found),
                *ratios,
                " / ".join("%.1f" % statistics.median(each.medians) for each in found),
                " / ".join("%.2f" % statistics.median(each.processor) for each in found),
            ]
        )
    return rows, ratios[-1].median


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(1))
    python = options.python or str(venv(frame.PROJECT / ".ci/requirements-bentoml.txt", say=print) / "bin/python")
    report = frame.Report("serving_bento", frame.versions(python, "mlflow", "bentoml", "scikit-learn", "uvicorn"))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        directory = Path(folder)
        tiny = directory / "tiny"
        subprocess.run([python, "-c", MODELS, str(tiny), str(directory / "slow")], check=True, stderr=subprocess.DEVNULL)
        argv = ["mlflow", "models", "serve", "--model-uri", str(tiny), "--env-manager", "local"]
        servers = {"mlflow": Server(python, argv, {}, directory / "mlflow.log")}
        running.callback(servers["mlflow"].close)
        for name, batch in (("bento", 0), ("batching", options.batch)):
            servers[name] = bento(python, directory / name, tiny, batch)
            running.callback(servers[name].close)
        rows, ratio = compared(servers, options)
        report.table(
            "a tiny model",
            (
                "connections",
                "MLflow",
                "BentoML",
                "BentoML, batching",
                "ratio",
                "ratio, batching",
                "median ms of each",
                "processor ms of each",
            ),
            rows,
            options.rounds,
        )
        return 0 if ratio >= MARK else 1


if __name__ == "__main__":
    sys.exit(main())
