# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Moves complete data to where a task needs it, in one step, and records what was put there.

The record is a file next to the data, .NAME.dvc-version.json: the version, and the size and time stamp of each file. With
it the next task can tell without reading the data that it is up to date. A folder without a record was not created by a
download and is not replaced.
"""

import ctypes
import json
import os
import shutil
import uuid
from typing import Any, Dict, List, Optional

from dolphinml.data import checksums

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class Place:
    """The destination of a file or a folder."""

    def __init__(self, path: str, is_file: bool, name: str) -> None:
        """name  the data's name in its repository, used if `path` is a folder and the data is a file"""
        if is_file and (path.endswith("/") or os.path.isdir(path)):
            path = os.path.join(path, name)
        # If the path is a link, its target is replaced and the link is kept.
        self.path = os.path.realpath(path)
        self.folder = os.path.dirname(self.path)
        self._record = os.path.join(self.folder, ".%s.dvc-version.json" % os.path.basename(self.path))

    def exists(self) -> bool:
        return os.path.lexists(self.path)

    def record(self) -> Optional[Dict[str, Any]]:
        """Returns the facts recorded for the data here; None if there is no record, {} if it cannot be read."""
        try:
            with open(self._record, encoding="utf-8") as stream:
                facts = json.load(stream)
            return facts if isinstance(facts, dict) else {}
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}

    def is_untouched(self, facts: Optional[Dict[str, Any]]) -> bool:
        """Whether the data here is unchanged since these facts were recorded; compares names, sizes and time stamps only."""
        try:
            return facts is not None and "files" in facts and facts["files"] == stamps(self.path)
        except OSError:
            return False

    def is_foreign(self) -> bool:
        """Whether a folder that is not empty and that no download created is here."""
        return os.path.isdir(self.path) and self.record() is None and bool(os.listdir(self.path))

    def put(self, source: str, facts: Dict[str, Any]) -> None:
        """Moves `source`, a path in the same file system, here. A reader sees either the old data or the new."""
        _swap(source, self.path)
        self.note(facts)

    def note(self, facts: Dict[str, Any]) -> None:
        temporary = "%s.%s" % (self._record, uuid.uuid4().hex[:8])
        try:
            with open(temporary, "w", encoding="utf-8") as stream:
                json.dump(dict(facts, files=stamps(self.path)), stream)
            os.replace(temporary, self._record)
        except OSError:
            # Without a record, the next task reads the data to compare its checksums.
            remove_path(temporary)


def stamps(path: str) -> Dict[str, List[int]]:
    """Returns {name: [size in bytes, modification time in ns]} of the files of the data at `path`."""
    found = {}
    for name, whole in checksums.files_below(path):
        state = os.stat(whole)
        found[name] = [state.st_size, state.st_mtime_ns]
    return found


def _swap(source: str, target: str) -> None:
    """Renames `source` to `target` and removes the previous `target`."""
    if not os.path.lexists(target):
        os.rename(source, target)
    elif not os.path.isdir(source) and not os.path.isdir(target):
        os.replace(source, target)
    elif not _exchange(source, target):
        # This file system cannot swap two names, so the target is missing for a moment.
        aside = source + ".old"
        os.rename(target, aside)
        os.rename(source, target)
        remove_path(aside)
    else:
        remove_path(source)


def _exchange(first: str, second: str) -> bool:
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return rename(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0


def remove_path(path: str) -> None:
    """Removes a file or a link, or as much of a folder as can be removed."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)
