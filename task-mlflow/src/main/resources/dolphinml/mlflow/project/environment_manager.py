# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses how MLflow gets a project's environment, and checks that this worker has the tools for it."""

import importlib.util
import os
import shutil
from typing import TYPE_CHECKING, Optional

from dolphinml.mlflow.project import mlflow_internals
from dolphinml.mlflow.project.in_child import Fault

if TYPE_CHECKING:
    from dolphinml.mlflow.project.mlflow_internals import Project

DOCKER, CONDA, VIRTUALENV, UV, LOCAL = "docker", "conda", "virtualenv", "uv", "local"


def choose_manager(project: "Project", directory: str, requested: Optional[str], conda_root: Optional[str]) -> str:
    """Returns MLflow's name of the manager that it will use; raises Fault if the worker lacks a tool for it.

    project     the project as MLflow has read it from `directory`
    requested   the manager that the node requests, or None
    conda_root  the directory of the worker's conda, from conda.path, or None
    """
    manager = _manager_of(project, requested)
    if manager == DOCKER and shutil.which("docker") is None:
        raise Fault(
            "mlflowProjectRepository: the project runs in a container (docker_env), and there is no 'docker' on"
            " this worker's PATH; install Docker, or run the node on a worker that has it"
        )
    if manager == CONDA:
        _check_conda(project, conda_root)
    elif manager == VIRTUALENV and not mlflow_internals.has_environment(project, directory):
        _check_virtualenv()
    elif manager == UV:
        _check_uv()
    return manager


def _manager_of(project: "Project", requested: Optional[str]) -> str:
    """Returns the manager that MLflow chooses by its own rule."""
    if project.docker_env:
        return DOCKER
    if requested:
        return requested
    return CONDA if project.env_type == "conda_env" else VIRTUALENV


def _check_conda(project: "Project", conda_root: Optional[str]) -> None:
    from mlflow.utils.conda import get_conda_bin_executable

    if project.env_type == "python_env" and project.env_config_path:
        raise Fault(
            "mlflow.envManager: conda cannot make the environment of a project with a python_env; use virtualenv or local"
        )
    if shutil.which(get_conda_bin_executable("conda")):
        return
    if conda_root and os.access(os.path.join(conda_root, "bin", "conda"), os.X_OK):
        # MLflow finds conda through this variable.
        os.environ["MLFLOW_CONDA_HOME"] = conda_root
        return
    raise Fault(
        "mlflow.envManager: the project's environment needs conda, which is neither on this worker's"
        " PATH nor at conda.path; install it, or use virtualenv or local"
    )


def _check_virtualenv() -> None:
    if shutil.which("pyenv") is None:
        raise Fault(
            "mlflow.envManager: the project's environment needs virtualenv, for which MLflow uses"
            " the Python from pyenv, and there is no 'pyenv' on this worker's PATH; install it, or use %slocal"
            % ("uv or " if mlflow_internals.runs_projects_with_uv() else "")
        )
    # MLflow starts it as a program or as a module.
    has_virtualenv = shutil.which("virtualenv") is not None or importlib.util.find_spec("virtualenv") is not None
    if mlflow_internals.needs_virtualenv() and not has_virtualenv:
        raise Fault(
            "mlflow.envManager: this MLflow needs the package 'virtualenv'; install it in the node's environment, or use local"
        )


def _check_uv() -> None:
    import mlflow

    if not mlflow_internals.runs_projects_with_uv():
        raise Fault(
            "mlflow.envManager: MLflow %s cannot run projects with uv; install 3.2 or newer in the node's"
            " environment, or use virtualenv or local" % mlflow.__version__
        )
    if shutil.which("uv") is None:
        raise Fault(
            "mlflow.envManager: the project's environment needs uv, and there is no 'uv' on this"
            " worker's PATH or in the node's environment; install it, or use virtualenv or local"
        )
