"""A project's files: fetched once, and looked through before a run is made."""

import os
import re

from dolphinml.mlflow.project.in_child import Fault, one_line

FIELD = "mlflowProjectRepository"

# What git itself takes for an address: a scheme, or host:path.
_REMOTE = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://|[^/\s]+@?[^/\s]*:)")
_SCRIPTS = (".py", ".sh", ".R")


class CheckedProject:
    """`lacks_environment`: nothing says in which environment it is to run."""

    def __init__(self, lacks_environment):
        self.lacks_environment = lacks_environment


def fetch(uri, version):
    """The directory with the project's files; MLflow will take the same and fetch no second time."""
    from mlflow.projects import utils

    path, _, subdirectory = uri.partition("#")
    if not _REMOTE.match(path):
        _check_directory(path, subdirectory)
    fetching = getattr(utils, "_fetch_project", None)
    if fetching is None:  # an MLflow that does it in another way fetches and checks by itself
        return None
    os.environ.setdefault("GIT_TERMINAL_PROMPT", "0")
    try:
        directory = fetching(uri, version)
    except Exception as error:
        raise Fault("%s: '%s' cannot be fetched (%s)" % (FIELD, uri, one_line(error)))
    utils._fetch_project = lambda uri, version=None: directory
    return directory


def _check_directory(path, subdirectory):
    full = os.path.abspath(path)
    if not os.path.exists(full):
        raise Fault("%s: there is no directory '%s' on this worker; give the address of a git repository, a resource"
                    " of the task or an absolute path" % (FIELD, full))
    if subdirectory and not os.path.isdir(os.path.join(full, subdirectory)):
        raise Fault("%s: '%s' has no directory '%s'" % (FIELD, full, subdirectory))


def check(directory, options):
    """Finds what MLflow would find after the run has begun."""
    if directory is None:
        return CheckedProject(False)
    from mlflow.projects import _project_spec

    entry_point = options["entry_point"]
    if not os.path.isdir(directory):
        raise Fault("%s: '%s' has no directory '%s'" % (FIELD, options["uri"], os.path.basename(directory)))
    script = entry_point.endswith(_SCRIPTS)
    if not any(name.lower() == "mlproject" for name in os.listdir(directory)) and not script:
        raise Fault("%s: '%s' has no file MLproject; add one, or name a script of it in mlflow.entryPoint"
                    % (FIELD, options["uri"]))
    try:
        project = _project_spec.load_project(directory)
    except Exception as error:
        raise Fault("%s: its MLproject cannot be read (%s)" % (FIELD, one_line(error)))
    _check_entry_point(project, directory, entry_point, script)
    _check_parameters(project, entry_point, options["param_list"] or ())
    return CheckedProject(not _environment_file(project) and not getattr(project, "docker_env", None))


def _environment_file(project):
    # The name of MLflow 2 and later, then that of MLflow 1.
    return getattr(project, "env_config_path", None) or getattr(project, "conda_env_path", None)


def _check_entry_point(project, directory, entry_point, script):
    if getattr(project, "databricks_spark_job_spec", None):
        return
    known = sorted(getattr(project, "_entry_points", None) or ())
    if entry_point in known or (script and os.path.isfile(os.path.join(directory, entry_point))):
        return
    raise Fault("mlflow.entryPoint: '%s' is no entry point of the project; %s" % (
        entry_point, "use one of " + ", ".join(known) if known else "it has none; name a script of it"))


def _check_parameters(project, entry_point, given):
    try:
        checked = project.get_entry_point(entry_point)
        if checked is not None:
            checked._validate_parameters(dict(parameter.split("=", 1) for parameter in given))
    except AttributeError:  # an MLflow that keeps this elsewhere checks it by itself
        return
    except Exception as error:
        raise Fault("params: %s; add -P name=value" % one_line(error))
