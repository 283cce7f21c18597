# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Sees that the worker processes of a server die again and again, while the process that starts them keeps running."""

import os
import re
from typing import Dict, Iterable, List, Tuple

#: So many deaths for each worker, and the server has failed.
DEATHS_PER_WORKER = 3


#: A process: its id, that of its parent, and its command.
Process = Tuple[int, int, str]


class CrashLoop:
    """Counts the deaths of like processes of one parent: same command except for the numbers in it, as a replacement of a
    dead process has."""

    def __init__(self, workers: int) -> None:
        self._limit = DEATHS_PER_WORKER * workers
        self._alive: Dict[Tuple[int, int], Tuple[int, str]] = {}
        self._deaths: Dict[Tuple[int, str], int] = {}

    def has_failed(self, processes: Iterable[Process]) -> bool:
        """Whether the server has failed. `processes` are those of the server at this moment: (id, id of the parent, command)."""
        alive = {(pid, parent): (parent, re.sub(r"\d+", "", command)) for pid, parent, command in processes}
        parents = {pid for pid, _ in alive}
        for key, kind in self._alive.items():
            # What goes with its parent, or has become another program, has not been replaced.
            if key not in alive and kind[0] in parents:
                self._deaths[kind] = self._deaths.get(kind, 0) + 1
        self._alive = alive
        return any(count >= self._limit for count in self._deaths.values())


def descendants(root: int) -> List[Process]:
    """(id, id of the parent, command) of a process and of all that descend from it."""
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
