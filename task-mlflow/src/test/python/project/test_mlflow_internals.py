# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow's private names are what this release of it has them for."""

import contextlib
import inspect
import pathlib
import re
import shutil

import mlflow
import mlflow.projects
import pytest
from frame import make_project
from mlflow.projects import utils
from mlflow.projects.backend import local

from dolphinml.mlflow.project import mlflow_internals

MAJOR = int(mlflow.__version__.split(".")[0])


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project", "print('ran')")


def test_a_project_and_its_entry_points(project):
    read = mlflow_internals.load_project(str(project))
    assert list(mlflow_internals.entry_points(read)) == ["main", "strict"]


def test_files_are_fetched_once(project, monkeypatch):
    monkeypatch.setattr(utils, "_fetch_project", utils._fetch_project)
    assert mlflow_internals.fetches()
    directory = mlflow_internals.fetch_files(str(project), None)
    mlflow_internals.use_fetched(directory)
    shutil.rmtree(str(project))
    assert utils._fetch_project(uri=str(project), version=None) == directory


def test_a_clone_takes_an_address_a_version_and_a_directory():
    assert list(inspect.signature(utils._fetch_git_repo).parameters)[:3] == ["uri", "version", "dst_dir"]


def test_waiting_is_wrapped(monkeypatch):
    monkeypatch.setattr(mlflow.projects, "_wait_for", mlflow.projects._wait_for)
    waits = mlflow.projects._wait_for
    mlflow_internals.wrap_waiting(lambda wait: ("wrapped", wait))
    assert mlflow.projects._wait_for == ("wrapped", waits)


def test_builds_of_environments_are_wrapped(monkeypatch):
    built = []

    def make(local_model_path, python_env, env_dir):
        built.append(env_dir)
        return "activate"

    @contextlib.contextmanager
    def around(directory):
        built.append("before " + directory)
        yield

    assert hasattr(local, "_create_virtualenv") and "env_dir" in inspect.signature(local._create_virtualenv).parameters
    monkeypatch.setattr(local, "_create_virtualenv", make)
    mlflow_internals.wrap_environment_builds(around)
    assert local._create_virtualenv("model", "python", env_dir="/envs/one") == "activate"
    assert built == ["before /envs/one", "/envs/one"]


def test_what_makes_environments():
    assert mlflow_internals.needs_virtualenv() == (MAJOR < 3)
    assert mlflow_internals.runs_projects_with_uv() == (tuple(map(int, mlflow.__version__.split(".")[:2])) >= (3, 2))


def test_no_other_program_uses_private_names_of_mlflows_projects():
    private = re.compile(
        r"\b(utils|local|projects|virtualenv|environment|project)\._[a-z]|from mlflow[\w.]* import _[a-z]|"
        r"\"_(fetch_project|entry_points|create_virtualenv)\""
    )
    folder = pathlib.Path(mlflow_internals.__file__).parent
    assert [each.name for each in sorted(folder.glob("*.py")) if private.search(each.read_text(encoding="utf-8"))] == [
        "mlflow_internals.py"
    ]
