# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of the deployments of this user on this machine: one directory each, in it record.json.

<state directory>/<name>/record.json   the deployment that serves, absent when none does
                        /server-N.log  what its Nth model server printed
                        /front.log     what the process that owns the port did
                        /model-N/      the model's files while the Nth server runs
                        /lock          held by the task that changes the deployment
"""

import contextlib
import errno
import json
import os
import re
import shutil
import stat
import time
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common.locking import FileLock
from dolphinml.mlflow.deploy.state import places

RECORD_NAME = "record.json"
PREPARED_NAME = RECORD_NAME + ".part"
LOCK_NAME = "lock"
LOGS_KEPT = 5
LARGEST_RECORD = 1024 * 1024

#: What record.json holds.
Record = Dict[str, Any]

_LOG_NAME = re.compile(r"^server-(\d+)\.log$")


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def read_record(directory: str) -> Optional[Record]:
    """The record of the deployment in this directory, or None; what is not a plain file of a sensible size is not a record."""
    try:
        # O_NONBLOCK: a named pipe would wait for a writer.
        handle = os.open(os.path.join(directory, RECORD_NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            return None
        raise
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_RECORD:
        os.close(handle)
        return None
    try:
        with open(handle, encoding="utf-8") as stream:
            known = json.load(stream)
    except (ValueError, RecursionError):
        return None  # cut off by a full disk: worthless, and a new deployment rewrites it
    return known if isinstance(known, dict) else None


def write_record(directory: str, record: Record) -> None:
    prepare_record(directory, record)
    publish_record(directory)


def prepare_record(directory: str, record: Record) -> None:
    """Brings a record to the disk, where it takes effect with `publish`. A full disk is noticed here."""
    path = os.path.join(directory, PREPARED_NAME)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(record, stream, indent=2, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())


def publish_record(directory: str) -> None:
    """Atomically makes the prepared record current."""
    os.replace(os.path.join(directory, PREPARED_NAME), os.path.join(directory, RECORD_NAME))


def origin(known: Record) -> str:
    """The task that made the deployment, for people."""
    by = known.get("by") or {}
    return "task '%s' of workflow instance %s" % (by.get("name", "?"), by.get("workflowInstanceId", "?"))


def remove_record(directory: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(directory, RECORD_NAME))


def remove_files(directory: str, name: Optional[str]) -> None:
    """Deletes the model's files of one generation; only ever inside the deployment's directory."""
    if name and os.path.basename(name) == name and name not in (".", ".."):
        shutil.rmtree(os.path.join(directory, name), ignore_errors=True)


def server_log(directory: str, number: int) -> str:
    return os.path.join(directory, "server-%d.log" % number)


def _log_numbers(directory: str) -> List[int]:
    return sorted(int(match.group(1)) for match in map(_LOG_NAME.match, os.listdir(directory)) if match)


def last_generation(directory: str) -> int:
    """The number of the last start of a server here, 0 if there was none."""
    numbers = _log_numbers(directory)
    known = read_record(directory) or {}
    return max(numbers[-1] if numbers else 0, known.get("generation", 0))


def prune_logs(directory: str) -> None:
    """Keeps the logs of the last few servers."""
    for number in _log_numbers(directory)[:-LOGS_KEPT]:
        for suffix in ("", ".1"):
            with contextlib.suppress(OSError):
                os.unlink(server_log(directory, number) + suffix)


def open_directory(state_directory: str, name: str) -> str:
    """The deployment's directory, made if it is missing."""
    places.make(state_directory)
    directory = os.path.join(os.path.abspath(state_directory), name)
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o700)
    return directory


def all_records(state_directory: str) -> List[Tuple[str, Record]]:
    """(directory, record) of each deployment, by name."""
    found: List[Tuple[str, Record]] = []
    if not os.path.isdir(state_directory):
        return found
    for name in sorted(os.listdir(state_directory)):
        directory = os.path.join(state_directory, name)
        known = read_record(directory)
        if known is not None:
            found.append((directory, known))
    return found


def lock(directory: str) -> FileLock:
    """The lock of the deployment in this directory, for the task that changes it."""
    return FileLock(os.path.join(directory, LOCK_NAME))
