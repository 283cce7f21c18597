# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses the environment of a preset: the node's own if it has all modules that the training imports, else one built once.

The program that builds environments replaces this one by exec, and restarts it when the environment is ready.
"""

import json
import os
import sys
from typing import Any, Dict, List, NoReturn, Optional, Tuple

PREPARED = "DOLPHINML_PREPARED"

# Build constraints for packages installed from source: for pip before 25.3, pip since then, and uv.
BUILD_FILE = "preset-build-constraints.txt"
BUILD_CONSTRAINTS = ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "UV_BUILD_CONSTRAINT")


def enter(argv: List[str], request: Dict[str, Any], server_version: Optional[str]) -> None:
    """Returns if the training can continue in this process's environment; otherwise replaces this process."""
    preset = request["project"].get("preset")
    if not preset:
        return
    if PREPARED in os.environ:
        _continue_in(os.environ.pop(PREPARED).partition(":")[2], argv)
    missing, requirements, build_constraints = _lacking(preset, server_version)
    if missing:
        _continue_in_built(argv, request["project"]["presetEnvironment"], missing, requirements, build_constraints)


def _lacking(preset: Dict[str, Any], server_version: Optional[str]) -> Tuple[List[str], List[str], List[str]]:
    from dolphinml.mlflow.preset import packages

    try:
        missing = packages.missing_modules(preset)
        return (missing, packages.requirements(preset, server_version) if missing else [], packages.build_constraints(preset))
    except Exception:
        # The request is invalid; ProjectRun.check reports it.
        return [], [], []


def _continue_in(prefix: str, argv: List[str]) -> NoReturn:
    """Replaces this process with the same program in the environment at `prefix`."""
    python = os.path.join(prefix, "bin", "python")
    os.environ["PATH"] = os.path.join(prefix, "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
    os.environ["VIRTUAL_ENV"] = prefix
    os.environ["DOLPHINML_PRESET_PREFIX"] = prefix
    os.environ.pop("PYTHONHOME", None)
    for name in BUILD_CONSTRAINTS:
        if os.environ.get(name, "").endswith(BUILD_FILE):
            del os.environ[name]
    os.execv(python, [python] + argv)


def _continue_in_built(
    argv: List[str], request: Dict[str, Any], missing: List[str], requirements: List[str], build_constraints: List[str]
) -> None:
    built = os.environ.get("DOLPHINML_PRESET_PREFIX")
    if built and os.path.realpath(sys.prefix) == os.path.realpath(built):
        # Rebuilding it would not help; the training reports what it cannot import.
        return
    private = os.path.dirname(os.path.abspath(argv[1]))
    listed = os.path.join(private, "preset-requirements.txt")
    _write_private_file(listed, "\n".join(requirements) + "\n")
    if build_constraints:
        constraints = os.path.join(private, BUILD_FILE)
        _write_private_file(constraints, "\n".join(build_constraints) + "\n")
        for name in BUILD_CONSTRAINTS:
            # The operator's constraints take precedence.
            os.environ.setdefault(name, constraints)
    ordered = os.path.join(private, "preset-environment.json")
    _write_private_file(ordered, json.dumps(dict(request, source=listed)))
    print(
        "The environment of %s lacks %s: the preset runs in one that is built once and kept"
        % (sys.executable, ", ".join(missing)),
        flush=True,
    )
    python_root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    builder = os.path.join(python_root, "dolphinml", "environment", "prepare_environment.py")
    os.execv(sys.executable, [sys.executable, "-E", "-s", builder, ordered, sys.executable] + argv)


def _write_private_file(path: str, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
