# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Identifies the content of conda environment files. There is no YAML parser here, and none is needed."""

import hashlib
import os
import re
from typing import List

from dolphinml.environment import requirements
from dolphinml.environment.faults import EnvironmentFault

_INCLUDE = re.compile(r"-\s+[\"']?(?:-r\s*|--requirement[\s=]+)([^\"'\s]+)")
_LOCAL = re.compile(r"-\s+[\"']?(-e\s.*|--editable.*|\.{0,2}/.*|file:.*|[^\"']*\s@\s+file:.*)")
_OF_NO_PACKAGE = ("#", "name:", "prefix:")


class CondaFile:
    """The identity of a conda environment file, and the credentials written in the files that it includes."""

    def __init__(self, identity: List[str], secrets: List[str]) -> None:
        self.identity = identity
        self.secrets = secrets


def read_conda_file(path: str, field: str) -> CondaFile:
    """Reads the file at `path` as a CondaFile; raises EnvironmentFault with all its faults."""
    shown = os.path.basename(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read()
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise EnvironmentFault("%s: %s is not UTF-8 text; save it as UTF-8" % (field, shown))
    includes, faults = [], []
    for line in lines:
        include, local = _INCLUDE.match(line), _LOCAL.match(line)
        if include:
            includes.append(os.path.normpath(os.path.join(os.path.dirname(path), include.group(1))))
        elif local:
            faults.append(
                '%s has "%s", whose content can change unseen; put a wheel into a requirements file and'
                " include that with -r" % (shown, local.group(1))
            )
    if all(not line or line.startswith(_OF_NO_PACKAGE) for line in lines):
        faults.append("%s is empty; list channels and dependencies in it" % shown)
    included, more = requirements.read_includes(includes)
    faults += more
    if faults:
        sentences = ["%s: %s" % (field, fault) for fault in faults]
        raise EnvironmentFault(" ".join(sentences), sentences)
    return CondaFile([hashlib.sha256(content).hexdigest()] + included.identity, included.secrets)
