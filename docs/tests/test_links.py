# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Every link of every Markdown file leads somewhere."""

import os
import re
from urllib.parse import unquote

import pytest
from book import BY_NAME, DOCS, PAGES, PROJECT, Page


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_and_anchors_resolve(page):
    assert [fault for fault in (_fault(page, *link) for link in page.links) if fault] == []


def _fault(page, address, line):
    if address.startswith(("http://", "https://", "mailto:")):
        return "" if not address.startswith("http://") else "%s:%d: %s is not https" % (page, line, address)
    path, _, anchor = unquote(address).partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    try:
        name = target.relative_to(PROJECT).as_posix()
    except ValueError:
        return "%s:%d: %s is outside of the project" % (page, line, address)
    if not target.exists():
        return "%s:%d: %s is not there" % (page, line, address)
    if anchor and target.suffix == ".md" and anchor not in BY_NAME[name].anchors():
        return "%s:%d: %s has no heading #%s, but %s" % (page, line, name, anchor, sorted(BY_NAME[name].anchors()))
    return ""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_can_be_reached_from_the_index(language):
    reached, waiting = set(), [DOCS / language / "README.md"]
    while waiting:
        page = waiting.pop()
        name = page.relative_to(PROJECT).as_posix()
        if name in reached or name not in BY_NAME:
            continue
        reached.add(name)
        for address, _ in BY_NAME[name].links:
            if ":" not in address:
                waiting.append(_inside(page, address.partition("#")[0]))
    there = {each.name for each in PAGES if each.name.startswith("docs/%s/" % language)}
    assert there - reached == set()


def _inside(page, path):
    target = os.path.normpath(str(page.parent / path))
    return PROJECT / os.path.relpath(target, str(PROJECT))


#: Beside docs/, what the release archive has; see distribution/pom.xml.
ARCHIVE = re.compile(r"docs/|examples/(?!run-demo\.sh)|(README|README\.zh|CHANGELOG|SECURITY)\.md$|LICENSE$|NOTICE$")


@pytest.mark.parametrize("page", [page for page in PAGES if page.name.startswith(("docs/en/", "docs/zh/"))], ids=str)
def test_links_resolve_in_the_archive_too(page):
    targets = {
        _inside(page.path, address.partition("#")[0])
        for address, _ in page.links
        if ":" not in address and not address.startswith("#")
    }
    names = {each.relative_to(PROJECT).as_posix() for each in targets}
    assert sorted(name for name in names if not ARCHIVE.match(name)) == []


def test_anchors_are_those_of_github(tmp_path):
    file = tmp_path / "page.md"
    file.write_text("# Kill and time-out\n\n## `a.b` (c)\n\n## 机密\n\n```\n# no heading\n```\n\n## 机密\n")
    page = Page(file)
    assert page.anchors() == {"kill-and-time-out", "ab-c", "机密", "机密-1"}
