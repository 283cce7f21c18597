# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps secret values out of everything that people read."""

import json
import re

MASK = "******"

# Shorter values would blank out ordinary words and digits of the log.
SHORTEST_SECRET = 4


def _spellings(value):
    """The value as it is, and as JSON, Python and papermill write it between quotes."""
    escaped = json.dumps(value, ensure_ascii=False)[1:-1]
    return {value, escaped, json.dumps(value)[1:-1], repr(value)[1:-1], json.dumps(escaped, ensure_ascii=False)[1:-1]}


class SecretNames:
    """Which names are secret: those that have one of these words, as SecretNames.java decides it."""

    def __init__(self, words):
        self._words = {word.lower() for word in words}

    def matches(self, name):
        separated = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
        return name.lower() in self._words or not self._words.isdisjoint(re.split(r"[^a-z]+", separated))

    def values(self, value, secret=False):
        """The secret texts of a value: all of a secret one, else those under secret names in it."""
        if isinstance(value, dict):
            return [text for name, each in value.items() for text in self.values(each, secret or self.matches(str(name)))]
        if isinstance(value, (list, tuple)):
            return [text for each in value for text in self.values(each, secret)]
        return [str(value)] if secret and value is not None and not isinstance(value, bool) else []


class Secrets:
    """The secret values of one task. Each line of a multi-line value is a secret of its own."""

    def __init__(self, values=()):
        self._parts = []
        self.add(values)

    def add(self, values):
        """Masks these values, too, from now on."""
        parts = set(self._parts)
        for value in values:
            for part in [value] + value.splitlines():
                if len(part.strip()) >= SHORTEST_SECRET:
                    parts |= _spellings(part)
        # The longest first, so that a secret which contains another one is masked whole.
        self._parts = sorted(parts, key=len, reverse=True)

    def mask(self, text):
        for part in self._parts:
            if part in text:
                text = text.replace(part, MASK)
        return text
