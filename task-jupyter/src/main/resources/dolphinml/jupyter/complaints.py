# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Logs what nbformat finds wrong with a notebook that runs anyway: once, in one line.

By default nbformat complains at each save, several times per cell, and quotes the source of the cell.
"""

import logging
import warnings
from typing import Any, Callable, Set, Type, Union

LONGEST = 200

_INVALID = "Notebook JSON is invalid"


class Complaints:
    """Replaces nbformat's logger and warnings."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._reported: Set[str] = set()

    def install(self) -> None:
        logging.getLogger("traitlets").addFilter(self._passes)
        show = warnings.showwarning

        def showwarning(message: Union[Warning, str], category: Type[Warning], *args: Any, **kwargs: Any) -> None:
            if category.__module__.split(".")[0] == "nbformat":
                self._report(category.__name__, str(message))
            else:
                show(message, category, *args, **kwargs)

        warnings.showwarning = showwarning

    def _passes(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if not message.startswith(_INVALID):
            return True
        self._report(_INVALID, message[len(_INVALID) :].lstrip(": "))
        return False

    def _report(self, kind: str, message: str) -> None:
        if kind not in self._reported:
            self._reported.add(kind)
            line = message.strip().split("\n")[0].rstrip(".")
            line = line if len(line) <= LONGEST else line[:LONGEST] + "..."
            self._warn("The notebook does not conform to its format, and runs anyway: %s." % line)
