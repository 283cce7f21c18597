# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Builds environments with the tools of this worker."""

import os
import shutil
import subprocess
import sys
from typing import Dict, List, Optional

from dolphinml.common.optional import given
from dolphinml.environment import archive, command, indexes, pythons, tools
from dolphinml.environment.build_log import BuildLog
from dolphinml.environment.faults import EnvironmentFault
from dolphinml.environment.key import Plan
from dolphinml.environment.request import CONDA_FILE, PACKED, EnvironmentRequest


class Unusable(Exception):
    """The tool cannot build this environment here; another tool may be able to."""


class Build:
    """One build: the plan, the target directory, the tools' working directory and the log."""

    def __init__(self, settings: EnvironmentRequest, plan: Plan, prefix: str, work: str, log: BuildLog) -> None:
        self.settings = settings
        self.plan = plan
        self.prefix = prefix
        self.work = work
        self.log = log
        self.python = os.path.join(prefix, "bin", "python")

    def run(self, argv: List[str], variables: Optional[Dict[str, str]] = None, directory: Optional[str] = None) -> None:
        # A killed tool leaves its temporary files behind; here they are removed with those of the task.
        command.run_tool(argv, self.log, directory or self.work, dict({"TMPDIR": self.work}, **(variables or {})))

    def tool(self, name: str) -> str:
        return given(tools.find_builder(name, self.settings.conda_root))


def build_environment(build: Build) -> str:
    """Builds the environment and returns the name of the tool that built it."""
    if build.settings.kind == PACKED:
        return _unpack(build)
    if build.settings.kind == CONDA_FILE:
        return _build_from_conda_file(build)
    return _build_from_requirements(build)


def _unpack(build: Build) -> str:
    archive.extract_archive(build.settings.path, build.prefix, build.settings.field, build.log)
    unpack = os.path.join(build.prefix, "bin", "conda-unpack")
    if os.path.exists(unpack):
        path = os.path.join(build.prefix, "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
        build.run([build.python, unpack], {"PATH": path, "CONDA_PREFIX": build.prefix})
    return "conda-pack"


def _build_from_conda_file(build: Build) -> str:
    name = build.plan.choices[0]
    if build.settings.builder not in ("auto", name):
        build.log.line("Environment: %s cannot read a conda environment file; %s builds it" % (build.settings.builder, name))
    if build.settings.python:
        build.log.line(
            "Environment: the option environment.python is for requirements; %s says its Python itself"
            % os.path.basename(build.settings.path)
        )
    create = ["create"] if name == "micromamba" else ["env", "create"]
    # The files that it includes are relative to its directory.
    build.run(
        [build.tool(name)] + create + ["-p", build.prefix, "-f", build.settings.path],
        directory=os.path.dirname(build.settings.path),
    )
    return name


def _build_from_requirements(build: Build) -> str:
    missing = build.plan.requirements.missing(build.settings.added)
    if missing:
        build.log.line(
            "Environment: %s lacks %s, which this task needs; added"
            % (os.path.basename(build.settings.path), " and ".join(missing))
        )
    reasons = []
    for name in build.plan.choices:
        try:
            _BY_TOOL.get(name, _by_conda)(build, name, missing)
            return name
        except Unusable as reason:
            build.log.line("Environment: %s is not used: %s" % (name, reason))
            reasons.append("%s: %s" % (name, reason))
    wanted = build.settings.python
    if wanted:
        raise EnvironmentFault(
            "environment.python: Python %s is not available on this worker (%s); install it, or choose one that is"
            " there: %s" % (wanted, "; ".join(reasons), ", ".join(pythons.versions_on_path()))
        )
    raise EnvironmentFault(
        "environment.builder: no tool of this worker can build the environment (%s); install uv" % "; ".join(reasons)
    )


def _by_uv(build: Build, name: str, missing: List[str]) -> None:
    uv = build.tool("uv")
    wanted = build.settings.python
    interpreter = pythons.find_python(wanted, build.settings.conda_root)
    if interpreter is None and not command.uv_may_download():
        raise Unusable("it finds no Python %s" % wanted)
    _uv_venv(build, [uv, "venv", "-q", "--no-project", "--python", given(interpreter or wanted)])
    install = [uv, "pip", "install", "--python", build.python, "--compile-bytecode"]
    _install(build, install, missing, _uv_variables(build))


def _uv_venv(build: Build, venv: List[str]) -> None:
    """Creates a venv that contains pip, because users install packages from within a notebook."""
    try:
        build.run(venv + ["--seed", build.prefix], _uv_variables(build))
        return
    except command.ToolFailed:
        shutil.rmtree(build.prefix, ignore_errors=True)
    # The index may not have pip, or there is no index.
    build.run(venv + [build.prefix], _uv_variables(build))
    build.log.line("Environment: uv could not fetch pip; the copy that comes with Python is used")
    try:
        build.run([build.python, "-m", "ensurepip", "--default-pip"])
    except command.ToolFailed:
        build.log.line("Environment: there is no pip in it, because this Python has none of its own")


def _uv_variables(build: Build) -> Dict[str, str]:
    return indexes.for_uv(build.plan.requirements.own_index, build.work)


def _by_venv(build: Build, name: str, missing: List[str]) -> None:
    interpreter = pythons.find_python(build.settings.python, build.settings.conda_root)
    if interpreter is None:
        raise Unusable("there is no Python %s" % build.settings.python)
    check = subprocess.run(
        [interpreter, "-E", "-s", "-c", "import venv, ensurepip"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=command.tool_environment(),
    )
    if check.returncode != 0:
        raise Unusable("%s lacks venv or ensurepip, which Debian keeps in python3-venv" % interpreter)
    build.run([interpreter, "-E", "-s", "-m", "venv", "--without-pip", build.prefix])
    # Called separately, because venv hides ensurepip's error message, for example about a full disk.
    build.run([build.python, "-I", "-m", "ensurepip", "--default-pip"])
    _install(build, _pip(build), missing)


def _by_conda(build: Build, name: str, missing: List[str]) -> None:
    version = build.settings.python or "%d.%d" % sys.version_info[:2]
    build.run([build.tool(name), "create", "-p", build.prefix, "python=" + version, "pip"])
    _install(build, _pip(build), missing)


def _pip(build: Build) -> List[str]:
    return [build.python, "-m", "pip", "install", "--progress-bar", "off"]


def _install(build: Build, install: List[str], missing: List[str], variables: Optional[Dict[str, str]] = None) -> None:
    content = build.plan.requirements
    file = content.write(build.work)
    # A file with hashes does not allow lines without one, so the added distributions are installed afterwards.
    if missing and not content.hashed:
        with open(file, "a", encoding="utf-8") as stream:
            stream.write("\n".join(missing) + "\n")
    build.run(install + ["-r", file], variables)
    if missing and content.hashed:
        build.run(install + missing, variables)


_BY_TOOL = {"uv": _by_uv, "venv": _by_venv}
