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
    """Returns the user's home directory, which need not exist; "" if it is unknown.

    HOME is only used if it belongs to the user: DolphinScheduler's sudo passes the worker's HOME to a tenant.
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
