# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Guards MLflow's builds of project environments: one task builds at a time, and no incomplete environment is used.

MLflow takes an existing directory for a complete environment. Without the guard, two nodes of one project that start
together, or a task killed during a build, would leave other tasks with an environment that lacks packages.
"""

import contextlib
import os
import shutil
from typing import Iterator

from dolphinml.common.locking import FileLock
from dolphinml.mlflow.project import mlflow_internals

SECONDS_BETWEEN_LINES = 30.0


def guard() -> None:
    """Guards all builds of environments by MLflow in this process from now on."""
    mlflow_internals.wrap_environment_builds(_guarded)


@contextlib.contextmanager
def _guarded(directory: str) -> Iterator[None]:
    with _locked(directory), _marked_until_complete(directory):
        yield


@contextlib.contextmanager
def _locked(directory: str) -> Iterator[None]:
    def report(seconds: float) -> None:
        print("Another task makes the environment %s; waiting for it (%d s)" % (directory, seconds), flush=True)

    lock = FileLock(directory + ".lock")
    # Preinstalled environments may be read-only, and some file systems do not support locks.
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(directory), exist_ok=True)
        lock.acquire(report, SECONDS_BETWEEN_LINES)
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _marked_until_complete(directory: str) -> Iterator[None]:
    begun = directory + ".begun"
    if os.path.exists(begun):
        print("The environment %s was left incomplete; it is rebuilt" % directory, flush=True)
        shutil.rmtree(directory, ignore_errors=True)
    if os.path.isdir(directory):
        yield
        return
    with contextlib.suppress(OSError):
        open(begun, "w").close()
    try:
        yield
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        # Keeps the mark if the directory could not be removed.
        if not os.path.isdir(directory):
            _unmark(begun)
        raise
    _unmark(begun)


def _unmark(begun: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(begun)
