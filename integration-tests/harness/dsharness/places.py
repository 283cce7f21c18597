# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Where things are: the project, what is kept between runs, what one run makes."""

import contextlib
import fcntl
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]

#: What one run makes (databases, logs, notebooks); git ignores it.
WORK = PROJECT / ".work"


def cache():
    """The directory of downloads and venvs, shared by all clones on this machine.

    DOLPHINML_CACHE, else $XDG_CACHE_HOME/dolphinml, else ~/.cache/dolphinml, else .work/cache where that is read-only.
    """
    chosen = os.environ.get("DOLPHINML_CACHE")
    if chosen:
        directory = Path(chosen)
        directory.mkdir(parents=True, exist_ok=True)
        return directory.resolve()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    try:
        directory = Path(base) / "dolphinml"
        directory.mkdir(parents=True, exist_ok=True)
        if os.access(directory, os.W_OK):
            return directory.resolve()
    except OSError:
        pass
    directory = WORK / "cache"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def locked(path):
    """Holds the lock file `path`: of several runs one makes a cache entry, the others wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(stream, fcntl.LOCK_UN)
