# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The deployments of this user on this machine: each has a directory with a record.json.

<state directory>/<name>/record.json   the deployment that serves, absent if none does
                        /server-N.log  the output of its Nth model server
                        /front.log     the log of the process that owns the port
                        /model-N/      the model files of the Nth server, while it runs
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

#: The content of record.json.
Record = Dict[str, Any]

_LOG_NAME = re.compile(r"^server-(\d+)\.log$")


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def read_record(directory: str) -> Optional[Record]:
    """Returns the record of the deployment in this directory, or None if there is no regular file of at most LARGEST_RECORD bytes
    with a JSON object; raises OSError if it cannot be opened."""
    try:
        # O_NONBLOCK: opening a named pipe would otherwise wait for a writer.
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
        return None  # truncated by a full disk: useless, and the next deployment overwrites it
    return known if isinstance(known, dict) else None


def write_record(directory: str, record: Record) -> None:
    prepare_record(directory, record)
    publish_record(directory)


def prepare_record(directory: str, record: Record) -> None:
    """Writes a record to disk; it takes effect with `publish_record`. A full disk raises OSError here."""
    path = os.path.join(directory, PREPARED_NAME)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(record, stream, indent=2, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())


def publish_record(directory: str) -> None:
    """Atomically makes the prepared record current."""
    os.replace(os.path.join(directory, PREPARED_NAME), os.path.join(directory, RECORD_NAME))


def origin(known: Record) -> str:
    """Returns the task that created the deployment, for messages."""
    by = known.get("by") or {}
    return "task '%s' of workflow instance %s" % (by.get("name", "?"), by.get("workflowInstanceId", "?"))


def remove_record(directory: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(directory, RECORD_NAME))


def remove_files(directory: str, name: Optional[str]) -> None:
    """Deletes the model files of one generation; never deletes outside the deployment's directory."""
    if name and os.path.basename(name) == name and name not in (".", ".."):
        shutil.rmtree(os.path.join(directory, name), ignore_errors=True)


def server_log(directory: str, number: int) -> str:
    return os.path.join(directory, "server-%d.log" % number)


def _log_numbers(directory: str) -> List[int]:
    return sorted(int(match.group(1)) for match in map(_LOG_NAME.match, os.listdir(directory)) if match)


def last_generation(directory: str) -> int:
    """Returns the number of the last server started here, 0 if there was none."""
    numbers = _log_numbers(directory)
    known = read_record(directory) or {}
    return max(numbers[-1] if numbers else 0, known.get("generation", 0))


def prune_logs(directory: str) -> None:
    """Deletes all server logs except those of the last LOGS_KEPT servers."""
    for number in _log_numbers(directory)[:-LOGS_KEPT]:
        for suffix in ("", ".1"):
            with contextlib.suppress(OSError):
                os.unlink(server_log(directory, number) + suffix)


def open_directory(state_directory: str, name: str) -> str:
    """Returns the deployment's directory, created if it does not exist; raises TaskFailure."""
    places.make(state_directory)
    directory = os.path.join(os.path.abspath(state_directory), name)
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o700)
    return directory


def all_records(state_directory: str) -> List[Tuple[str, Record]]:
    """Returns (directory, record) of each deployment, sorted by name."""
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
    """Returns the lock of the deployment in this directory, which a task holds while it changes the deployment."""
    return FileLock(os.path.join(directory, LOCK_NAME))
