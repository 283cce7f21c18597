# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Masks secret values in logs, reports and messages."""

import json
import re
from typing import Any, Iterable, List, Set

MASK = "******"

# Masking shorter values would blank out ordinary words and digits of the log.
SHORTEST_SECRET = 4


# The keys of configuration files, such as kubeconfigs, whose values are credentials; see ManifestSecrets.java.
_CREDENTIALS = ("token", "password", "client-key-data", "id-token", "refresh-token", "client-secret", "access-token")
_CREDENTIAL = re.compile(
    r"""
    (?:^|[\s{,"'-])(?:%s)["']?\s*:[ \t]*
    (?P<value>
        "(?:[^"\\]|\\.)*"                         # between double quotes
      | '(?:[^']|'')*'                            # between single quotes
      | [|>][^\n]*(?:\n[ \t]+[^\n:]+$)+           # a block of lines
      | [^\s,}\]|>][^\n,}]*                       # plain
    )"""
    % "|".join(_CREDENTIALS),
    re.M | re.X,
)


def credentials(text: str) -> List[str]:
    """Returns the values of credentials in a YAML or JSON configuration file, as they are written there."""
    return [_scalar_value(match.group("value")) for match in _CREDENTIAL.finditer(text)]


def _scalar_value(scalar: str) -> str:
    """Returns a scalar of YAML or JSON without its quotes, or the lines of a block scalar."""
    if scalar[0] in "|>":
        return "\n".join(line.strip() for line in scalar.splitlines()[1:])
    if scalar[0] == "'":
        return scalar[1:-1].replace("''", "'")
    if scalar[0] == '"':
        try:
            return json.loads(scalar, strict=False)
        except ValueError:  # an escape sequence that only YAML has
            return scalar[1:-1]
    return scalar.strip()


def _spellings(value: str) -> Set[str]:
    """Returns the value as it is, and as JSON, Python and papermill escape it between quotes."""
    escaped = json.dumps(value, ensure_ascii=False)[1:-1]
    return {value, escaped, json.dumps(value)[1:-1], repr(value)[1:-1], json.dumps(escaped, ensure_ascii=False)[1:-1]}


class SecretNames:
    """Decides which names are secret: those that contain one of these words; the same rule as in SecretNames.java."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {word.lower() for word in words}

    def matches(self, name: str) -> bool:
        separated = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
        return name.lower() in self._words or not self._words.isdisjoint(re.split(r"[^a-z]+", separated))

    def values(self, value: Any, secret: bool = False) -> List[str]:
        """Returns the secret texts of a value: all texts of a secret value, else those under secret names in it."""
        if isinstance(value, dict):
            return [text for name, each in value.items() for text in self.values(each, secret or self.matches(str(name)))]
        if isinstance(value, (list, tuple)):
            return [text for each in value for text in self.values(each, secret)]
        return [str(value)] if secret and value is not None and not isinstance(value, bool) else []


class Secrets:
    """The secret values of one task. Each line of a multi-line value is a secret of its own."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._parts: List[str] = []
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Also masks these values from now on."""
        parts = set(self._parts)
        for value in values:
            for part in [value] + value.splitlines():
                if len(part.strip()) >= SHORTEST_SECRET:
                    parts |= _spellings(part)
        # Longest first, so that a secret that contains another is masked completely.
        self._parts = sorted(parts, key=len, reverse=True)

    def mask(self, text: str) -> str:
        for part in self._parts:
            if part in text:
                text = text.replace(part, MASK)
        return text
