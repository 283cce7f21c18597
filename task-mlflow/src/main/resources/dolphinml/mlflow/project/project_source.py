# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Fetches a project's files once, and checks them before a run is created."""

import os
import re
import tempfile
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional
from urllib.parse import quote, unquote, urlsplit

from dolphinml.mlflow.project import mlflow_internals
from dolphinml.mlflow.project.in_child import Fault, one_line

if TYPE_CHECKING:
    from dolphinml.mlflow.project.mlflow_internals import EntryPoint, Project

FIELD = "mlflowProjectRepository"

# A version that may be only a client's default.
OF_CLIENTS = "master"

# What git itself treats as a remote address: a scheme, or host:path.
_REMOTE = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://|[^/\s]+@?[^/\s]*:)")
_FILE = re.compile(r"^file:(//[^/]*)?", re.I)
_SCRIPTS = (".py", ".sh", ".R")
_WORD_OF_GIT = re.compile(r"^(?:fatal|error|remote|ERROR): .*", re.M)
_QUOTED = re.compile(r"\s*stderr: '(.*)'\s*", re.S)
_NOT_LET_IN = re.compile(r"Authentication failed|could not read (Username|Password)|HTTP Basic: Access denied|error: 403")


class Source:
    """A project's files.

    `directory` holds them; `tags` are the tags of the run that MLflow would get wrong, `notes` are lines for the log.
    """

    def __init__(self, directory: str, tags: Dict[str, str], notes: List[str]) -> None:
        self.directory = directory
        self.tags = tags
        self.notes = notes


def why_no_version(uri: str, version: str) -> Optional[str]:
    """Returns why a directory of this worker is used as it is, whatever version the node requests; None if it is not."""
    local = _local(uri.partition("#")[0])
    if not os.path.isdir(local) or _is_bare(local):
        return None
    if not _is_work_tree(local):
        return "%s is not a git repository" % uri
    if version == OF_CLIENTS:
        return (
            "pydolphinscheduler sends it by default, so the files of %s are taken as they are; with"
            " -v %s in params the version does" % (uri, version)
        )
    return None


def fetch_source(uri: str, version: Optional[str]) -> Optional[Source]:
    """Fetches the project's files and makes MLflow use them, so that it does not fetch them again.

    Returns None if this MLflow fetches projects in a different way. Raises Fault if they cannot be fetched.
    """
    path, _, subdirectory = uri.partition("#")
    repository = _repository(path, version)
    if repository is None and not _REMOTE.match(path):
        _check_directory(path, subdirectory)
    if not mlflow_internals.fetches():
        return None
    os.environ.setdefault("GIT_TERMINAL_PROMPT", "0")
    try:
        directory = _cloned(repository, subdirectory, version) if repository else mlflow_internals.fetch_files(uri, version)
    except Exception as error:
        raise _unfetched(uri, error)
    finally:
        # Nothing after this needs the password.
        os.environ.pop("DOLPHINML_GIT_PASSWORD", None)
    mlflow_internals.use_fetched(directory)
    if repository is None:
        return Source(directory, {}, [])
    committed = (
        []
        if _is_bare(repository)
        else ["The project is version %s of %s; changes that are not committed there are not used" % (version, repository)]
    )
    return Source(directory, {"mlflow.source.name": uri}, committed)


def _repository(path: str, version: Optional[str]) -> Optional[str]:
    """Returns the directory of a local repository that must be cloned, else None.

    These are bare repositories, which MLflow would take for the project itself, and, if the node requests a version, work
    trees, in which MLflow would check that version out.
    """
    local = _local(path)
    cloned = _is_bare(local) or (version and _is_work_tree(local))
    return os.path.abspath(local) if cloned else None


def _local(path: str) -> str:
    return unquote(_FILE.sub("", path)) if _FILE.match(path) else path


def _is_bare(directory: str) -> bool:
    return os.path.isfile(os.path.join(directory, "HEAD")) and os.path.isdir(os.path.join(directory, "objects"))


def _is_work_tree(directory: str) -> bool:
    return os.path.exists(os.path.join(directory, ".git"))


def _cloned(repository: str, subdirectory: str, version: Optional[str]) -> str:
    directory = tempfile.mkdtemp()
    mlflow_internals.clone("file://" + quote(repository), version, directory)
    return os.path.join(directory, subdirectory)


def _unfetched(uri: str, error: BaseException) -> Fault:
    said = _git_said(error)
    help_with = (
        "; give a user and a token that may read it, as in https://user:token@host/path" if _NOT_LET_IN.search(said) else ""
    )
    return Fault("%s: '%s' cannot be fetched (%s)%s" % (FIELD, uri, said, help_with))


def _git_said(error: BaseException) -> str:
    """Returns git's own message if git failed, else the error's text."""
    cause: Optional[BaseException] = error
    while cause is not None:
        text = str(getattr(cause, "stderr", None) or "")
        found = _WORD_OF_GIT.findall(_QUOTED.sub(r"\1", text))
        if found:
            return " ".join(" ".join(found).split())
        cause = cause.__cause__ or cause.__context__
    return one_line(error)


def _check_directory(path: str, subdirectory: str) -> None:
    full = os.path.abspath(path)
    if not os.path.exists(full):
        raise Fault(
            "%s: there is no directory '%s' on this worker; give the address of a git repository, a resource"
            " of the task or an absolute path" % (FIELD, full)
        )
    if subdirectory and not os.path.isdir(os.path.join(full, subdirectory)):
        raise Fault("%s: '%s' has no directory '%s'" % (FIELD, full, subdirectory))


def check_project(
    source: Optional[Source], options: Dict[str, Any], offers: Iterable[Dict[str, str]] = ()
) -> "Optional[Project]":
    """Returns the project as MLflow reads it; raises Fault for what MLflow would refuse only after the run has begun.

    source  if it is None, nothing is checked and the project is None
    offers  parameters that are added to the options if the project declares them
    """
    if source is None:
        return None
    directory = source.directory
    entry_point = options["entry_point"]
    if not os.path.isdir(directory):
        raise Fault("%s: '%s' has no directory '%s'" % (FIELD, options["uri"], os.path.basename(directory)))
    script = entry_point.endswith(_SCRIPTS)
    if not any(name.lower() == "mlproject" for name in os.listdir(directory)) and not script:
        raise Fault(
            "%s: '%s' has no file MLproject; add one, or name a script of it in mlflow.entryPoint" % (FIELD, options["uri"])
        )
    try:
        project = mlflow_internals.load_project(directory)
    except Exception as error:
        raise Fault("%s: its MLproject cannot be read (%s)" % (FIELD, one_line(error)))
    _check_entry_point(project, directory, entry_point, script)
    _pass_offered_parameters(project, source, options, offers)
    _check_declared_parameters(project, entry_point, options["param_list"] or ())
    return project


def _check_entry_point(project: "Project", directory: str, entry_point: str, script: bool) -> None:
    if getattr(project, "databricks_spark_job_spec", None):
        return
    known = sorted(mlflow_internals.entry_points(project))
    if entry_point in known or (script and os.path.isfile(os.path.join(directory, entry_point))):
        return
    raise Fault(
        "mlflow.entryPoint: '%s' is not an entry point of the project; %s"
        % (entry_point, "use one of " + ", ".join(known) if known else "it has none; name a script of it")
    )


def _pass_offered_parameters(
    project: "Project", source: Source, options: Dict[str, Any], offers: Iterable[Dict[str, str]]
) -> None:
    declared = getattr(mlflow_internals.entry_points(project).get(options["entry_point"]), "parameters", {})
    for offer in offers:
        if offer["name"] in declared:
            options["param_list"] = tuple(options["param_list"] or ()) + ("%s=%s" % (offer["name"], offer["value"]),)
        else:
            source.notes.append(
                "WARNING %s = %s has no effect: the preset's project declares no parameter '%s'"
                % (offer["option"], offer["value"], offer["name"])
            )


def _check_declared_parameters(project: "Project", entry_point: str, given: Iterable[str]) -> None:
    parameters = dict(parameter.split("=", 1) for parameter in given)
    try:
        checked = project.get_entry_point(entry_point)
        if checked is not None:
            check_undeclared(checked, parameters)
            checked._validate_parameters(parameters)
            _check_values(checked, parameters)
    except Fault:
        raise
    except AttributeError:  # this MLflow has it elsewhere, and checks by itself
        return
    except Exception as error:
        raise Fault("params: %s; add -P name=value" % one_line(error))


def _check_values(entry_point: "EntryPoint", given: Dict[str, str]) -> None:
    """Raises Fault for a path that does not exist and for a URI without a scheme, as MLflow would when it builds the command."""
    for name, parameter in entry_point.parameters.items():
        value = given.get(name, parameter.default)
        if value is None:
            continue
        value = str(value)
        local = _local(value)
        scheme = urlsplit(value).scheme
        if parameter.type == "path" and scheme in ("", "file") and not os.path.exists(local):
            raise Fault(
                "params: the parameter '%s' is a path, and there is no '%s' on this worker; give the path of a file"
                " or directory, absolute or in the task's directory" % (name, os.path.abspath(local))
            )
        if parameter.type == "uri" and not scheme:
            raise Fault(
                "params: the parameter '%s' is an address, and '%s' is not one; give one with its scheme, as in"
                " file:///data" % (name, value)
            )


def check_undeclared(entry_point: "EntryPoint", parameters: Dict[str, str]) -> None:
    """Raises Fault for an undeclared parameter with a space in its name.

    MLflow appends undeclared parameters to the command; before MLflow 3, a space in the name splits the argument.
    """
    for name in parameters:
        if " " in name and name not in entry_point.parameters:
            raise Fault("params: the project declares no parameter '%s'; declare it, or use a name without blanks" % name)
