# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the program as the worker does: as a process of its own, in an environment with real papermill and kernels."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
ROOTS = [PROJECT / module / "src/main/resources/dolphinml" for module in ("task-ml-common", "task-jupyter")]
for root in ROOTS:
    sys.path.insert(0, str(root.parent))
sys.path.insert(0, str(PROJECT / "integration-tests/harness"))

from dsharness.processes import living, python_path, signal_all  # noqa: E402


def link_packages(folder):
    """Makes the packages of both modules those of one folder, as the worker stages them."""
    for root in ROOTS:
        for package in root.iterdir():
            if not (folder / package.name).exists():
                os.symlink(str(package), str(folder / package.name))


def cell(source, *tags):
    return {
        "cell_type": "code",
        "id": uuid.uuid4().hex[:8],
        "metadata": {"tags": list(tags)} if tags else {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def notebook_json(*cells, kernel="python3", language="python"):
    spec = {"name": kernel, "display_name": kernel, "language": language} if kernel else None
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": spec} if spec else {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class Ended:
    """What a run left: exit code, log and report."""

    def __init__(self, code, log, report):
        self.code, self.log, self.report = code, log, report
        self.lines = log.rstrip("\n").split("\n")

    @property
    def outputs(self):
        return self.report["outputs"]


class Runner:
    def __init__(self, directory):
        self.directory = directory
        self.python = os.environ.get("DOLPHINML_TEST_PYTHON", sys.executable)
        self.output = directory / "out.ipynb"
        self.run_id = uuid.uuid4().hex

    def notebook(self, *cells, name="in.ipynb", **options):
        path = self.directory / name
        path.write_text(json.dumps(notebook_json(*cells, **options)), encoding="utf-8")
        return path

    def has(self, *modules):
        """Whether the environment of the notebooks has these modules."""
        asked = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
        return subprocess.run([self.python, "-c", asked, *modules], check=False).returncode == 0

    def needs(self, *modules):
        """Skips a test whose notebooks need a module that their environment does not have."""
        if not self.has(*modules):
            pytest.skip("SKIPPED: %s has no %s" % (self.python, " or no ".join(modules)))

    @property
    def version(self):
        """(major, minor) of the Python that runs the notebooks."""
        asked = "import sys; print(*sys.version_info[:2])"
        said = subprocess.run([self.python, "-c", asked], stdout=subprocess.PIPE, check=True)
        return tuple(int(number) for number in said.stdout.split())

    def start(self, *cells, outputs=(), secrets=(), environment=None, notebook=None, constants=(), fetched=None, **request):
        """`constants` are (module, name, value) that the program has in place of its own: limits of time; `fetched` is
        {name: facts} of versions of data that were fetched for the run."""
        control = self.directory / ("control-" + uuid.uuid4().hex[:6])
        programs = control / "python" / "dolphinml"
        programs.mkdir(parents=True)
        link_packages(programs)
        if constants:
            self._change(programs / "jupyter", constants)
        path = notebook if notebook is not None else self.notebook(*cells)
        asked = {
            "input": str(path),
            "output": str(self.output),
            "parameters": {},
            "parameterTypes": "exact",
            "kernel": None,
            "engine": None,
            "executionTimeout": None,
            "startTimeout": None,
            "others": [],
            "report": "none",
            "reportHideInput": False,
            "secretParameters": [],
            "keepProcesses": False,
            "resume": True,
            "runKey": "7/train",
            "outputLimit": 65536,
        }
        task = request.pop("task", {})
        secrets_directory = request.pop("secretsDirectory", None)
        asked.update(request)
        request_file = control / "request.json"
        request_file.write_text(
            json.dumps(
                {
                    "task": dict({"name": "train"}, **task),
                    "workdir": str(self.directory),
                    "secrets": list(secrets),
                    "outputs": [{"name": name, "type": "VARCHAR"} for name in outputs],
                    "notebook": asked,
                    "secretsDirectory": secrets_directory,
                    "inputsReport": self._report_of(fetched, control) if fetched else None,
                }
            )
        )
        variables = dict(os.environ, DOLPHINML_RUN=self.run_id, PYTHONUNBUFFERED="1")
        # ipykernel leaves file descriptors alone where it sees it.
        variables.pop("PYTEST_CURRENT_TEST", None)
        variables.update(environment or {})
        if environment and "PYTHONPATH" in environment:
            variables["PYTHONPATH"] = python_path(environment["PYTHONPATH"])
        process = subprocess.Popen(
            [self.python, str(programs / "jupyter" / "run_notebook.py"), str(request_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=str(self.directory),
            env=variables,
        )
        process.report = control / "report.json"
        return process

    @staticmethod
    def _report_of(fetched, control):
        report = control / "data-report.json"
        report.write_text(json.dumps({"status": "success", "outputs": fetched}))
        return str(report)

    @staticmethod
    def _change(folder, constants):
        source = os.path.realpath(str(folder))
        folder.unlink()
        shutil.copytree(source, str(folder))
        for module, name, value in constants:
            program = folder / (module + ".py")
            text, found = re.subn("(?m)^%s = .*" % name, "%s = %r" % (name, value), program.read_text(encoding="utf-8"))
            assert found == 1
            program.write_text(text, encoding="utf-8")

    def finish(self, process, timeout=600):
        log = process.communicate(timeout=timeout)[0].decode("utf-8")
        assert glob.glob("/tmp/dolphinml-kernel-%d-*" % process.pid) == [], "the kernel's sockets are left"
        report = json.loads(process.report.read_text()) if process.report.exists() else None
        return Ended(process.returncode, log, report)

    def run(self, *cells, **request):
        return self.finish(self.start(*cells, **request))

    def written(self):
        return json.loads(self.output.read_text(encoding="utf-8"))

    def printed(self):
        """All that the cells of the output notebook have printed."""
        return "".join("".join(output.get("text", "")) for each in self.written()["cells"] for output in each.get("outputs", ()))

    @property
    def entry(self):
        """This run's marker in the environment of its processes."""
        return "DOLPHINML_RUN=" + self.run_id

    def living(self):
        """The processes that carry this run's marker."""
        return sorted(living(self.entry))


@pytest.fixture
def runner(tmp_path):
    made = Runner(tmp_path)
    yield made
    signal_all(made.living())
