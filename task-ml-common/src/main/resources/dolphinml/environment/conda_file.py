# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads conda environment files: what identifies their content. No YAML reader is at hand, and none is needed."""

import os
import re

from dolphinml.environment import requirements
from dolphinml.environment.faults import EnvironmentFault

_INCLUDE = re.compile(r"-\s+[\"']?(?:-r\s*|--requirement[\s=]+)([^\"'\s]+)")
_LOCAL = re.compile(r"-\s+[\"']?(-e\s.*|--editable.*|\.{0,2}/.*|file:.*|[^\"']*\s@\s+file:.*)")
_UNIMPORTANT = ("name:", "prefix:")


class CondaFile:
    """The normalised lines of a conda environment file, and the credentials that are written in it."""

    def __init__(self, content, secrets):
        self.content = content
        self.secrets = secrets


def read(path, field):
    """The file at `path` as a CondaFile; raises EnvironmentFault with all that is wrong in it."""
    shown = os.path.basename(path)
    try:
        with open(path, encoding="utf-8-sig") as stream:
            lines = [_without_comment(line) for line in stream.read().splitlines()]
    except UnicodeDecodeError:
        raise EnvironmentFault("%s: %s is not UTF-8 text; save it as UTF-8" % (field, shown))
    content = [line for line in lines if line.strip() and not line.startswith(_UNIMPORTANT)]
    includes, faults = [], []
    for line in content:
        include, local = _INCLUDE.match(line.strip()), _LOCAL.match(line.strip())
        if include:
            includes.append(os.path.normpath(os.path.join(os.path.dirname(path), include.group(1))))
        elif local:
            faults.append(
                '%s has "%s", whose content can change unseen; put a wheel into a requirements file and'
                " include that with -r" % (shown, local.group(1))
            )
    if not content:
        faults.append("%s is empty; list channels and dependencies in it" % shown)
    included, more = requirements.content_of_includes(includes)
    faults += more
    if faults:
        sentences = ["%s: %s" % (field, fault) for fault in faults]
        raise EnvironmentFault(" ".join(sentences), sentences)
    return CondaFile(content + included.content, included.secrets)


def _without_comment(line):
    """The line up to a comment that stands outside of quotes, without blanks at its end."""
    quote = None
    for index, character in enumerate(line):
        if quote:
            quote = None if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and (index == 0 or line[index - 1].isspace()):
            return line[:index].rstrip()
    return line.rstrip()
