# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Has the papermill command itself work out which call the node's fields and options mean."""

import inspect
import os
import re
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from dolphinml.common.masking import SecretNames
from dolphinml.jupyter import kernel_specs, papermill_internals
from dolphinml.jupyter.faults import Faults

if TYPE_CHECKING:
    from click import Context
    from nbformat import NotebookNode

# The options of the command that have a field in the form.
FORM_FIELDS = {
    "kernel": "kernel",
    "engine": "engine",
    "start_timeout": "startTimeout",
    "execution_timeout": "executionTimeout",
}

# These options print something and do not run the notebook.
_SHOWING = {"help_notebook": "--help-notebook", "version": "--version", "help": "--help"}

# The key, among the command's options, of the parameters that the options set.
TYPED_PARAMETERS = "parameters"

PATH_PARAMETERS = ("PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH")


def command_words(form: Dict[str, Any], kernel: Optional[str] = None, inject_paths: bool = True) -> List[str]:
    """Returns the command's arguments: those of the fields, then those that the user has typed."""
    words = _paths(form) + ["--inject-paths"] * inject_paths + ["--no-progress-bar"]
    for name, field in sorted(FORM_FIELDS.items()):
        value = form.get(field)
        if name == "kernel" and value is None:
            value = kernel
        if value is not None:
            words += ["--" + name.replace("_", "-"), str(value)]
    return words + list(form.get("others") or ())


def _paths(form: Dict[str, Any]) -> List[str]:
    """Returns the two paths, prefixed with ./ if they begin with a dash and would be taken for an option."""
    return ["./" + path if path.startswith("-") and path != "-" else path for path in (form["input"], form["output"])]


def check_options(form: Dict[str, Any], faults: Faults) -> Dict[str, Any]:
    """Returns the values of the options in `others` by papermill's names; what papermill would reject is a fault."""
    words = list(form.get("others") or ())
    if not words:
        return {}
    import click
    from papermill.cli import papermill

    try:
        context = papermill.make_context("papermill", _paths(form) + words)
    except click.ClickException as error:
        faults.add("others", error.format_message().rstrip("."), "write options as on papermill's command line")
        return {}
    except click.exceptions.Exit:
        context = None
    showing = _showing(context, words)
    if showing:
        faults.add("others", "%s runs no notebook" % showing, "leave it out")
        return {}
    values = dict(context.params)
    _check_against_form(context, values, form, faults)
    if values.get("cwd") and not os.path.isdir(values["cwd"]):
        faults.add("others", "--cwd %s is not a folder" % values["cwd"], "name one that exists on the worker")
    try:
        typed = keyword_arguments(form).get("parameters") or {}
        values[TYPED_PARAMETERS] = {name: value for name, value in typed.items() if name not in PATH_PARAMETERS}
    except Exception as error:  # a missing file, invalid YAML, invalid base64
        faults.add("others", "papermill does not take %s" % _refused(form, words, error), "correct the option")
    return values


def _refused(form: Dict[str, Any], words: List[str], error: Exception) -> str:
    """Returns the options and the reason; omits values if one may be secret, as with options that cannot be parsed."""
    text = " ".join(words)
    names = SecretNames(form.get("secretWords") or ())
    if any(names.matches(name) or name in (form.get("secretParameters") or ()) for name in re.findall(r"\w+", text)):
        return "its options (%s)" % type(error).__name__
    return "%s (%s: %s)" % (text, type(error).__name__, " ".join(str(error).split()))


def _showing(context: "Optional[Context]", words: List[str]) -> Optional[str]:
    if context is None:
        return next((word for word in words if word in ("--help", "-h", "--version")), "this")
    return next((option for name, option in _SHOWING.items() if context.params.get(name)), None)


def _check_against_form(context: "Context", values: Dict[str, Any], form: Dict[str, Any], faults: Faults) -> None:
    for name, field in FORM_FIELDS.items():
        if _given(context, name) and form.get(field) is not None and values.get(name) != form.get(field):
            faults.add(
                "others",
                "--%s %s and the field %s = %s contradict each other"
                % (name.replace("_", "-"), values.get(name), field, form.get(field)),
                "give one of them",
            )


def _given(context: "Context", name: str) -> bool:
    """Whether the user has typed the option; its value may still be the default."""
    if hasattr(context, "get_parameter_source"):
        return context.get_parameter_source(name).name == "COMMANDLINE"
    return context.params.get(name) != next(param for param in context.command.params if param.name == name).default


def keyword_arguments(form: Dict[str, Any], kernel: Optional[str] = None, inject_paths: bool = True) -> Dict[str, Any]:
    """Returns the arguments that the papermill command would pass to execute_notebook."""
    import papermill.cli

    passed = {}
    execute = papermill.cli.execute_notebook
    papermill.cli.execute_notebook = lambda **kwargs: passed.update(kwargs)
    try:
        papermill.cli.papermill.main(command_words(form, kernel, inject_paths), "papermill", standalone_mode=False)
    finally:
        papermill.cli.execute_notebook = execute
    # The live log shows what the cells print.
    passed["log_output"] = False
    return passed


def name_language(kernel: str, language: str) -> Dict[str, str]:
    """Makes papermill use this kernel and language for a notebook that names none or others; returns keyword arguments."""
    from papermill import execute, inspection

    load = execute.load_notebook_node
    takes_language = "language" in inspect.signature(execute.execute_notebook).parameters

    def load_named(path: str) -> "NotebookNode":
        notebook = load(path)
        metadata = notebook.metadata
        named = metadata.get("kernelspec") or {}
        used = takes_language and (metadata.get("language_info") or {}).get("name") or named.get("language")
        if used != language or not (takes_language or named.get("name")):
            from nbformat import from_dict

            metadata["kernelspec"] = from_dict(
                {
                    "name": named.get("name") or kernel,
                    "display_name": named.get("display_name") or kernel_specs.manager().get_kernel_spec(kernel).display_name,
                    "language": language,
                }
            )
        return notebook

    execute.load_notebook_node = inspection.load_notebook_node = load_named
    return {"language": language} if takes_language else {}


def with_parameters(passed: Dict[str, Any], given: Dict[str, Any], guess: bool) -> List[str]:
    """Adds the field's parameters to those of the options, which take precedence; returns the names with two values."""
    if guess:
        given = {name: papermill_internals.typed(value) if isinstance(value, str) else value for name, value in given.items()}
    typed = passed.get("parameters") or {}
    passed["parameters"] = dict(given, **typed)
    return sorted(name for name in given if name in typed and given[name] != typed[name])
