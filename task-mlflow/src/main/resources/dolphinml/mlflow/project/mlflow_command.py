# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Parses and runs `mlflow run` with the installed MLflow's own code."""

import re
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

from dolphinml.mlflow.project.in_child import Fault, one_line

if TYPE_CHECKING:
    import click

_OWN_BACKENDS = ("local", "databricks", "kubernetes")

# The parameter names that MLflow can record. Before MLflow 3, the name of an undeclared parameter reaches the shell
# unquoted.
_PARAMETER_NAME = re.compile(r"[\w./:-][\w./: -]*")

_FIELDS = {"entryPoint": "mlflow.entryPoint", "version": "mlflowProjectVersion", "repository": "mlflowProjectRepository"}


def command_line(request: Dict[str, Any]) -> List[str]:
    """Returns the command line: the node's options, then what the user typed, which takes precedence over them.

    The form's version comes last and takes precedence over both, as in the stock plugin.
    """
    line = []
    for option, key in (("--entry-point", "entryPoint"), ("--env-manager", "envManager"), ("--backend", "backend")):
        if request.get(key):
            line.append("%s=%s" % (option, request[key]))
    line += request["words"]
    if request.get("version"):
        line.append("--version=" + request["version"])
    return line + ["--", request["repository"]]


def parse_options(command: "click.Command", request: Dict[str, Any]) -> Dict[str, Any]:
    """Returns the options of `mlflow run` by name; raises Fault with click's own message."""
    import click

    _check_texts(request)
    try:
        options = dict(command.make_context("mlflow run", command_line(request)).params)
    except click.ClickException as error:
        raise Fault(
            "%s: %s; write options as on the command line of mlflow run" % (_field(error), error.format_message().rstrip("."))
        )
    except click.exceptions.Exit:
        raise Fault("params: --help prints help and runs nothing; leave it out")
    except Exception as error:  # from MLflow's check of the environment manager
        raise Fault("mlflow.envManager: MLflow does not take '%s' (%s)" % (request.get("envManager"), one_line(error)))
    _check_parameter_options(options["param_list"] or ())
    if (options["version"] or "").startswith("-"):
        raise Fault("mlflowProjectVersion: '%s' is not a version; name a branch, a tag or a commit" % options["version"])
    options["backend"] = options["backend"] or "local"
    _check_backend(options["backend"])
    return options


def _check_backend(name: str) -> None:
    if name in _OWN_BACKENDS:
        return
    from mlflow.projects.backend import loader

    try:
        if loader.load_backend(name) is not None:
            return
    except Exception as error:  # a plugin may raise anything
        raise Fault(
            "mlflow.backend: '%s' cannot be loaded (%s); repair its package in the node's environment" % (name, one_line(error))
        )
    raise Fault(
        "mlflow.backend: '%s' is not a backend of this MLflow; use %s, or install the package of that backend in"
        " the node's environment" % (name, ", ".join(_OWN_BACKENDS))
    )


def _check_texts(request: Dict[str, Any]) -> None:
    for key, field in _FIELDS.items():
        if "\0" in (request.get(key) or ""):
            raise Fault("%s: it holds a NUL character; leave it out" % field)
    if any("\0" in word for word in request["words"]):
        raise Fault("params: they hold a NUL character; leave it out")


def _check_parameter_options(given: Iterable[str]) -> None:
    names = set()
    for parameter in given:
        name, equals, _ = parameter.partition("=")
        if not equals:
            raise Fault("params: -P %s has no value; write -P name=value" % parameter)
        if not _PARAMETER_NAME.fullmatch(name):
            raise Fault("params: '%s' cannot name a parameter; use letters, digits and _ - . : /" % name)
        if name in names:
            raise Fault("params: -P %s is given twice; leave one of them out" % name)
        names.add(name)


def _field(error: "click.ClickException") -> str:
    name = getattr(getattr(error, "param", None), "name", None)
    return {"env_manager": "mlflow.envManager", "backend": "mlflow.backend"}.get(str(name), "params")


def call(command: "click.Command", options: Dict[str, Any], manager: Optional[str]) -> int:
    """Runs the project and returns the exit code; raises Fault if MLflow itself gives the reason why it cannot.

    manager  the environment manager, for messages
    """
    import click
    import mlflow.projects
    from mlflow.utils.process import ShellCommandException

    run, said = mlflow.projects.run, []

    def waiting(*arguments: Any, **keywords: Any) -> Any:
        # Without waiting, the task would report success while its work still runs elsewhere.
        keywords["synchronous"] = True
        try:
            return run(*arguments, **keywords)
        except mlflow.projects.ExecutionException as error:
            said.append(one_line(error))
            raise

    mlflow.projects.run = waiting
    try:
        command.callback(**options)
    except click.ClickException as error:
        raise Fault("params: " + error.format_message())
    except SystemExit as end:
        if said and not said[0].endswith("failed"):
            raise Fault(said[0])
        if options["backend"] != "local":
            raise Fault("mlflow.backend: the work in '%s' failed; what it printed is there" % options["backend"])
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    except mlflow.exceptions.MlflowException as error:
        raise Fault(one_line(error))
    except ShellCommandException:
        raise Fault("mlflow.envManager: %s could not make the project's environment" % manager, quotes=True)
    return 0
