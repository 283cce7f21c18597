# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The user that the task runs as."""

import os
import pwd


def name_of(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def name() -> str:
    return name_of(os.geteuid())


def home() -> str:
    """The user's own home directory, which need not exist; "" where none is known.

    That of the environment counts if it is the user's own: DolphinScheduler's sudo leaves the worker's to a tenant.
    """
    path = os.environ.get("HOME") or ""
    try:
        if os.path.isabs(path) and os.stat(path).st_uid == os.geteuid():
            return path
    except OSError:
        pass
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return ""
