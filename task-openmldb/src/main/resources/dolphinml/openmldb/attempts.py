# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Records the running job for a retried task: the job that was running when the previous attempt ended.

There is one small file per node of a workflow instance, named by a hash of the run key (workflow instance and node) and
of the cluster. It exists from the submission of a job until its final state was seen, so it is only left behind if the
worker, the program or the connection was lost in between.
"""

import contextlib
import hashlib
import json
import os
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from dolphinml.common import user
from dolphinml.openmldb.jobs import Job


def default_folder() -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(user.home() or os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "dolphinml", "openmldb")


def script_hash(texts: Iterable[str]) -> str:
    """Returns a hash that is equal only for the same statements in the same order."""
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()


class Attempts:
    """The record of the running job. Errors with the file are logged and never fail the task."""

    def __init__(self, folder: Optional[str], run_key: Optional[str], cluster: str, say: Callable[[str], Any]) -> None:
        self._say = say
        self._path: Optional[str] = None
        if run_key:
            name = hashlib.sha256(("%s\n%s" % (run_key, cluster)).encode("utf-8")).hexdigest()[:32]
            self._path = os.path.join(folder or default_folder(), name + ".json")

    def note(self, job: Job, number: int, texts: List[str]) -> None:
        """Records that statement `number` is waiting for the job. `texts` are the statements up to and including it."""
        record = {
            "statement": number,
            "script": script_hash(texts),
            "job": job.number,
            "type": job.type,
            "component": job.component,
            "startTime": job.start_time,
        }
        self._try(lambda path: self._write(path, record))

    def forget(self) -> None:
        self._try(_unlink_if_present)

    def find(self, texts: List[str]) -> Optional[Tuple[int, Job]]:
        """Returns (statement number, job) of an earlier attempt with the same statements, or None."""
        record = self._try(self._read)
        if not record:
            return None
        try:
            number = record["statement"]
            if record["script"] != script_hash(texts[:number]):
                return None
            job = Job(record["job"], record["component"])
            job.type, job.start_time = record["type"], record["startTime"]
            return number, job
        except (KeyError, TypeError):
            return None

    def _try(self, action: Callable[[str], Any]) -> Any:
        if self._path is None:
            return None
        try:
            return action(self._path)
        except (OSError, ValueError) as error:
            self._say("The note of the running job could not be kept, so a retry cannot take it over: %s" % error)
            self._path = None
            return None

    @staticmethod
    def _write(path: str, record: Dict[str, Any]) -> None:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        temporary = "%s.%d.part" % (path, os.getpid())
        with open(temporary, "w") as stream:
            json.dump(record, stream)
        os.replace(temporary, path)

    @staticmethod
    def _read(path: str) -> Any:
        if not os.path.exists(path):
            return None
        with open(path) as stream:
            return json.load(stream)


def _unlink_if_present(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
