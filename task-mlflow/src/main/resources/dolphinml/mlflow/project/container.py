# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Removes the container of a project with a docker_env: Docker's client does not end one that ignores SIGTERM."""

import contextlib
import os
import subprocess
from typing import Iterable, Iterator, List

from dolphinml.common import processes

LABEL = "io.github.dolphinml.run"
SECONDS_TO_FIND = 2.0
SECONDS_TO_REMOVE = 10.0


def with_run_label(arguments: Iterable[str]) -> List[str]:
    """Adds to the `-A` options of `mlflow run` the label by which the task's container is found."""
    given = {argument.partition("=")[0] for argument in arguments}
    free = next((name for name in ("label", "l") if name not in given), None)
    if free is None:
        return list(arguments)
    return list(arguments) + ["%s=%s=%s" % (free, LABEL, _mark())]


@contextlib.contextmanager
def containers_removed() -> Iterator[None]:
    """Removes the task's containers while the block runs; waits for the removal at its end."""
    with _removing_containers():
        yield
    # A container that the engine was still creating.
    with _removing_containers():
        pass


@contextlib.contextmanager
def _removing_containers() -> Iterator[None]:
    clients = []
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        clients = [_removal(container) for container in _containers_of_run()]
    try:
        yield
    finally:
        for client in clients:
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(SECONDS_TO_REMOVE)


def _containers_of_run() -> List[str]:
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", "label=%s=%s" % (LABEL, _mark())],
        timeout=SECONDS_TO_FIND,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return listed.stdout.decode("ascii", "replace").split()


def _removal(container: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        ["docker", "rm", "--force", "--volumes", container],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _mark() -> str:
    return os.environ.get(processes.MARKER_VARIABLE, "")
