# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the settings of environments from the worker's common.properties."""

import os
import re
from typing import Dict, Match, Optional

_UNITS = "KMGT"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def find_properties(root: str) -> Optional[str]:
    """Returns the path of common.properties in the installation whose jars are in or next to `root`; None if not found."""
    libs = os.path.dirname(os.path.abspath(root))
    for place in ("../conf", "../worker-server/conf", "../../worker-server/conf", "../standalone-server/conf"):
        candidate = os.path.normpath(os.path.join(libs, place, "common.properties"))
        if os.path.isfile(candidate):
            return candidate
    return None


def read_properties(path: str) -> Dict[str, str]:
    """Parses a Java properties file; returns {key: value}."""
    with open(path, encoding="latin-1") as stream:
        lines = stream.read().splitlines()
    values, pending = {}, ""
    for line in lines:
        line = pending + line.lstrip()
        if not pending and line[:1] in ("", "#", "!"):
            continue
        if re.search(r"(?<!\\)(?:\\\\)*\\$", line):
            pending = line[:-1]
            continue
        pending = ""
        [(key, value)] = re.findall(r"\A((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)\Z", line)
        values[_unescaped(key)] = _unescaped(value).strip()
    return values


def parse_size(text: str) -> int:
    """Parses a size such as 512MB or 20GB; returns bytes, raises ValueError if it is invalid."""
    match = re.match(r"(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?)I?B?$", text.strip().upper())
    if not match:
        raise ValueError("%r is not a size; use a number of bytes, or one with a unit as in 512MB or 20GB" % text)
    power = _UNITS.index(match.group(2)) + 1 if match.group(2) else 0
    return int(float(match.group(1)) * 1024**power)


def _unescaped(text: str) -> str:
    def replaced(match: Match[str]) -> str:
        if match.group(1):
            return chr(int(match.group(1), 16))
        return _ESCAPES.get(match.group(2), match.group(2))

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", replaced, text)
