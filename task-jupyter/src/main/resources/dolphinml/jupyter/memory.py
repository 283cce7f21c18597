# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Collects facts about memory after a kernel has died."""

import os
import re
import resource
from typing import List, Optional

_CGROUP = "/sys/fs/cgroup"


def _number_in_file(path: str) -> Optional[int]:
    try:
        with open(path) as stream:
            text = stream.read().strip()
        return int(text) if text.isdigit() else None
    except OSError:
        return None


def readable_memory(size: float) -> str:
    unit = "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1024:
            break
        size, unit = size / 1024.0, larger
    return "%.0f %s" % (size, unit) if unit in ("B", "kB", "MB") else "%.1f %s" % (size, unit)


def _own_cgroup() -> str:
    try:
        with open("/proc/self/cgroup") as stream:
            for line in stream:
                if line.startswith("0::"):
                    return _CGROUP + line.strip()[3:]
    except OSError:
        pass
    return _CGROUP


def memory_facts(peak: Optional[int] = None) -> List[str]:
    """Returns short facts, most telling first: peak use, limit and kills of the control group, free memory of the machine."""
    found = []
    if peak:
        found.append("the largest process had %s" % readable_memory(peak))
    group = _own_cgroup()
    limit = _number_in_file(os.path.join(group, "memory.max")) or _number_in_file(_CGROUP + "/memory/memory.limit_in_bytes")
    if limit and limit < 1 << 60:
        found.append("the task's group may use %s" % readable_memory(limit))
    try:
        with open(os.path.join(group, "memory.events")) as stream:
            kills = re.search(r"^oom_kill (\d+)$", stream.read(), re.M)
        if kills and int(kills.group(1)):
            found.append("the system has killed %s processes of this group because memory ran out" % kills.group(1))
    except OSError:
        pass
    try:
        with open("/proc/meminfo") as stream:
            sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB$", stream.read(), re.M))
        found.append(
            "the machine has %s of %s free now"
            % (readable_memory(int(sizes["MemAvailable"]) * 1024.0), readable_memory(int(sizes["MemTotal"]) * 1024.0))
        )
    except (OSError, KeyError):
        pass
    return found


def peak_of_children() -> Optional[int]:
    """Returns the peak memory of this process's ended children in bytes; None if none has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 or None
