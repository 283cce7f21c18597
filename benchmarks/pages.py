#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables that the benchmarks have left into docs/benchmarks.md and docs/benchmarks.zh.md.

    python3 benchmarks/pages.py DIRECTORY

DIRECTORY holds NAME.json of each benchmark that has run; the tables of the others stay as they are.
"""

import json
import re
import sys
from pathlib import Path

import frame

BEGIN, END = "<!-- figures: %s -->", "<!-- end of figures -->"
WORDS = Path(__file__).with_name("words_zh.json")

# What is the same in each language: numbers, units and signs.
_NEUTRAL = re.compile(r"[\d\s.,:+±/()%-]|\b(ms|s|MB|kB|GB|to)\b|(?<=\d)(ms|s)|flat")


class Chinese:
    """The words of the tables in Chinese; raises KeyError for what words_zh.json lacks."""

    def __init__(self):
        self._words = json.loads(WORDS.read_text(encoding="utf-8"))

    def __call__(self, text):
        if text in self._words:
            return self._words[text]
        if not _NEUTRAL.sub("", text):
            return text.replace(" to ", "–").replace("flat", self._words["flat"])
        what, number = self._with_number(text)
        return self._words[what].format(number)

    @staticmethod
    def _with_number(text):
        """A text whose first number is left out, and the number: tables name sizes."""
        found = re.search(r"\d[\d,.]*", text)
        return (text[: found.start()] + "{}" + text[found.end() :], found.group()) if found else (text, "")


def insert(page, name, text):
    """The page with other figures between the marks of a benchmark."""
    begin = BEGIN % name
    if begin not in page:
        raise SystemExit("there is no place for the figures of %s" % name)
    before, _, rest = page.partition(begin + "\n")
    return before + begin + "\n" + text + "\n" + END + rest.partition(END)[2]


def main(directory):
    for path, words in (("docs/benchmarks.md", frame.english), ("docs/benchmarks.zh.md", Chinese())):
        file = frame.PROJECT / path
        page = file.read_text(encoding="utf-8")
        for results in sorted(Path(directory).glob("*.json")):
            content = json.loads(results.read_text(encoding="utf-8"))
            try:
                text = "\n\n".join(frame.markdown(content, table, words) for table in content["tables"])
            except KeyError as missing:
                raise SystemExit("words_zh.json has no words for %s" % missing)
            page = insert(page, content["name"], text)
        file.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
