# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the programs that build environments. Starts no process, because this runs before every task."""

import os
from typing import Iterator, Optional


def which(name: str, path: Optional[str] = None) -> Optional[str]:
    """Returns the absolute path of an executable on PATH, or None."""
    return next(everywhere(name, path), None)


def everywhere(name: str, path: Optional[str] = None) -> Iterator[str]:
    """Yields each executable of that name on PATH, in order."""
    for directory in (os.environ.get("PATH", os.defpath) if path is None else path).split(os.pathsep):
        candidate = os.path.join(directory, name)
        if directory and os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            yield os.path.abspath(candidate)


def find_builder(tool: str, conda_root: Optional[str]) -> Optional[str]:
    """Returns the path of uv, conda, mamba or micromamba, or None. A conda installation need not be on PATH."""
    found = which(tool)
    if not found and tool == "micromamba":
        named = os.environ.get("MAMBA_EXE") or ""
        found = named if os.path.basename(named) == tool and os.access(named, os.X_OK) else None
    if not found and conda_root and tool != "uv":
        found = which(tool, os.pathsep.join(os.path.join(conda_root, part) for part in ("bin", "condabin")))
    return found
