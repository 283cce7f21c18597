# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Compares what a new process inherits with what a fork would inherit from its parent instead.

A kernel is only forked from a parent whose circumstances equal the task's; otherwise the task starts its kernel itself.
"""

import hashlib
import json
import os
import resource
import sys
from typing import Any, Dict, List, Mapping, Optional

# The name of the socket on which a parent listens, in the folder for its circumstances.
SOCKET = "socket"
LOCK = "lock"

# Variables that differ between the runs of a task. The kernel gets its own values; no library reads them at import.
OF_ONE_RUN = ("DOLPHINML_RUN", "DOLPHINML_PREPARED", "JPY_PARENT_PID", "PWD", "OLDPWD", "SHLVL", "SUDO_COMMAND", "_")

_STATUS = ("Umask", "Uid", "Gid", "Groups", "Cap", "NoNewPrivs", "Seccomp", "Cpus_allowed", "Mems_allowed")
_FILES = ("cgroup", "attr/current", "loginuid", "oom_score_adj")


def of_process() -> Dict[str, str]:
    """Returns {name: text} for this process: user, rights, limits, control groups, namespaces, priority."""
    found = {}
    for name in _FILES:
        found[name] = _text_of("/proc/self/" + name)
    for line in _text_of("/proc/self/status").splitlines():
        if line.startswith(_STATUS):
            name, _, value = line.partition(":")
            found[name] = value.strip()
    for name in ("ns/" + each for each in _folder_entries("/proc/self/ns")):
        found[name] = _link_target("/proc/self/" + name)
    found["root"] = _link_target("/proc/self/root")
    for name in dir(resource):
        if name.startswith("RLIMIT_"):
            found[name] = "%d %d" % resource.getrlimit(getattr(resource, name))
    found["priority"] = "%d %d" % (os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))
    return found


def circumstances_key(*parts: Any) -> str:
    """Returns a digest of these values, which must be serializable as JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()[:16]


def content_digest(path: str) -> str:
    """Returns a digest of a file's content."""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def variables_at_import(environment: Mapping[str, str]) -> Dict[str, str]:
    """Returns the variables of an environment that libraries may read when they are imported."""
    return {name: value for name, value in environment.items() if name not in OF_ONE_RUN}


def depend_on_directory(environment: Mapping[str, str]) -> bool:
    """Whether Python's module search path depends on the working directory."""
    path = environment.get("PYTHONPATH") or ""
    return bool(path) and not all(os.path.isabs(each) for each in path.split(os.pathsep))


def of_modules() -> Dict[str, Optional[List[int]]]:
    """Returns {path: stamp} for Python, all imported modules and the folders they are found in.

    The program itself is left out: its file is removed with the run that started it.
    """
    program = sys.modules.get("__main__")
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values()) if module is not program]
    # conda-meta also changes with libraries that are not Python packages.
    files += [sys.executable, os.path.join(sys.prefix, "conda-meta")]
    return {path: stamp(path) for path in set(files + list(sys.path)) if path}


def stamp(path: str) -> Optional[List[int]]:
    """Returns a value that changes when a file is replaced or written, or a folder's entries change; None if it is missing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size]


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def _folder_entries(path: str) -> List[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def _link_target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
