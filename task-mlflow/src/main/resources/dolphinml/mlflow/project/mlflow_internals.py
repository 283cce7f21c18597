# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Wraps the private names of mlflow.projects that this package needs; no other file of the package uses them.

test_mlflow_internals.py fails if a release of MLflow no longer has one of them.
"""

import functools
import inspect
import os
import pathlib
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Dict, Optional

if TYPE_CHECKING:
    from mlflow.projects._project_spec import EntryPoint, Project
    from mlflow.projects.submitted_run import SubmittedRun

Wait = Callable[["SubmittedRun"], Any]


def fetch_files(uri: str, version: Optional[str]) -> str:
    """Has MLflow fetch the project's files; returns their directory."""
    from mlflow.projects import utils

    return utils._fetch_project(uri, version)


def fetches() -> bool:
    """Whether MLflow fetches projects in the way that `fetch_files` and `use_fetched` rely on."""
    from mlflow.projects import utils

    return hasattr(utils, "_fetch_project")


def use_fetched(directory: str) -> None:
    """Makes MLflow use these files instead of fetching any, from now on in this process."""
    from mlflow.projects import utils

    utils._fetch_project = lambda uri, version=None: directory


def clone(uri: str, version: Optional[str], directory: str) -> None:
    """Clones the repository at that version into the directory, as MLflow does."""
    from mlflow.projects import utils

    utils._fetch_git_repo(uri, version, directory)


def load_project(directory: str) -> "Project":
    """Returns the project in the directory, as MLflow reads it."""
    from mlflow.projects import _project_spec

    return _project_spec.load_project(directory)


def entry_points(project: "Project") -> Dict[str, "EntryPoint"]:
    """Returns the declared entry points by name. MLflow's own `get_entry_point` also accepts any script."""
    return getattr(project, "_entry_points", None) or {}


def wrap_waiting(wrap: Callable[[Wait], Wait]) -> None:
    """Replaces MLflow's function that waits for submitted work with `wrap(function)`, in this process."""
    import mlflow.projects

    mlflow.projects._wait_for = wrap(mlflow.projects._wait_for)


def wrap_environment_builds(around: Callable[[str], ContextManager[None]]) -> None:
    """Runs each build of an environment inside the context manager `around(directory)`, in this process."""
    from mlflow.projects.backend import local

    make = getattr(local, "_create_virtualenv", None)
    if make is None:  # this MLflow has it elsewhere
        return

    @functools.wraps(make)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        with around(str(inspect.signature(make).bind(*arguments, **keywords).arguments["env_dir"])):
            return make(*arguments, **keywords)

    local._create_virtualenv = wrapped


def has_environment(project: "Project", directory: str) -> bool:
    """Whether MLflow has already built the project's environment and will reuse it."""
    try:
        from mlflow.utils import environment, virtualenv

        if "python_bin_path" in inspect.signature(virtualenv._create_virtualenv).parameters:
            # MLflow 1 always needs the Python from pyenv.
            return False
        if project.env_config_path is None:
            described = environment._PythonEnv()
        elif project.env_type == "conda_env":
            described = environment._PythonEnv.from_conda_yaml(project.env_config_path)
        else:
            described = environment._PythonEnv.from_yaml(project.env_config_path)
        name = virtualenv._get_virtualenv_name(described, pathlib.Path(directory))
        return os.path.isdir(os.path.join(virtualenv._get_mlflow_virtualenv_root(), name))
    except Exception:  # this MLflow has it elsewhere, or will refuse the file itself
        return False


def needs_virtualenv() -> bool:
    """Whether MLflow builds environments with the package virtualenv: 1 and 2 do, 3 uses Python's own venv."""
    from mlflow.utils import virtualenv

    return "virtualenv" in virtualenv._create_virtualenv.__code__.co_consts


def runs_projects_with_uv() -> bool:
    """Whether MLflow runs projects with uv. MLflow 2 accepts the name, but runs the project in MLflow's own environment."""
    from mlflow.projects.backend import local

    return "UV" in local.LocalBackend.run.__code__.co_names
