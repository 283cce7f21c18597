# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The directory with one tenant's environments.

KEY            a symbolic link to the environment that is used for this key; created when the environment is complete
KEY-xxxxxx     an environment; it is built in its final place, because environments contain their own absolute path
KEY.lock       held while an environment of this key is built or removed
trash-xxxxxx   an environment that is being removed

Each complete environment has a lease file. A process that uses the environment holds a shared lock on that file, one that
removes it an exclusive lock. The lock belongs to the open file and not to the process, so a task's child processes keep it
by inheriting the open file, and the kernel releases it however the task ends.
"""

import errno
import fcntl
import json
import os
import re
import stat
import time
from typing import Any, Dict, Optional

from dolphinml.common import user
from dolphinml.common.optional import given
from dolphinml.environment.faults import EnvironmentFault, os_reason

LEASE = "dolphinml-environment.lease"
FACTS = "dolphinml-environment.json"
TRASH = "trash-"

_NAME = re.compile(r"([0-9a-f]{20})-[0-9a-f]{6}$")


class Environment:
    """A complete environment, and the open lease file that prevents its removal."""

    def __init__(self, prefix: str, lease: int, facts: Dict[str, Any]) -> None:
        self.prefix = prefix
        self.lease = lease
        self.facts = facts

    def release(self) -> None:
        os.close(self.lease)


class EnvironmentStore:
    """The directory `root`, which belongs to the current user and which no other user can write to."""

    def __init__(self, root: str) -> None:
        self.root = root

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def pointed(self, key: str) -> Optional[str]:
        """Returns the name of the environment that is used for the key, or None."""
        try:
            name = os.readlink(self.path(key))
        except OSError:
            return None
        return name if key_of(name) == key else None

    def find(self, key: str) -> Optional[Environment]:
        """Returns the environment for the key with a lease; None if there is none, or none that works."""
        if not self._is_safe():
            return None
        name = self.pointed(key)
        if name is None:
            return None
        prefix = self.path(name)
        # A lock only needs read access, so a cache in a read-only image works too.
        lease = open_lease(prefix, os.O_RDONLY, fcntl.LOCK_SH)
        if lease is None:
            return None
        try:
            with open(os.path.join(prefix, FACTS), encoding="utf-8") as stream:
                facts = json.load(stream)
            # The interpreter that a venv links to may have been uninstalled since.
            whole = os.access(os.path.join(prefix, "bin", "python"), os.X_OK)
        except (OSError, ValueError):
            whole = False
        if not whole:
            os.close(lease)
            return None
        try:
            os.utime(lease)
        except OSError:
            pass
        return Environment(prefix, lease, facts)

    def new_name(self, key: str) -> str:
        while True:
            name = "%s-%s" % (key, os.urandom(3).hex())
            if not os.path.lexists(self.path(name)):
                return name

    def publish(self, name: str, facts: Dict[str, Any]) -> Environment:
        """Makes a finished environment the current one of its key, and returns it with a lease."""
        prefix = self.path(name)
        facts = dict(facts, at=time.time())
        lease = os.open(os.path.join(prefix, LEASE), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lease, fcntl.LOCK_SH)
        with open(os.path.join(prefix, FACTS), "w", encoding="utf-8") as stream:
            json.dump(facts, stream)
        _flush(lease)
        link = self.path(TRASH + os.urandom(3).hex())
        os.symlink(name, link)
        os.replace(link, self.path(given(key_of(name))))
        return Environment(prefix, lease, facts)

    def _is_safe(self) -> bool:
        try:
            found = os.lstat(self.root)
        except OSError:
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022

    def make(self) -> None:
        """Creates the directory if missing; raises EnvironmentFault if that fails or other users can write to it."""
        try:
            os.makedirs(os.path.dirname(self.root), mode=0o755, exist_ok=True)
            try:
                os.mkdir(self.root, 0o700)
            except FileExistsError:
                pass
            found = os.lstat(self.root)
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                if stat.S_IMODE(found.st_mode) != 0o700:
                    os.chmod(self.root, 0o700)
                if not os.access(self.root, os.W_OK | os.X_OK):
                    raise OSError(errno.EACCES, os.strerror(errno.EACCES))
                return
        except OSError as error:
            raise EnvironmentFault(
                "ml.environment.cacheDir: %s cannot be made or written by user %s (%s); let the operator make it for that"
                " user with mode 0700, or make %s with mode 1777"
                % (self.root, user.name(), os_reason(error), os.path.dirname(self.root))
            )
        raise EnvironmentFault(
            "ml.environment.cacheDir: %s is not a directory of user %s; let the operator remove it" % (self.root, user.name())
        )


def key_of(name: str) -> Optional[str]:
    """Returns the key in an environment's name, or None if it is not the name of an environment."""
    match = _NAME.match(name)
    return match.group(1) if match else None


def open_lease(prefix: str, access: int, lock: int) -> Optional[int]:
    """Opens and locks the lease file of an environment; returns None if it is gone or another process has an exclusive lock."""
    path = os.path.join(prefix, LEASE)
    try:
        lease = os.open(path, access | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lease, lock | fcntl.LOCK_NB)
        # The environment may have been removed between the two calls.
        if os.path.samestat(os.fstat(lease), os.stat(path)):
            return lease
    except OSError:
        pass
    os.close(lease)
    return None


def locate_store(cache_dir: Optional[str]) -> str:
    """Returns the directory of this user's environments."""
    if cache_dir:
        return os.path.join(os.path.abspath(cache_dir), user.name())
    home = user.home()
    if not os.path.isdir(home):
        raise EnvironmentFault(
            "ml.environment.cacheDir: it is not set, and user %s has no home directory (%s) for the"
            " environments; set ml.environment.cacheDir" % (user.name(), home)
        )
    return os.path.join(home, ".cache", "dolphinml", "environments")


def _flush(descriptor: int) -> None:
    """Flushes the built environment to the disk, so that after a crash of the machine it is complete or invisible."""
    import ctypes

    try:
        if ctypes.CDLL(None).syncfs(descriptor) == 0:
            return
    except (OSError, AttributeError):
        pass
    os.sync()
