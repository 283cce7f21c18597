# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The log of a build: masked, bounded, and without the credentials that tools print in URLs."""

import re
from typing import Any, Iterable, Optional, Sequence

from dolphinml.common.console import Console
from dolphinml.common.masking import MASK, Secrets

# Further lines are only useful at the end of the log, so those in between are left out.
MOST_LINES = 2000

_USER_INFO = re.compile(r"(?<=://)[^/\s@]+(?=@)")
# URLs of conda channels may contain a token in their path.
_CHANNEL_TOKEN = re.compile(r"(://\S*?/t/)[^/\s]+")


class BuildLog:
    def __init__(self, secrets: Sequence[str] = (), stream: Any = None, rest: Optional[str] = None) -> None:
        parts = set(secrets)
        for secret in secrets:
            parts.update(secret.split(":"))
        self._secrets = Secrets(parts)
        self._console = Console(stream=stream, secrets=self._secrets, rest=rest)
        self._lines = 0

    def masked(self, text: str) -> str:
        return _CHANNEL_TOKEN.sub(r"\1" + MASK, _USER_INFO.sub(MASK, self._secrets.mask(text)))

    def line(self, text: str) -> None:
        self._console.line(self.masked(text))

    def tool_line(self, text: str) -> None:
        """Logs a line that a tool has printed."""
        self._lines += 1
        if self._lines <= MOST_LINES:
            self.line("  " + text)
        elif self._lines == MOST_LINES + 1:
            self.line("  ... (more than %d lines; what follows is left out)" % MOST_LINES)

    def block(self, lines: Iterable[str]) -> None:
        self._console.block([self.masked(line) for line in lines])
