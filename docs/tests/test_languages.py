# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The book is the same book in English and in Chinese."""

import re
from collections import Counter

import pytest
from book import PAGES, PAIRS, counterpart, is_chinese

BOTH = pytest.mark.parametrize("english, chinese", PAIRS, ids=[each[0].name for each in PAIRS])

#: Where a comment begins; comments are translated, code is not.
COMMENT = {"sh": "#", "python": "#", "yaml": "#", "properties": "#", "sql": "--"}


def test_every_page_has_its_counterpart():
    names = {page.name for page in PAGES}
    assert [name for name in sorted(names) if counterpart(name) and counterpart(name) not in names] == []


@BOTH
def test_headings_have_the_same_levels(english, chinese):
    assert [level for level, _ in english.headings] == [level for level, _ in chinese.headings]


@BOTH
def test_tables_have_the_same_rows(english, chinese):
    assert english.tables == chinese.tables


@BOTH
def test_blocks_are_the_same_but_for_comments(english, chinese):
    assert [_bare(each) for each in english.blocks] == [_bare(each) for each in chinese.blocks]


def _bare(block):
    """The code without its comments. Of a picture in characters, which has no language, only that it is there."""
    if not block.language:
        return ""
    mark = COMMENT.get(block.language)
    if not mark:
        return block.language, block.text
    lines = (re.sub(r"(^|\s+)%s\s.*" % mark, "", line) for line in block.text.splitlines())
    return block.language, [line for line in lines if line]


@BOTH
def test_links_lead_to_the_same_places(english, chinese):
    assert Counter(map(_place, english.links)) == Counter(map(_place, chinese.links))


def _place(link):
    """The address without what a language changes: its folder, its headings, its README."""
    address = re.sub(r"(^|docs/|\.\./)zh/", r"\1en/", link[0])
    return re.sub(r"#.*", "#", address.replace(".zh.", "."))


@pytest.mark.parametrize("page", list(filter(is_chinese, PAGES)), ids=str)
def test_chinese_pages_are_chinese(page):
    """No paragraph or cell of a few words was left in English."""
    left = [
        (line, text) for text, line in page.prose if len(re.findall(r"[A-Za-z]+", text)) > 8 and not re.search(r"[一-鿿]", text)
    ]
    assert left == []
