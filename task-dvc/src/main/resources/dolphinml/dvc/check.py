# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that a data version exists and is complete in the store; waits for it up to a limit."""

import os
import shutil
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Union

from dolphinml.common.optional import given
from dolphinml.common.program import TaskFailure
from dolphinml.common.sizes import readable
from dolphinml.data import fetch, git, repository
from dolphinml.data.progress import counted
from dolphinml.dvc.store import open_store

if TYPE_CHECKING:
    from dolphinml.common.program import Task
    from dolphinml.data.repository import Content, Repository


class Check:
    """One check; see run_dvc.py for the request.

    A named version must exist; with `changedFrom`, the content must have changed from that checksum or commit. Waits until
    this is so, or the time is over. Fails at once if waiting cannot help, as for an object missing from the store.
    """

    def __init__(
        self,
        task: "Task",
        settings: Dict[str, Any],
        private: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._console = task.console
        self._settings = settings
        self._private = private
        self._location = settings["location"]
        self._clock = clock
        self._sleep = sleep
        self._remote = fetch.connect_to_repository(task, settings)
        self._seen: Optional[str] = None

    def run(self) -> Dict[str, Any]:
        deadline = self._clock() + (self._settings.get("waitTimeout") or 0)
        reported = False
        while True:
            lacking = self._look()
            if isinstance(lacking, dict):
                return lacking
            if self._clock() >= deadline:
                waited = self._settings.get("waitTimeout")
                raise TaskFailure(lacking + (" after %d s." % waited if waited else "."))
            if not reported:
                reported = True
                self._console.line("%s; looking again every %d s" % (lacking, self._settings["pollInterval"]))
            self._sleep(min(self._settings["pollInterval"], max(0.0, deadline - self._clock())))

    def _look(self) -> Union[Dict[str, Any], str]:
        """Returns the facts about a complete version, or a message, without its full stop, that says what is still missing."""
        refs = fetch.read_refs(self._remote)
        wanted = self._settings.get("version")
        if wanted and wanted not in refs.tags and wanted not in refs.branches and not git.is_commit(wanted):
            return "dvcVersion: %s has no tag or branch %s" % (self._remote.url, wanted)
        branch = self._settings.get("branch") or refs.default
        if not wanted and branch not in refs.branches:
            return "dvcRepository: %s has no commit yet" % self._remote.url
        version = fetch.Version(self._remote, refs, wanted, self._settings.get("branch"))
        if self._seen is not None and self._seen == version.commit:
            return self._unchanged()
        self._seen = version.commit
        folder = os.path.join(self._private, "repository")
        shutil.rmtree(folder, ignore_errors=True)
        version.checkout(folder)
        repository.load_dvc(self._private)
        opened = fetch.open_repository(folder, self._settings.get("remote"))
        content = fetch.read_content(opened, self._location)
        if content is None:
            return "dvcDataLocation: there is no %s in commit %s" % (self._location, version.commit)
        if self._settings.get("changedFrom") in (content.md5, version.commit):
            return self._unchanged()
        size = self._prove(opened, content)
        files = counted(content.nfiles)
        self._console.line(
            "%s in commit %s: %s, complete in the store"
            % (self._location, version.commit, files if size is None else "%s in %s" % (readable(size), files))
        )
        return {
            "rev": version.commit,
            "version": wanted or version.commit,
            "md5": content.md5,
            "size": size,
            "nfiles": content.nfiles,
            "url": opened.address(content),
        }

    def _unchanged(self) -> str:
        return "dvcDataLocation: %s has not changed from %s" % (self._location, self._settings.get("changedFrom"))

    def _prove(self, opened: "Repository", content: "Content") -> Optional[int]:
        """Checks that the store has all of the content; returns its size in bytes, or None if it is unknown.

        Raises TaskFailure if an object is missing or has the wrong size.
        """
        if not content.tracked:
            return content.size
        store = open_store(opened, self._settings.get("jobs"), content.algorithm)
        sizes = store.sizes({file.md5 for file in content.files})
        missing = [file for file in content.files if sizes[file.md5] is None]
        damaged = [file for file in content.files if file.size is not None and sizes[file.md5] != file.size]
        if missing or damaged:
            file = (missing or damaged)[0]
            raise TaskFailure(
                "The store %s does not have all of %s: %s is %s, %d of %s in all."
                % (
                    store.url,
                    self._location,
                    os.path.join(self._location, file.name).rstrip("/"),
                    "missing" if missing else "damaged",
                    len(missing or damaged),
                    counted(content.nfiles),
                )
            )
        total = sum(given(sizes[file.md5]) for file in content.files)
        if content.size and total != content.size:
            raise TaskFailure(
                "The store %s has %d bytes of %s, and the version says %d." % (store.url, total, self._location, content.size)
            )
        return total
