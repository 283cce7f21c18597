# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Removes incomplete, superseded and least recently used environments from a tenant's cache.

An environment in use is never removed: neither while a process holds its lease, nor while a process that has outlived
its task, such as the server of a deployed model, runs in it.
"""

import fcntl
import json
import os
import shutil
import time
from typing import Any, Iterator, List, Optional, Set, Tuple

from dolphinml.common.optional import given
from dolphinml.common.sizes import readable
from dolphinml.environment import store
from dolphinml.environment.build_lock import BuildLock
from dolphinml.environment.build_log import BuildLog
from dolphinml.environment.store import EnvironmentStore

#: (time of last use, name, size) of an environment.
Used = Tuple[float, str, int]

# A link that is about to be renamed has a trash name for an instant; digests of archives are cheap to compute again.
LINK_AGE = 60.0
MEMORY_AGE = 90 * 86400.0
# How many environments are removed together; each keeps two files open until then.
MOST_AT_ONCE = 100
# The lock file of a key that failed to build records the reason; no task waits for it this long, in seconds.
LOCK_AGE = 86400.0


def remove_leftovers(tree: EnvironmentStore, held: str) -> None:
    """Removes the leftovers of interrupted builds and removals, and environments that no key points to any more.

    held  the key whose lock the caller holds
    """
    remove_superseded(tree, held)
    for name in sorted(os.listdir(tree.root)):
        key = store.key_of(name)
        if name.startswith(store.TRASH):
            if not os.path.islink(tree.path(name)) or _seconds_since_change(tree.path(name)) > LINK_AGE:
                _delete(tree.path(name))
        elif name.endswith(".lock") and _seconds_since_change(tree.path(name)) > LOCK_AGE:
            _remove_lock(tree, name)
        elif name.startswith("archive-") and _seconds_since_change(tree.path(name)) > MEMORY_AGE:
            _delete(tree.path(name))
        elif key is not None and key != held and tree.pointed(key) != name:
            _remove_one_superseded(tree, key, name)


def remove_superseded(tree: EnvironmentStore, key: str) -> None:
    """Removes environments that the key no longer points to; the caller holds its lock."""
    for name in os.listdir(tree.root):
        if store.key_of(name) == key and tree.pointed(key) != name:
            _remove_unless_used(tree, name)


def enforce_limit(tree: EnvironmentStore, limit: int, keep: Optional[str], log: BuildLog) -> None:
    """Removes the least recently used environments until the rest fits into `limit` bytes."""
    known = sorted(current_environments(tree), reverse=True)
    total = sum(size for _, _, size in known)
    known = [each for each in known if each[1] != keep]
    while total > limit and known:
        for used, name, size in _remove_some(tree, known, total - limit):
            total -= size
            log.line(
                "Environment: removed %s (%s, last used %s), because the cache is above its limit of %s"
                % (name, readable(size), time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(used)), readable(limit))
            )
    if total > limit:
        log.line(
            "Environment: the cache holds %s, above its limit of %s; what is left is in use" % (readable(total), readable(limit))
        )


def _remove_some(tree: EnvironmentStore, known: List[Used], enough: int) -> List[Used]:
    """Takes environments from the end of `known` until they have `enough` bytes, and removes those that are not in use. Returns
    the removed ones.

    All of them are locked first, so that the processes of the machine are only scanned once.
    """
    held: List[Any] = []
    size = 0
    try:
        while known and size < enough and len(held) < MOST_AT_ONCE:
            each = known.pop()
            lock = BuildLock(tree.path(given(store.key_of(each[1])) + ".lock"))
            if not lock.try_acquire():
                continue
            lease = store.open_lease(tree.path(each[1]), os.O_RDWR, fcntl.LOCK_EX)
            held.append((each, lock, lease))
            size += each[2] if lease is not None else 0
        used = _with_processes({tree.path(name) for (_, name, _), _, _ in held})
        return [
            each
            for each, lock, lease in held
            if lease is not None and tree.path(each[1]) not in used and _remove_held(tree, each[1], lock)
        ]
    finally:
        for _, lock, lease in held:
            lock.release()
            if lease is not None:
                os.close(lease)


def _remove_held(tree: EnvironmentStore, name: str, lock: BuildLock) -> bool:
    """Removes an environment whose lock and lease the caller holds."""
    key = given(store.key_of(name))
    if tree.pointed(key) == name:
        os.unlink(tree.path(key))
    discard_environment(tree, name)
    if tree.pointed(key) is None:
        lock.remove()
    return True


def size_of(directory: str) -> int:
    """Returns the disk usage of a directory in bytes; a file with several hard links counts once."""
    total, seen = 0, set()
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            found = os.lstat(os.path.join(parent, name))
            if (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_blocks * 512
    return total


def discard_environment(tree: EnvironmentStore, name: str) -> None:
    """Removes an environment that no key points to. It is renamed first, so that an interrupted removal is recognized."""
    trash = tree.path(store.TRASH + os.urandom(3).hex())
    try:
        os.rename(tree.path(name), trash)
    except OSError:
        return
    _delete(trash)


def current_environments(tree: EnvironmentStore) -> Iterator[Used]:
    """Yields (time of last use, name, size) of each environment that a key points to."""
    for name in os.listdir(tree.root):
        key = store.key_of(name)
        if key is None or tree.pointed(key) != name:
            continue
        try:
            with open(os.path.join(tree.path(name), store.FACTS), encoding="utf-8") as stream:
                size = json.load(stream)["size"]
            yield os.stat(os.path.join(tree.path(name), store.LEASE)).st_mtime, name, size
        except (OSError, ValueError, KeyError):
            continue


def _remove_one_superseded(tree: EnvironmentStore, key: str, name: str) -> bool:
    """Removes an environment under its key's lock if no process builds or uses it and the key does not point to it."""
    lock = BuildLock(tree.path(key + ".lock"))
    if not lock.try_acquire():
        return False
    removed = tree.pointed(key) != name and _remove_unless_used(tree, name)
    if removed and tree.pointed(key) is None:
        lock.remove()
    else:
        lock.release()
    return removed


def _remove_lock(tree: EnvironmentStore, name: str) -> None:
    """Removes the lock of a key that does not point to an environment."""
    lock = BuildLock(tree.path(name))
    if tree.pointed(name[: -len(".lock")]) is None and lock.try_acquire():
        if tree.pointed(name[: -len(".lock")]) is None:
            lock.remove()
        lock.release()


def _remove_unless_used(tree: EnvironmentStore, name: str) -> bool:
    """Removes an environment unless it is in use; the caller holds its key's lock."""
    prefix = tree.path(name)
    lease = store.open_lease(prefix, os.O_RDWR, fcntl.LOCK_EX)
    if lease is None and os.path.lexists(os.path.join(prefix, store.LEASE)):
        return False
    try:
        if lease is not None and _with_processes({prefix}):
            return False
        key = given(store.key_of(name))
        if tree.pointed(key) == name:
            os.unlink(tree.path(key))
        discard_environment(tree, name)
        return True
    finally:
        if lease is not None:
            os.close(lease)


def _with_processes(prefixes: Set[str]) -> Set[str]:
    """Returns the environments in which a process runs: one started from it, or one that has it activated."""
    found: Set[str] = set()
    for pid in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if pid.isdigit() and int(pid) != os.getpid():
            program = os.fsdecode(_entries_of_process(pid, "cmdline")[0])
            active = [
                os.fsdecode(entry.partition(b"=")[2])
                for entry in _entries_of_process(pid, "environ")
                if entry.startswith((b"VIRTUAL_ENV=", b"CONDA_PREFIX="))
            ]
            found.update(prefix for prefix in prefixes if program.startswith(prefix + "/") or prefix in active)
    return found


def _entries_of_process(pid: str, name: str) -> List[bytes]:
    try:
        with open("/proc/%s/%s" % (pid, name), "rb") as stream:
            return stream.read().split(b"\0")
    except OSError:
        return [b""]


def _seconds_since_change(path: str) -> float:
    try:
        return time.time() - os.lstat(path).st_mtime
    except OSError:
        return 0.0


def _delete(path: str) -> None:
    if os.path.islink(path) or os.path.isfile(path):
        try:
            os.unlink(path)
        except OSError:
            pass
        return
    shutil.rmtree(path, ignore_errors=True)
    if os.path.isdir(path):
        # Some packages contain directories that even their owner may not write to.
        for parent, _, _ in os.walk(path):
            try:
                os.chmod(parent, 0o700)
            except OSError:
                pass
        shutil.rmtree(path, ignore_errors=True)
