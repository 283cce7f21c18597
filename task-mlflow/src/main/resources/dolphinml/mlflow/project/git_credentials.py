# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Passes the credentials in a repository's URL to git through its environment, so that no process list shows them."""

import os
from typing import Dict, Tuple
from urllib.parse import unquote, urlsplit, urlunsplit

_ASKPASS = """#!/bin/sh
case $1 in
  Username*) printf '%s\\n' "$DOLPHINML_GIT_USERNAME" ;;
  *) printf '%s\\n' "$DOLPHINML_GIT_PASSWORD" ;;
esac
"""


def split_credentials(address: str) -> Tuple[str, str, str]:
    """Returns (URL without credentials, user, password); user and password are empty if it has none."""
    try:
        parts = urlsplit(address)
    except ValueError:  # git's own error is clearer
        return address, "", ""
    if parts.scheme.lower() not in ("http", "https") or "@" not in parts.netloc:
        return address, "", ""
    user_info, _, host = parts.netloc.rpartition("@")
    user, _, password = user_info.partition(":")
    bare = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return bare, unquote(user), unquote(password)


def credential_variables(user: str, password: str, directory: str) -> Dict[str, str]:
    """Writes an askpass script to `directory`; returns the environment variables with which git gets the credentials from it."""
    script = os.path.join(directory, "git-askpass.sh")
    with open(os.open(script, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "w", encoding="utf-8") as stream:
        stream.write(_ASKPASS)
    return {"GIT_ASKPASS": script, "DOLPHINML_GIT_USERNAME": user, "DOLPHINML_GIT_PASSWORD": password}
