# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[3]
RESOURCES = [PROJECT / "task-ml-common" / "src" / "main" / "resources", PROJECT / "task-kubeflow" / "src" / "main" / "resources"]
sys.path[0:0] = [str(each) for each in RESOURCES] + [str(PROJECT / "integration-tests" / "harness")]

from dsharness import places  # noqa: E402
from dsharness.kubernetes import binaries  # noqa: E402
from dsharness.kubernetes.fixtures import cluster, namespace  # noqa: E402, F401


@pytest.fixture(scope="session")
def operator(cluster):  # noqa: F811
    """The cluster with Kubeflow's training operator."""
    cluster.start_training_operator()
    return cluster


#: In the place of a kubeconfig: the variable KUBECONFIG is not set.
NONE = object()


class Run:
    """One run of run_manifest.py as the worker starts it, on staged files."""

    def __init__(self, folder, kubeconfig):
        self.folder = folder
        self.workdir = folder / "work"
        self.control = folder / "control"
        self.private = self.control / "private"
        self.workdir.mkdir(parents=True)
        self.private.mkdir(parents=True)
        for resources in RESOURCES:
            shutil.copytree(
                str(resources / "dolphinml"),
                str(self.control / "python" / "dolphinml"),
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )
        self.environment = dict(os.environ, HOME=str(folder), KUBECONFIG=str(kubeconfig))
        if kubeconfig is NONE:
            del self.environment["KUBECONFIG"]
        self.process = None
        self.lines = []
        self.report = None

    def start(self, objects, outputs=(), secrets=(), task=None, secrets_directory=None, **settings):
        manifest = {
            "documents": [{"number": number, "lines": lines(each), "object": each} for number, each in enumerate(objects, 1)],
            "namespace": None,
            "handedKubeconfig": None,
            "kubeconfig": None,
            "kubectl": binaries.kubectl(),
            "context": None,
            "runKey": "7/train",
            "success": [],
            "failure": [],
            "sameName": "fail",
            "cleanup": "never",
            "ttl": None,
            "logs": "all",
            "logLines": 1000,
            "pollInterval": 1,
            "startTimeout": None,
            "unreachableTimeout": 60,
        }
        manifest.update(settings)
        request = {
            "task": dict(
                {
                    "type": "KUBEFLOW",
                    "name": "train",
                    "instanceId": 41,
                    "projectCode": 1,
                    "workflowCode": 2,
                    "workflowInstanceId": 7,
                    "workflowName": "daily training",
                },
                **(task or {}),
            ),
            "workdir": str(self.workdir),
            "secrets": list(secrets),
            "secretsDirectory": secrets_directory,
            "outputs": [{"name": name, "type": "VARCHAR"} for name in outputs],
            "manifest": manifest,
        }
        path = self.private / "request.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, str(self.control / "python" / "dolphinml" / "kubeflow" / "run_manifest.py"), str(path)],
            cwd=str(self.workdir),
            env=self.environment,
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
        raise AssertionError("not in the log: %s\n%s" % (text, self.text))

    def wait(self, seconds=300):
        out, _ = self.process.communicate(timeout=seconds)
        self.lines.extend(out.decode("utf-8").split("\n")[:-1])
        self.report = json.loads((self.private / "report.json").read_text(encoding="utf-8"))
        return self

    def kill(self, number=signal.SIGTERM):
        """Ends the program as the worker does, and has it undone as the worker does."""
        os.killpg(self.process.pid, number)
        out, _ = self.process.communicate(timeout=120)
        self.lines.extend(out.decode("utf-8").split("\n")[:-1])
        return self

    def undo(self):
        command = json.loads((self.private / "undo-command.json").read_text(encoding="utf-8"))
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=200,
            check=False,
            cwd=str(self.workdir),
        )
        self.lines.extend(done.stdout.splitlines())
        return self

    @property
    def text(self):
        return "\n".join(self.lines)


def lines(value, path="", line=1):
    """A line for each value, as the plugin sends them; here all values are in lines of their own."""
    found = {path: line}
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in entries:
        below = "%s[%s]" % (path, key) if isinstance(value, list) else ("%s.%s" % (path, key)).lstrip(".")
        found.update(lines(each, below, max(found.values()) + 1))
    return found


@pytest.fixture
def runs(tmp_path, cluster, namespace):  # noqa: F811
    """Gives a function that starts a run with these objects; they are in the test's namespace if they name none."""
    started = []

    def run(objects, kubeconfig=None, **more):
        made = Run(tmp_path / ("run%d" % len(started)), kubeconfig or cluster.kubeconfig(namespace=namespace))
        started.append(made)
        return made.start(objects, **more)

    yield run
    for each in started:
        if each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGKILL)
            each.process.communicate()


@pytest.fixture(scope="session")
def scratch():
    return places.WORK / "kubeflow"
