# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Texts are plain English: what CONTRIBUTING's table refuses is in no page, comment, docstring or message."""

import io
import re
import tokenize

import pytest
from book import PAGES, PROJECT, is_chinese, tracked

TABLE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("| not | but |")[1]
REFUSED = [word for row in TABLE.splitlines() for word in re.findall(r"`([^`]+)`", row.split("|")[1] if "|" in row else "")]

#: "is no file" stands for every such noun; these are English.
NO_NOUN = re.compile(r"(?<!here )\b(?:is|was) no (?!longer\b|such\b|more\b|one\b|way\b|match\b)[a-z]+\b")
WORDS = re.compile(r"\b(?:%s)\b" % "|".join(re.escape(word) for word in REFUSED if not word.startswith("is no ")), re.IGNORECASE)

SOURCES = [path for path in tracked() if path.suffix in (".py", ".java", ".sh") and not {"test", "tests"} & set(path.parts)]
JAVA_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|//.*|^\s*/?\*.*')
SHELL_TEXT = re.compile(r"#.*|'[^']*'|\"[^\"]*\"")


def texts(path):
    """The comments and strings of a source file, each with its line."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                for offset, line in enumerate(token.string.splitlines()):
                    yield line, token.start[0] + offset
        return
    pattern = JAVA_TEXT if path.suffix == ".java" else SHELL_TEXT
    for number, line in enumerate(source.splitlines(), 1):
        for found in pattern.findall(line):
            yield found, number


def refused(pairs):
    return [
        "line %d: %s" % (line, found.group())
        for text, line in pairs
        for found in [WORDS.search(text) or NO_NOUN.search(text)]
        if found
    ]


def test_the_table_is_read():
    assert len(REFUSED) > 15
    assert refused([("it is no file", 1), ("built Anew", 2), ("there is no file; it is no longer here", 3)]) == [
        "line 1: is no file",
        "line 2: Anew",
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if not is_chinese(page)], ids=str)
def test_pages_are_plain(page):
    assert refused(page.prose) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_sources_are_plain(path):
    assert refused(texts(path)) == []
