# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The Markdown files of the project, read as a reader's browser reads them."""

import os
import re
import subprocess
from pathlib import Path

from markdown_it import MarkdownIt

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"

#: A comment before a block says what its readers need not know: "not run: why" or "file: name".
NOTE = re.compile(r"<!--\s*(not run|file):\s*(.+?)\s*-->\s*\Z", re.DOTALL)


class Block:
    """A fenced block: its language, its text, its first line in the file, and the note before it."""

    def __init__(self, token, note):
        self.language = token.info.strip()
        self.text = token.content
        self.line = token.map[0] + 1
        self.note, self.reason = note if note else (None, None)


class Page:
    def __init__(self, path):
        self.path = path
        self.name = os.path.relpath(str(path), str(PROJECT))
        self.text = path.read_text(encoding="utf-8")
        self.blocks, self.headings, self.tables, self.links, self.codes, self.prose = [], [], [], [], [], []
        self._read(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(self.text))

    def __repr__(self):
        return self.name

    def _read(self, tokens):
        note = None
        for position, token in enumerate(tokens):
            if token.type in ("fence", "code_block"):
                self.blocks.append(Block(token, note))
            elif token.type == "heading_open":
                self.headings.append((int(token.tag[1]), _plain(tokens[position + 1])))
            elif token.type == "table_open":
                self.tables.append(0)
            elif token.type == "tr_open":
                self.tables[-1] += 1
            elif token.type == "inline":
                self._read_inline(token)
            found = NOTE.search(token.content) if token.type == "html_block" else None
            note = found.groups() if found else None

    def _read_inline(self, token):
        line = token.map[0] + 1 if token.map else 0
        for child in token.children:
            if child.type == "link_open":
                self.links.append((child.attrs["href"], line))
            elif child.type == "image":
                self.links.append((child.attrs["src"], line))
            elif child.type == "code_inline":
                self.codes.append((child.content, line))
            elif child.type == "html_inline":
                self.links += [(each, line) for each in re.findall(r'(?:src|srcset|href)="([^"]+)"', child.content)]
            elif child.type == "text":
                self.prose.append((child.content, line))

    def anchors(self):
        """The names that GitHub gives the headings."""
        seen, names = {}, set(re.findall(r'<a (?:id|name)="([^"]+)"', self.text))
        for _, title in self.headings:
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = seen[slug] = seen.get(slug, -1) + 1
            names.add("%s-%d" % (slug, count) if count else slug)
        return names


def _plain(inline):
    return "".join(child.content for child in inline.children if child.type in ("text", "code_inline"))


def tracked(pattern=""):
    """The files of the project that git knows or would know, as paths."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, stdout=subprocess.PIPE, check=True
    ).stdout.decode("utf-8")
    return sorted(PROJECT / each for each in listed.split("\0") if each.endswith(pattern) and (PROJECT / each).is_file())


PAGES = [Page(each) for each in tracked(".md")]
BY_NAME = {page.name: page for page in PAGES}


def is_chinese(page):
    return page.name.startswith("docs/zh/") or page.name.endswith(".zh.md")


def counterpart(name):
    """The same page in the other language; None for pages that have one language only."""
    for one, other in (("docs/en/", "docs/zh/"), ("docs/zh/", "docs/en/")):
        if name.startswith(one):
            return other + name[len(one) :]
    if name.endswith(".zh.md"):
        return name[: -len("zh.md")] + "md"
    if name in ("README.md", "docs/benchmarks.md") or name.startswith("examples/"):
        return name[: -len("md")] + "zh.md"
    return None


#: (English, Chinese) pages that are both there.
PAIRS = [(page, BY_NAME[counterpart(page.name)]) for page in PAGES if not is_chinese(page) and counterpart(page.name) in BY_NAME]
