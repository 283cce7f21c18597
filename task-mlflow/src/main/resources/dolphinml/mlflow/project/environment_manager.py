# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How MLflow is to get a project's environment, and whether this worker has what that takes."""

import importlib.util
import inspect
import os
import pathlib
import shutil

from dolphinml.mlflow.project.in_child import Fault

DOCKER, CONDA, VIRTUALENV, UV, LOCAL = "docker", "conda", "virtualenv", "uv", "local"


def check(project, directory, requested, conda_root):
    """The manager that MLflow will take, by its word; raises Fault where the worker lacks something for it.

    project     as MLflow has read it from `directory`
    requested   what the node says, or None
    conda_root  where the worker's conda is, by conda.path; or None
    """
    manager = _chosen(project, requested)
    if manager == DOCKER and shutil.which("docker") is None:
        raise Fault("mlflowProjectRepository: the project runs in a container (docker_env), and there is no 'docker' on"
                    " this worker's PATH; install Docker, or run the node on a worker that has it")
    if manager == CONDA:
        _check_conda(project, conda_root)
    elif manager == VIRTUALENV and not _is_made(project, directory):
        _check_virtualenv()
    elif manager == UV:
        _check_uv()
    return manager


def _chosen(project, requested):
    """MLflow's own rule."""
    if project.docker_env:
        return DOCKER
    if requested:
        return requested
    return CONDA if project.env_type == "conda_env" else VIRTUALENV


def _check_conda(project, conda_root):
    from mlflow.utils.conda import get_conda_bin_executable

    if project.env_type == "python_env" and project.env_config_path:
        raise Fault("mlflow.envManager: conda cannot make the environment of a project with a python_env; use"
                    " virtualenv or local")
    if shutil.which(get_conda_bin_executable("conda")):
        return
    if conda_root and os.access(os.path.join(conda_root, "bin", "conda"), os.X_OK):
        # By which MLflow finds it.
        os.environ["MLFLOW_CONDA_HOME"] = conda_root
        return
    raise Fault("mlflow.envManager: the project's environment is to be made by conda, which this worker has neither on"
                " PATH nor at conda.path; install it, or use virtualenv or local")


def _is_made(project, directory):
    """Whether MLflow has made the environment before, and takes it as it is."""
    try:
        from mlflow.utils import environment, virtualenv

        if "python_bin_path" in inspect.signature(virtualenv._create_virtualenv).parameters:
            # MLflow 1 takes the Python from pyenv in any case.
            return False
        if project.env_config_path is None:
            described = environment._PythonEnv()
        elif project.env_type == "conda_env":
            described = environment._PythonEnv.from_conda_yaml(project.env_config_path)
        else:
            described = environment._PythonEnv.from_yaml(project.env_config_path)
        name = virtualenv._get_virtualenv_name(described, pathlib.Path(directory))
        return os.path.isdir(os.path.join(virtualenv._get_mlflow_virtualenv_root(), name))
    except Exception:  # an MLflow that has it elsewhere, or a file that MLflow will refuse itself
        return False


def _check_virtualenv():
    from mlflow.utils import virtualenv

    if shutil.which("pyenv") is None:
        raise Fault("mlflow.envManager: the project's environment is to be made by virtualenv, for which MLflow takes"
                    " the Python from pyenv, and there is no 'pyenv' on this worker's PATH; install it, or use %slocal"
                    % ("uv or " if _runs_projects_with_uv() else ""))
    # MLflow 1 and 2 start it as a program or a module; MLflow 3 takes Python's own venv.
    needed = "virtualenv" in virtualenv._create_virtualenv.__code__.co_consts
    if needed and shutil.which("virtualenv") is None and importlib.util.find_spec("virtualenv") is None:
        raise Fault("mlflow.envManager: this MLflow needs the package 'virtualenv'; install it in the node's"
                    " environment, or use local")


def _runs_projects_with_uv():
    """MLflow 2 knows the word, and runs the project in its own environment anyway."""
    from mlflow.projects.backend import local

    return "UV" in local.LocalBackend.run.__code__.co_names


def _check_uv():
    import mlflow

    if not _runs_projects_with_uv():
        raise Fault("mlflow.envManager: MLflow %s cannot run projects with uv; install 3.2 or newer in the node's"
                    " environment, or use virtualenv or local" % mlflow.__version__)
    if shutil.which("uv") is None:
        raise Fault("mlflow.envManager: the project's environment is to be made by uv, and there is no 'uv' on this"
                    " worker's PATH or in the node's environment; install it, or use virtualenv or local")
