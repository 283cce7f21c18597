# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Computes an environment's key from everything that determines its content."""

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Callable, List, Union, cast

from dolphinml.environment import tools
from dolphinml.environment.faults import EnvironmentFault
from dolphinml.environment.request import CONDA_FILE, PACKED, EnvironmentRequest

if TYPE_CHECKING:
    from dolphinml.environment.conda_file import CondaFile
    from dolphinml.environment.requirements import Requirements

# Increase this when environments built by older versions must no longer be used.
FORMAT = "1"

_CONDAS = ("micromamba", "mamba", "conda")


class Plan:
    """What to build: its key, the possible tools in order of preference, and the parsed file."""

    def __init__(self, key: str, choices: List[str], content: "Union[CondaFile, Requirements, None]") -> None:
        self.key = key
        self.choices = choices
        self.content = content

    @property
    def secrets(self) -> List[str]:
        return self.content.secrets if self.content else []

    @property
    def requirements(self) -> "Requirements":
        """Returns the parsed file if it is a requirements file."""
        return cast("Requirements", self.content)


def plan_environment(request: EnvironmentRequest, archive_digest: Callable[[str], str]) -> Plan:
    """Reads the task's file and returns its plan. `archive_digest(path)` returns the digest of a packed environment."""
    content: "Union[CondaFile, Requirements, None]" = None
    choices: List[str] = []
    python = None
    if request.kind == PACKED:
        lines = [archive_digest(request.path)]
    elif request.kind == CONDA_FILE:
        from dolphinml.environment import conda_file

        content = conda_file.read_conda_file(request.path, request.field)
        lines, choices = content.identity, _conda_choices(request)
    else:
        from dolphinml.environment import requirements

        content = listed = requirements.read_requirements(request.path, request.field)
        lines = listed.identity + ["added " + name for name in listed.missing(request.added)]
        choices, python = _requirements_choices(request), request.python or _own_python()
    parts = [FORMAT, request.kind, python or "", choices[0] if choices else "", _platform()] + lines
    digest = hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape"))
    return Plan(digest.hexdigest()[:20], choices, content)


def _conda_choices(request: EnvironmentRequest) -> List[str]:
    wanted = [request.builder] if request.builder in _CONDAS else list(_CONDAS)
    return _present(wanted, request, "a conda environment file needs one of them")


def _requirements_choices(request: EnvironmentRequest) -> List[str]:
    wanted = ["uv", "venv", "conda", "mamba", "micromamba"] if request.builder == "auto" else [request.builder]
    return _present(wanted, request, "requirements need one of them")


def _present(wanted: List[str], request: EnvironmentRequest, need: str) -> List[str]:
    present = [tool for tool in wanted if _is_present(tool, request)]
    if not present:
        raise EnvironmentFault(
            "environment.builder: neither PATH nor conda.path has %s on this worker, and %s; install one%s"
            % (" or ".join(wanted), need, " or set another builder" if request.builder in wanted else "")
        )
    return present


def _is_present(tool: str, request: EnvironmentRequest) -> bool:
    if tool != "venv":
        return tools.find_builder(tool, request.conda_root) is not None
    if request.builder == "venv":
        return True
    if request.python and not own_version_is(request.python):
        return tools.which("python" + ".".join(request.python.split(".")[:2])) is not None
    # Debian ships this part of Python in a separate package.
    return os.path.isdir(os.path.join(os.path.dirname(os.__file__), "ensurepip"))


def own_version_is(wanted: str) -> bool:
    """Whether the running Python has the requested version, as in 3.10 or 3.10.4."""
    parts = wanted.split(".")
    return [str(number) for number in sys.version_info[: len(parts)]] == parts


def _own_python() -> str:
    return "%s %d.%d %s" % (sys.implementation.name, sys.version_info[0], sys.version_info[1], sys.base_prefix)


def _platform() -> str:
    system = os.uname()
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        libc = None
    return "%s %s %s" % (system.sysname, system.machine, libc or "")
