# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""An MLflow tracking server on loopback, with its runs in a SQLite file."""

import contextlib
import json
import os
import shutil
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from dsharness import places
from dsharness.ports import free_port
from dsharness.processes import Program


class MlflowServer:
    """One server with a directory of its own. `venv` has mlflow."""

    def __init__(self, directory, venv, port=5000):
        self.directory = Path(directory)
        self.venv = Path(venv)
        self.port = free_port(port)
        self.program = None
        self._made_database = False

    @property
    def address(self):
        return "http://127.0.0.1:%d" % self.port

    @property
    def _database(self):
        return self.directory / "mlflow.db"

    def _empty_database(self):
        """Where an empty database of this release of MLflow is kept, which takes a server seconds to make; or None."""
        found = [path.stem for path in self.venv.glob("lib/python*/site-packages/mlflow-*.dist-info")]
        return places.cache() / "mlflow-databases" / (found[0] + ".db") if len(found) == 1 else None

    def _keep_empty_database(self):
        """Called before anybody has used the server."""
        empty = self._empty_database()
        if empty is None or empty.exists() or not self._made_database:
            return
        with places.locked(empty.with_suffix(".lock")):
            made = empty.with_suffix(".part")
            with contextlib.closing(sqlite3.connect(str(self._database))) as source:
                with contextlib.closing(sqlite3.connect(str(made))) as copy:
                    source.backup(copy)
            os.replace(made, empty)

    def launch(self):
        """Starts the server and does not wait for it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        empty = self._empty_database()
        self._made_database = not self._database.exists()
        if self._made_database and empty and empty.exists():
            shutil.copyfile(str(empty), str(self._database))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        # MLflow 3 starts eight more processes for evaluations by language models, each of which imports it all.
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        environment["PATH"] = os.pathsep.join([str(self.venv / "bin"), environment.get("PATH", "")])
        self.program = Program(
            [
                str(self.venv / "bin" / "mlflow"),
                "server",
                "--backend-store-uri",
                "sqlite:///%s" % self._database,
                # MLflow 1 does not serve artifacts unasked.
                "--artifacts-destination",
                str(self.directory / "artifacts"),
                "--serve-artifacts",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--workers",
                "1",
            ],
            self.directory / "server.log",
            env=environment,
            cwd=self.directory,
        )
        return self

    def wait(self, seconds=600):
        """Returns when the server answers; raises NotStarted, with nothing left running, when it does not."""
        try:
            self.program.wait_until(self._healthy, seconds, "the MLflow server")
        except BaseException:
            self.stop()
            raise
        self._keep_empty_database()
        return self

    def stop(self):
        if self.program is not None:
            self.program.stop(grace=5.0)

    def __enter__(self):
        return self.launch().wait()

    def __exit__(self, *_):
        self.stop()

    def _healthy(self):
        try:
            with urllib.request.urlopen(self.address + "/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def api(self, path, **fields):
        """POST with fields, GET without; `path` such as "experiments/search"."""
        request = urllib.request.Request(self.address + "/api/2.0/mlflow/" + path)
        if fields:
            request.data = json.dumps(fields).encode("utf-8")
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=90) as answer:
            return json.loads(answer.read().decode("utf-8"))

    def experiment(self, name):
        """The id of the experiment of that name, made unless it is there."""
        query = urllib.parse.urlencode({"experiment_name": name})
        try:
            return self.api("experiments/get-by-name?" + query)["experiment"]["experiment_id"]
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        return self.api("experiments/create", name=name)["experiment_id"]

    def runs(self, experiment_id):
        return self.api("runs/search", experiment_ids=[experiment_id], max_results=1000).get("runs", [])
