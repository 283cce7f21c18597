# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Computes the digest of packed environments, and unpacks them without writing outside the target directory."""

import hashlib
import json
import os
import shutil
import stat
import tarfile
import time
import zlib
from typing import IO, Any, Dict, Optional, Tuple

from dolphinml.common.optional import given
from dolphinml.environment.build_log import BuildLog
from dolphinml.environment.faults import EnvironmentFault
from dolphinml.environment.store import EnvironmentStore

# A file written less than this many seconds ago may change again without a new time stamp.
SETTLED = 2.0
SECONDS_BETWEEN_LINES = 15.0


def archive_digest(path: str, tree: EnvironmentStore) -> str:
    """Returns the digest of the archive's bytes, which is cached until the file changes."""
    found = os.stat(path)
    state = [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns]
    memory = tree.path("archive-" + hashlib.sha256(os.fsencode(path)).hexdigest()[:20])
    try:
        with open(memory, encoding="utf-8") as stream:
            remembered = json.load(stream)
        if remembered["state"] == state:
            return remembered["digest"]
    except (OSError, ValueError, KeyError):
        pass
    sha = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            sha.update(block)
    if time.time() - found.st_mtime > SETTLED:
        _remember(memory, {"state": state, "digest": sha.hexdigest()})
    return sha.hexdigest()


def _remember(path: str, value: Dict[str, Any]) -> None:
    temporary = "%s.%d" % (path, os.getpid())
    try:
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(value, stream)
        os.replace(temporary, path)
    except OSError:
        # Without the cache it is only slower.
        pass


def extract_archive(path: str, prefix: str, field: str, log: BuildLog) -> None:
    """Unpacks the archive into the new directory `prefix`; raises EnvironmentFault if it is damaged or hostile."""
    os.mkdir(prefix, 0o700)
    unpacking = _Unpacking(prefix)
    reported = time.monotonic()
    name = os.path.basename(path)
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                unpacking.member(archive, member)
                if time.monotonic() - reported > SECONDS_BETWEEN_LINES:
                    reported = time.monotonic()
                    log.line("  %d files unpacked" % unpacking.files)
    except _Hostile as error:
        raise EnvironmentFault("%s: %s holds %s; make the archive with conda-pack" % (field, name, error))
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        raise EnvironmentFault("%s: %s is damaged or no .tar.gz archive (%s); pack it and upload it again" % (field, name, error))
    except OSError as error:
        if error.errno is not None:
            raise
        raise EnvironmentFault("%s: %s is damaged or no .tar.gz archive (%s); pack it and upload it again" % (field, name, error))
    unpacking.finish()
    if not os.access(os.path.join(prefix, "bin", "python"), os.X_OK):
        raise EnvironmentFault(
            "%s: %s has no bin/python at its top (%d files); make the archive with conda-pack" % (field, name, unpacking.files)
        )


class _Hostile(Exception):
    """An archive member that no packed environment contains."""


class _Unpacking:
    """Extracts members below `prefix`. Links may point anywhere, as in a venv; nothing is written through a link."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._directories: Dict[Tuple[str, ...], Optional[int]] = {(): None}
        self.files = 0

    def member(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        parts = _member_path_parts(member.name)
        if not parts:
            return
        self._make_directory(parts[:-1], member.name)
        target = os.path.join(self._prefix, *parts)
        if member.isdir():
            self._make_directory(parts, member.name)
            self._directories[parts] = member.mode
            return
        if os.path.lexists(target):
            if not os.path.islink(target) and os.path.isdir(target):
                raise _Hostile("the directory %s once more as a file" % member.name)
            os.unlink(target)
        if member.issym():
            os.symlink(member.linkname, target)
        elif member.islnk():
            self._link(member, target)
        elif member.isreg():
            self._write(given(archive.extractfile(member)), member, target)
        else:
            raise _Hostile("%s, which is neither file nor directory nor link" % member.name)
        self.files += 1

    def _link(self, member: tarfile.TarInfo, target: str) -> None:
        source = _member_path_parts(member.linkname)
        if not source:
            raise _Hostile("the link %s, which leads nowhere" % member.name)
        self._make_directory(source[:-1], member.name)
        try:
            os.link(os.path.join(self._prefix, *source), target, follow_symlinks=False)
        except FileNotFoundError:
            raise _Hostile("the link %s to %s, which is not in it" % (member.name, member.linkname))

    @staticmethod
    def _write(content: IO[bytes], member: tarfile.TarInfo, target: str) -> None:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            shutil.copyfileobj(content, stream, 1 << 18)
            os.fchmod(descriptor, stat.S_IMODE(member.mode) & 0o777 | 0o600)
        # Compiled modules are only valid for the time stamp of their source.
        os.utime(target, (member.mtime, member.mtime))

    def _make_directory(self, parts: Tuple[str, ...], name: str) -> None:
        for length in range(1, len(parts) + 1):
            part = parts[:length]
            if part in self._directories:
                continue
            path = os.path.join(self._prefix, *part)
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                if not stat.S_ISDIR(os.lstat(path).st_mode):
                    raise _Hostile("%s, which would be written through the link %s" % (name, "/".join(part)))
            self._directories[part] = None

    def finish(self) -> None:
        for parts, mode in self._directories.items():
            if mode is not None:
                os.chmod(os.path.join(self._prefix, *parts), stat.S_IMODE(mode) & 0o777 | 0o700)


def _member_path_parts(name: str) -> Tuple[str, ...]:
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts:
        raise _Hostile("%s, which would lead out of the environment" % name)
    return parts
