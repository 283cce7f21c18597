# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the error of a cell for which the kernel has sent no error output.

IPython cannot show an exception group as it shows other errors: it prints the group to stderr, and only its reply says
that the cell has failed.
"""

import re
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List, Optional, Union

from dolphinml.common.console import plain
from dolphinml.jupyter.cells import Cell

REASONS_SHOWN = 3

_HEADER = "Traceback (most recent call last):"
_OUTERMOST = re.compile(r"( *\+ Exception Group )?" + re.escape(_HEADER))
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_GROUP = re.compile(r"\(\d+ sub-exceptions?\)$")
_MEMBER = re.compile(r" *\+(-\+)?-+ (\d+|\.\.\.) -+$")
_MARGIN = re.compile(r" *\| ?")


# A failure: from the kernel's reply, or an exception that the engine raised.
Raised = Union[BaseException, SimpleNamespace]


def printed_error_of(cell: Cell, raised: Optional[Raised]) -> Optional[Dict[str, Any]]:
    """Returns the error in the form of an error output; None if none was raised.

    raised  the failure, with the attributes `ename` and `evalue` if it is from the kernel's reply, or None
    """
    if raised is None:
        return None
    found = _printed_traceback(plain("".join(_stderr(cell))).rstrip().split("\n"))
    name, text = getattr(raised, "ename", type(raised).__name__), str(getattr(raised, "evalue", raised))
    reasons = _reasons(found) if _GROUP.search(text) else []
    if reasons:
        more = len(reasons) - REASONS_SHOWN
        shown = reasons[:REASONS_SHOWN] + (["and %d more" % more] if more > 0 else [])
        text = "%s: %s" % (text.split("\n")[0], "; ".join(shown))
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": found}


def _stderr(cell: Cell) -> Iterator[str]:
    for output in cell.get("outputs") or ():
        if output.get("output_type") == "stream" and output.get("name") == "stderr":
            text = output.get("text") or ""
            yield "".join(text) if isinstance(text, list) else text


def _printed_traceback(lines: List[str]) -> List[str]:
    """Returns the last printed traceback with those that led to it; empty if there is none."""
    start = len(lines)
    for index, line in enumerate(lines):
        follows = index >= 2 and start < index and lines[index - 2].startswith(_CHAINED)
        if _OUTERMOST.match(line) and not follows:
            start = index
    return lines[start:]


def _reasons(lines: List[str]) -> List[str]:
    """Returns one line for each exception of the last group, with nested groups flattened."""
    found: List[str] = []
    reason, within = None, False
    for line in lines:
        member = _MEMBER.match(line)
        if _OUTERMOST.match(line):
            found, reason, within = [], None, False
        elif member or line.lstrip().startswith("+---"):
            # The text before a group's members is that of the group itself.
            if reason and not (member and member.group(1)):
                found.append(reason)
            reason, within = None, bool(member)
        elif within:
            text = _MARGIN.sub("", line, count=1)
            if text.startswith(_CHAINED) or text.endswith(_HEADER):
                reason = None
            elif reason is None and text.strip() and not text.startswith(" "):
                reason = text.strip()
    return found
