# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Projects that bring an environment: MLflow makes it by real pyenv and uv, with packages of the index."""

import os
import pathlib
import shutil
import subprocess
import sys

import mlflow
import pytest
from frame import make_project

MAJOR = int(mlflow.__version__.split(".")[0])

# In the environment of this project there is no MLflow.
MAIN = """
import json, os, sys, urllib.request
import six
body = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": "six", "value": float(six.__version__.split(".")[1]), "timestamp": 1}
urllib.request.urlopen(urllib.request.Request(
    os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-metric", json.dumps(body).encode(),
    {"Content-Type": "application/json"}))
print("runs in", sys.prefix, "with Python", ".".join(map(str, sys.version_info[:3])), flush=True)
"""
MLPROJECT = "name: own\n%s: %s\nentry_points: {main: {command: python main.py}}\n"


def project(directory, kind, version, package="six==1.16.0"):
    files = {
        "python_env.yaml": "python: '%s'\ndependencies:\n  - %s\n" % (version, package),
        "conda.yaml": "dependencies:\n  - python=%s\n  - pip\n  - pip:\n    - %s\n" % (version, package),
    }
    field = {"python_env.yaml": "python_env", "conda.yaml": "conda_env"}[kind]
    make_project(directory, MAIN, MLPROJECT % (field, kind), {kind: files[kind]})


def other_python():
    """A Python of pyenv that is not the one of the tests."""
    if shutil.which("pyenv") is None:
        pytest.skip("NO PYENV: MLflow's env manager virtualenv is not tested")
    bare = subprocess.run(["pyenv", "versions", "--bare"], stdout=subprocess.PIPE, universal_newlines=True).stdout
    own = "%d.%d.%d" % sys.version_info[:3]
    usable = [version for version in bare.split() if version.startswith(("3.9.", "3.10.", "3.11.", "3.12.")) and version != own]
    if not usable:
        pytest.skip("NO SECOND PYTHON IN PYENV: MLflow's env manager virtualenv is not tested")
    return usable[-1]


@pytest.fixture
def uv(tmp_path):
    """A PATH with the real uv; pip's settings are the machine's own."""
    found = os.environ.get("DOLPHINML_TEST_UV") or shutil.which("uv")
    if not found:
        pytest.skip("DOLPHINML_TEST_UV names no uv, and there is none on PATH")
    if MAJOR < 3:
        pytest.skip("MLflow runs projects with uv from version 3 on")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "uv").symlink_to(found)
    return str(tmp_path / "tools") + os.pathsep + os.environ["PATH"]


@pytest.mark.skipif(MAJOR < 3, reason="the package virtualenv, which MLflow 1 and 2 start, is not in their environments")
def test_virtualenv_makes_the_environment_once_for_two_tasks_that_start_together(frame, client, tmp_path):
    version = other_python()
    project(tmp_path / "proj", "python_env.yaml", version)
    environment = {"MLFLOW_ENV_ROOT": str(tmp_path / "envs")}
    both = [frame.project("proj", envManager="virtualenv", environment=environment) for _ in range(2)]
    for run in both:
        assert run.finish().report["status"] == "success", run.log
        assert client.get_run(run.run_id).data.metrics == {"six": 16.0}
        assert "runs in %s/envs/mlflow-" % tmp_path in run.log and "with Python " + version in run.log
        assert client.get_run(run.run_id).data.tags["mlflow.project.env"] == "virtualenv"
    assert sum("Installing dependencies" in run.log for run in both) == 1
    assert len([each for each in (tmp_path / "envs").iterdir() if each.is_dir()]) == 1


def test_uv_makes_the_environment_of_a_conda_file(frame, client, tmp_path, uv):
    project(tmp_path / "proj", "conda.yaml", "%d.%d.%d" % sys.version_info[:3])
    run = frame.project("proj", envManager="uv", environment={"PATH": uv, "MLFLOW_ENV_ROOT": str(tmp_path / "envs")})
    assert run.finish().report["status"] == "success", run.log
    assert client.get_run(run.run_id).data.metrics == {"six": 16.0}
    assert "runs in %s/envs/mlflow-" % tmp_path in run.log


def test_an_environment_that_cannot_be_made_is_reported_in_the_tools_words(frame, client, tmp_path, uv):
    """And what the site has told pip holds for the uv that MLflow starts."""
    project(tmp_path / "proj", "python_env.yaml", "%d.%d.%d" % sys.version_info[:3])
    (tmp_path / "wheels").mkdir()
    run = frame.project(
        "proj",
        envManager="uv",
        environment={
            "PATH": uv,
            "MLFLOW_ENV_ROOT": str(tmp_path / "envs"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(tmp_path / "wheels"),
        },
    )
    assert run.finish().report["status"] == "failure", run.log
    assert run.last_line.startswith("mlflow.envManager: uv could not make the project's environment (")
    assert "six was not found in the provided package locations" in run.last_line
    assert client.get_run(run.run_id).info.status == "FAILED"
    assert [each for each in (tmp_path / "envs").iterdir() if each.is_dir()] == []


@pytest.fixture
def fault(tmp_path, monkeypatch):
    """fault(kind, envManager, *programs on PATH) -> the sentence, or None and what MLflow will take."""
    from mlflow.projects import utils

    from dolphinml.mlflow.project import environment_build, in_child, project_child

    fetching = utils._fetch_project
    monkeypatch.setattr(environment_build, "guard", lambda: None)
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(tmp_path / "envs"))
    for name in ("MLFLOW_CONDA_HOME", "CONDA_EXE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def prepared(kind, manager, *programs, **request):
        (tmp_path / "bin").mkdir(exist_ok=True)
        for name in programs:
            (tmp_path / "bin" / name).write_text("#!/bin/sh\nexit 1\n")
            (tmp_path / "bin" / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setattr(utils, "_fetch_project", fetching)
        if not (tmp_path / kind).exists():
            if kind == "docker":
                make_project(tmp_path / kind, mlproject=MLPROJECT % ("docker_env", "{image: none}"))
            else:
                project(tmp_path / kind, kind, "3.12.1")
        try:
            return project_child.prepare_project(dict({"repository": kind, "words": [], "envManager": manager}, **request))[0][
                "manager"
            ]
        except in_child.Fault as sentence:
            return str(sentence)

    return prepared


def test_what_the_worker_lacks_is_reported_before_a_run_is_made(fault):
    assert fault("docker", None).startswith(
        "mlflowProjectRepository: the project runs in a container (docker_env), and there is no 'docker' on"
    )
    assert fault("docker", "local", "docker") == "docker"
    assert fault("conda.yaml", None).startswith(
        "mlflow.envManager: the project's environment needs conda, which is neither on this worker's PATH nor"
        " at conda.path; install it, or use virtualenv or local"
    )
    assert fault("conda.yaml", "local") == "local"
    assert fault("python_env.yaml", "conda", "conda").startswith(
        "mlflow.envManager: conda cannot make the environment of a project with a python_env; use virtualenv"
    )
    for manager in (None, "virtualenv"):
        assert "there is no 'pyenv' on this worker's PATH; install it, or use " in fault("python_env.yaml", manager)
    if MAJOR < 2:
        assert "uv" in fault("python_env.yaml", "uv")
    elif MAJOR < 3:
        assert fault("python_env.yaml", "uv").startswith(
            "mlflow.envManager: MLflow %s cannot run projects with uv; install 3.2 or newer" % mlflow.__version__
        )
    else:
        assert "there is no 'uv' on this worker's PATH" in fault("python_env.yaml", "uv")
        assert fault("python_env.yaml", "uv", "uv") == "uv"
        assert fault("python_env.yaml", "virtualenv", "pyenv") == "virtualenv"


def test_conda_is_found_where_the_worker_has_it(fault, tmp_path):
    """A stand-in: there is no real conda here."""
    (tmp_path / "conda" / "bin").mkdir(parents=True)
    (tmp_path / "conda" / "bin" / "conda").write_text("#!/bin/sh\n")
    (tmp_path / "conda" / "bin" / "conda").chmod(0o755)
    assert fault("conda.yaml", None, condaRoot=str(tmp_path / "conda")) == "conda"
    assert os.environ["MLFLOW_CONDA_HOME"] == str(tmp_path / "conda")


def test_an_environment_that_is_there_needs_no_tool(fault, tmp_path):
    from mlflow.utils import environment, virtualenv

    fault("python_env.yaml", "local")
    described = environment._PythonEnv.from_yaml(str(tmp_path / "python_env.yaml" / "python_env.yaml"))
    name = virtualenv._get_virtualenv_name(described, pathlib.Path(tmp_path / "python_env.yaml"))
    (tmp_path / "envs" / name).mkdir(parents=True)
    assert fault("python_env.yaml", "virtualenv") == "virtualenv"


def test_no_environment_that_is_half_made_is_used(tmp_path, monkeypatch, capsys):
    from mlflow.projects.backend import local

    from dolphinml.mlflow.project import environment_build

    made = []

    def make(local_model_path, env_dir):
        made.append(os.path.isdir(env_dir))
        os.makedirs(env_dir, exist_ok=True)
        if local_model_path:
            raise local_model_path
        return "activate"

    monkeypatch.setattr(local, "_create_virtualenv", make)
    environment_build.guard()
    where = str(tmp_path / "envs" / "mlflow-1")
    with pytest.raises(KeyboardInterrupt):
        local._create_virtualenv(KeyboardInterrupt(), where)
    assert not os.path.exists(where)
    # As SIGKILL leaves it.
    os.makedirs(where)
    (tmp_path / "envs" / "mlflow-1.begun").write_text("")
    assert local._create_virtualenv(None, env_dir=where) == "activate"
    assert "was left incomplete" in capsys.readouterr().out
    assert local._create_virtualenv(None, env_dir=where) == "activate"
    assert made == [False, False, True]
