# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds a Python of the requested version."""

import os
import re
import subprocess
import sys
from typing import Iterator, List, Optional, Set

from dolphinml.environment import command, tools
from dolphinml.environment.key import own_version_is

_PROGRAM = "import sys; print('.'.join(map(str, sys.version_info[:3])))"


def version_of(python: str) -> Optional[str]:
    """Returns the version of an interpreter, as in 3.10.4, or None if it does not run (such as a dangling shim)."""
    try:
        done = subprocess.run(
            [python, "-E", "-s", "-c", _PROGRAM],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            env=command.tool_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = done.stdout.decode("ascii", "replace").strip()
    return version if done.returncode == 0 and re.match(r"\d+\.\d+\.\d+$", version) else None


def find_python(wanted: Optional[str], conda_root: Optional[str]) -> Optional[str]:
    """Returns the path of an interpreter of the version `wanted` (None: the running one), or None if there is none."""
    if wanted is None or own_version_is(wanted):
        return sys.executable
    short = ".".join(wanted.split(".")[:2])
    for candidate in _candidates(short, conda_root):
        version = version_of(candidate)
        if version and (version + ".").startswith(wanted + "."):
            return candidate
    return None


def _candidates(short: str, conda_root: Optional[str]) -> Iterator[str]:
    for candidate in tools.everywhere("python" + short):
        yield candidate
    uv = tools.which("uv")
    if uv:
        found = subprocess.run(
            [uv, "python", "find", "--no-python-downloads", "--no-project", short],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=command.tool_environment(),
        )
        if found.returncode == 0:
            yield found.stdout.decode("utf-8", "replace").strip()
    if conda_root:
        yield os.path.join(conda_root, "bin", "python" + short)


def versions_on_path() -> List[str]:
    """Returns the versions of the interpreters on PATH, for messages."""
    names: Set[str] = set()
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            names.update(name for name in os.listdir(directory or ".") if re.match(r"python3\.\d+$", name))
        except OSError:
            continue
    versions = [version_of(path) for path in map(tools.which, names) if path]
    return sorted(
        {version for version in versions if version} | {"%d.%d.%d" % sys.version_info[:3]},
        key=lambda version: [int(part) for part in version.split(".")],
    )
