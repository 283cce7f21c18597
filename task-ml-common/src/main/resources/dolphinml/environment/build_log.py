# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The log of a build: masked, bounded, and without the credentials that tools put into addresses."""

import re
from typing import Any, Iterable, Optional, Sequence

from dolphinml.common.console import Console
from dolphinml.common.masking import MASK, Secrets

# A build that prints more than this is no longer read by anybody; its end still is.
MOST_LINES = 2000

_USER_INFO = re.compile(r"(?<=://)[^/\s@]+(?=@)")
# Conda's channels may carry a token as a part of their path.
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
        """A line that a tool has printed."""
        self._lines += 1
        if self._lines <= MOST_LINES:
            self.line("  " + text)
        elif self._lines == MOST_LINES + 1:
            self.line("  ... (more than %d lines; what follows is left out)" % MOST_LINES)

    def block(self, lines: Iterable[str]) -> None:
        self._console.block([self.masked(line) for line in lines])
