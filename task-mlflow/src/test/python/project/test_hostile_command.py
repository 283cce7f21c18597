# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in all that a project's node hands to `mlflow run`, and on through MLflow's shell to the project.

`DOLPHINML_FUZZ_CASES=10000` runs more of it.
"""

import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[5] / "task-ml-common/src/test/python"))

from hostile import Recorder, cases, is_refusal, nothing_else_ran  # noqa: E402

FIELDS = ("params", "mlflow.entryPoint", "mlflow.envManager", "mlflow.backend", "mlflowProjectVersion", "mlflowProjectRepository")

#: Declared by the project; others are appended to its command.
DECLARED = ("alpha", "learning rate")


def drawn(texts):
    """A command of a request, and the parameters in it."""
    names = list(DECLARED[: texts.random.randint(0, 2)]) + [texts.maybe("more") for _ in range(texts.random.randint(0, 2))]
    parameters = [(name, texts.text()) for name in names]
    words = [word for pair in parameters for word in texts.random.choice((["-P", "%s=%s" % pair], ["-P%s=%s" % pair]))]
    command = {"repository": "/projects/" + texts.maybe("one"), "words": words}
    for key, usual in (("entryPoint", "main"), ("version", "v1"), ("backend", "local"), ("envManager", "local")):
        if texts.random.randrange(2):
            command[key] = texts.maybe(usual, of=6)
    # The first equals sign ends the name.
    return command, dict(("%s=%s" % pair).split("=", 1) for pair in parameters)


@pytest.fixture
def recorded(monkeypatch):
    """What reaches MLflow's `projects.run`: {name: value}; to be called before each case."""
    projects = pytest.importorskip("mlflow.projects", reason="needs an environment with MLflow")
    seen = {}

    def run(uri, entry_point="main", version=None, **more):
        seen.update(more, uri=uri, entry_point=entry_point, version=version)

    def forget():
        # Our program replaces it for the one run of its process.
        monkeypatch.setattr(projects, "run", run)
        seen.clear()
        return seen

    return forget


def test_the_command_of_a_project(recorded, tmp_path):
    import mlflow.cli

    from dolphinml.mlflow.project import mlflow_command
    from dolphinml.mlflow.project.in_child import Fault

    arrived = refused = 0
    recorder = Recorder(tmp_path, "recorder")
    with nothing_else_ran(tmp_path):
        for texts in cases("mlflow run"):
            seen = recorded()
            command, parameters = drawn(texts)
            try:
                code = mlflow_command.call(mlflow.cli.run, mlflow_command.parse_options(mlflow.cli.run, command), "local")
            except Fault as fault:
                assert is_refusal(str(fault), FIELDS), str(fault)
                refused += 1
                continue
            assert code == 0
            assert seen["parameters"] == parameters
            assert seen["uri"] == command["repository"]
            assert seen["entry_point"] == (command.get("entryPoint") or "main")
            assert seen["version"] == (command.get("version") or None)
            assert seen["backend"] == (command.get("backend") or "local")
            assert seen["env_manager"] == (command.get("envManager") or None)
            check_shell(seen["parameters"], recorder, tmp_path)
            arrived += 1
    print("%d cases arrived, %d were refused" % (arrived, refused))
    assert arrived > refused / 4


def check_shell(parameters, recorder, directory):
    """MLflow makes one text of the project's command and has bash run it, as its local backend does."""
    from mlflow.projects import _project_spec

    from dolphinml.mlflow.project import project_source
    from dolphinml.mlflow.project.in_child import Fault

    declared = {name: "string" for name in DECLARED if name in parameters}
    line = "recorder " + " ".join("{%s}" % name for name in declared)
    entry = _project_spec.EntryPoint("main", declared, line)
    try:
        project_source.check_undeclared(entry, parameters)
    except Fault as fault:
        assert is_refusal(str(fault), FIELDS), str(fault)
        return
    done = subprocess.run(
        ["bash", "-c", entry.compute_command(parameters, None)],
        cwd=str(directory),
        env={"PATH": str(directory) + ":" + os.environ["PATH"]},
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0, done.stderr
    expected = [parameters[name] for name in declared]
    for name, value in parameters.items():
        if name not in declared:
            expected += ["--" + name, value]
    assert recorder.starts() == [expected]
