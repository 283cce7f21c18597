# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Detects that a server's worker processes keep dying while their parent process keeps running."""

import os
import re
from typing import Dict, Iterable, List, Tuple

#: The number of deaths per worker after which the server has failed.
DEATHS_PER_WORKER = 3


#: A process: (pid, parent's pid, command).
Process = Tuple[int, int, str]


class CrashLoop:
    """Counts the deaths of similar processes of one parent. Processes are similar if their commands differ only in numbers, as
    a worker and its replacement do."""

    def __init__(self, workers: int) -> None:
        self._limit = DEATHS_PER_WORKER * workers
        self._alive: Dict[Tuple[int, int], Tuple[int, str]] = {}
        self._deaths: Dict[Tuple[int, str], int] = {}

    def has_failed(self, processes: Iterable[Process]) -> bool:
        """Whether the server has failed. `processes` are all its processes at this moment."""
        alive = {(pid, parent): (parent, re.sub(r"\d+", "", command)) for pid, parent, command in processes}
        parents = {pid for pid, _ in alive}
        for key, kind in self._alive.items():
            # A process that ended together with its parent, or that has executed another program, is not a death.
            if key not in alive and kind[0] in parents:
                self._deaths[kind] = self._deaths.get(kind, 0) + 1
        self._alive = alive
        return any(count >= self._limit for count in self._deaths.values())


def descendants(root: int) -> List[Process]:
    """Returns the process `root` and all its descendants."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, "rb") as stream:
                parents[int(name)] = int(stream.read().rpartition(b")")[2].split()[1])
        except OSError:
            continue
    family, count = {root}, 0
    while len(family) != count:
        count = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return [(pid, parents.get(pid, 0), _command_line_of(pid)) for pid in sorted(family) if pid in parents]


def _command_line_of(pid: int) -> str:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            return stream.read().replace(b"\0", b" ").decode("utf-8", "replace")[:1000]
    except OSError:
        return ""
