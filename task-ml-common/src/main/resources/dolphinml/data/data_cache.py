# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The worker's data cache: a directory tree for each tenant, with an entry for each distinct content.

KEY/data        the content, a file or a folder with read-only files; KEY is its checksum
KEY/entry.json  the total size, and the size and time stamp of each file; its modification time is when the entry was last used
KEY.lock        locked exclusively to fill or remove the entry, shared to copy from it
KEY.partial     an entry that is being filled
version-xxxx    the facts about a location in a commit: its key can be looked up without a clone and without DVC
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Optional

from dolphinml.common import exceptions, user
from dolphinml.common.locking import FileLock
from dolphinml.common.program import TaskFailure
from dolphinml.common.sizes import readable
from dolphinml.data import checksums, place

if TYPE_CHECKING:
    from dolphinml.common.console import Console

SECONDS_BETWEEN_LINES = 30.0

_FICLONE = 0x40049409


class DataCache:
    """The part of the cache below `directory` that belongs to the user this task runs as; `limit` is its size in bytes."""

    def __init__(self, directory: str, limit: Optional[int], console: "Console", copy_only: bool = False) -> None:
        self.root = os.path.join(os.path.abspath(directory), user.name())
        self._limit = limit
        self._console = console
        self._copy_only = copy_only
        self._make()

    def _make(self) -> None:
        try:
            os.makedirs(os.path.dirname(self.root), mode=0o755, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.root, 0o700)
            found = os.lstat(self.root)
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
                raise OSError(errno.EPERM, "it is not a directory of that user alone")
        except OSError as error:
            raise TaskFailure(
                "ml.dvc.cacheDir: %s cannot be used by user %s (%s); let the operator make it for that user with mode"
                " 0700, or make %s with mode 1777." % (self.root, user.name(), error.strerror, os.path.dirname(self.root))
            )

    def facts(self, commit: str, location: str) -> Optional[Dict[str, Any]]:
        """Returns the facts recorded for a location in a commit, or None."""
        try:
            with open(self._version(commit, location), encoding="utf-8") as stream:
                return json.load(stream)
        except (OSError, ValueError):
            return None

    def remember(self, commit: str, location: str, facts: Dict[str, Any]) -> None:
        self._write(self._version(commit, location), facts)

    def _version(self, commit: str, location: str) -> str:
        digest = hashlib.sha256(("%s\0%s" % (commit, location)).encode("utf-8", "surrogateescape")).hexdigest()
        return os.path.join(self.root, "version-" + digest[:32])

    def take(self, key: str, target: str) -> bool:
        """Puts the content at `target`, which must not exist, without copying if possible; returns False if it is not cached."""
        with self._locked(key, shared=True):
            if not self._is_whole(key):
                return False
            self._materialize(self.path(key), target)
            with contextlib.suppress(OSError):
                os.utime(os.path.join(self.root, key, "entry.json"))
            return True

    def path(self, key: str) -> str:
        """Returns the path of the content with this key."""
        return os.path.join(self.root, key, "data")

    def fill(self, key: str, fetch: Callable[[str], None]) -> None:
        """Calls `fetch(path)` to create the content, unless another task has done so or does so while this one waits."""
        partial = os.path.join(self.root, key + ".partial")
        with self._locked(key):
            if self._is_whole(key):
                return
            place.remove_path(os.path.join(self.root, key))
            place.remove_path(partial)
            try:
                os.mkdir(partial, 0o700)
                data = os.path.join(partial, "data")
                fetch(data)
                _protect(data)
                files = place.stamps(data)
                size = sum(size for size, _ in files.values())
                self._write(os.path.join(partial, "entry.json"), {"size": size, "files": files})
                os.rename(partial, os.path.join(self.root, key))
            except BaseException:
                place.remove_path(partial)
                raise
        self.enforce(key)

    def enforce(self, keep: Optional[str] = None) -> None:
        """Removes the least recently used entries until the cache is within its limit; skips `keep` and entries in use."""
        if self._limit is None:
            return
        entries = []
        for name in os.listdir(self.root):
            if name.endswith(".partial"):
                self._remove_if_free(name[: -len(".partial")], name)
                continue
            path = os.path.join(self.root, name, "entry.json")
            with contextlib.suppress(OSError, ValueError, KeyError):
                with open(path, encoding="utf-8") as stream:
                    entries.append((os.stat(path).st_mtime, name, json.load(stream)["size"] or 0))
        total = sum(size for _, _, size in entries)
        for _, name, size in sorted(entries):
            if total > self._limit and name != keep and self._remove_if_free(name, name):
                total -= size
                self._console.line(
                    "Cache of data: removed %s (%s), because the cache is above its limit of %s"
                    % (name, readable(size), readable(self._limit))
                )

    def _remove_if_free(self, key: str, name: str) -> bool:
        lock = self._lock(key)
        if not lock.try_acquire():
            return False
        try:
            place.remove_path(os.path.join(self.root, name))
        finally:
            lock.release()
        return True

    def _is_whole(self, key: str) -> bool:
        try:
            with open(os.path.join(self.root, key, "entry.json"), encoding="utf-8") as stream:
                return json.load(stream)["files"] == place.stamps(self.path(key))
        except (OSError, ValueError, KeyError):
            return False

    def _lock(self, key: str, shared: bool = False) -> FileLock:
        return FileLock(os.path.join(self.root, key + ".lock"), shared)

    @contextlib.contextmanager
    def _locked(self, key: str, shared: bool = False) -> Iterator[None]:
        lock = self._lock(key, shared)
        lock.acquire(
            lambda seconds: self._console.line(
                "Cache of data: waiting for another task that fetches the same content (%d s)" % seconds
            ),
            SECONDS_BETWEEN_LINES,
        )
        try:
            yield
        finally:
            lock.release()

    def _materialize(self, source: str, target: str) -> None:
        """Makes the cheapest copy that the file system allows: shared blocks, else hard links, else a full copy."""
        clones, links, made = not self._copy_only, not self._copy_only, set()
        for name, path in checksums.files_below(source):
            copy = checksums.path_below(target, name)
            if os.path.dirname(copy) not in made:
                made.add(os.path.dirname(copy))
                os.makedirs(os.path.dirname(copy), exist_ok=True)
            # If a clone or a link fails for one file, it is not tried for the others.
            clones = clones and _clone(path, copy)
            links = links and (clones or _link(path, copy))
            if not (clones or links):
                shutil.copyfile(path, copy)
                os.utime(copy, ns=(os.stat(path).st_atime_ns, os.stat(path).st_mtime_ns))

    def _write(self, path: str, value: Dict[str, Any]) -> None:
        temporary = "%s.%d" % (path, os.getpid())
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(value, stream)
        os.replace(temporary, path)


def _protect(data: str) -> None:
    for _, path in checksums.files_below(data):
        os.chmod(path, 0o444)


def _clone(source: str, target: str) -> bool:
    with open(source, "rb") as reader:
        try:
            with open(target, "xb") as writer:
                fcntl.ioctl(writer, _FICLONE, reader.fileno())
            return True
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(target)
            if exceptions.is_disk_full(error):
                raise
            return False


def _link(source: str, target: str) -> bool:
    try:
        os.link(source, target)
        return True
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
            return False
        raise
