# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds in a model server's output why it ended: its own last exception, not that of the program that started it."""

import re
from typing import Iterable, Iterator, Optional

LONGEST = 2000

_BEGIN = re.compile(r"^(?P<margin>.*?)Traceback \(most recent call last\):$")
_EXCEPTION = re.compile(r"^(?!(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):)(?:\w+\.)*[A-Z]\w*(?:: .*)?$")
# When stdout and stderr are merged, lines of one may appear inside a traceback of the other.
_FOREIGN_LINES = 5
# The exceptions with which a program reports that a program it started has failed.
_AROUND = re.compile(r"non[- ]?zero (?:return|exit)|returned non-zero|HaltServer|Worker failed to boot|^SystemExit")


def last_exception(lines: Iterable[str]) -> Optional[str]:
    """Returns the last exception in a log's lines, such as "ValueError: no weights", or None. An exception that only reports
    the failure of another program is returned only if there is no other one."""
    found = around = None
    for text in _exceptions(lines):
        if _AROUND.search(text):
            around = text
        else:
            found = text
    return (found or around or "")[:LONGEST] or None


def _exceptions(lines: Iterable[str]) -> Iterator[str]:
    """Yields the last line of each traceback, which names the exception."""
    margin, foreign = None, 0
    for line in lines:
        begin = _BEGIN.match(line)
        if begin:
            margin, foreign = begin.group("margin"), 0
        elif margin is not None and line.startswith(margin):
            text = line[len(margin) :]
            if _EXCEPTION.match(text):
                yield text
                margin = None
            elif text and not text.startswith((" ", "\t")):
                foreign += 1
                if foreign > _FOREIGN_LINES:
                    margin = None


def missing_package(exception: Optional[str]) -> Optional[str]:
    """Returns the name of the package that the exception reports as missing, or None."""
    found = re.match(r"^ModuleNotFoundError: No module named '([^'.]+)", exception or "")
    return found.group(1) if found else None
