# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a reader copies from a page works: commands run, JSON parses, Python compiles."""

import json
import os
import re
import subprocess
import sys

import pytest
from book import PAGES, PROJECT, is_chinese

COMMANDS = re.compile(r"(\$ |\.?/?\S*\.sh\b|\.ci/|mvn |pip |python3? |curl |docker |git |apt-get |sudo |tar |cd )")

#: A Chinese page has the commands of its English one (test_languages.py); they run once.
RUN = [page for page in PAGES if not is_chinese(page) and any(block.language == "sh" for block in page.blocks)]


@pytest.mark.parametrize("page", RUN, ids=str)
def test_commands_run(page, tmp_path):
    """The commands of a page, in their order, in a directory that looks like a clone of the project.

    A block after <!-- not run: REASON --> is not run; one after <!-- file: NAME --> is saved under that name first.
    """
    for entry in PROJECT.iterdir():
        if entry.name not in (".git", ".work", "target", "docs"):
            (tmp_path / entry.name).symlink_to(entry)
    for block in page.blocks:
        if block.note == "file":
            file = tmp_path / block.reason
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "sh" and block.note is None:
            _run(page, block, tmp_path)


def _run(page, block, directory):
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
        env=dict(os.environ, PATH=path, HOME=str(directory / "home")),
        check=False,
    )
    assert done.returncode == 0, "%s:%d ended with %d:\n%s" % (page, block.line, done.returncode, done.stdout[-3000:])


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_is_not_run_says_why(page):
    assert ["%s:%d" % (page, block.line) for block in page.blocks if block.note == "not run" and len(block.reason) < 15] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_are_marked_as_such(page):
    """Commands stand in blocks with the language sh: others would never be run."""
    assert ["%s:%d" % (page, block.line) for block in page.blocks if not block.language and COMMANDS.match(block.text)] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_json_parses_and_python_compiles(page):
    for block in page.blocks:
        if block.language == "json":
            # A placeholder of DolphinScheduler may stand for a JSON value.
            json.loads(re.sub(r"(?<=[:,\[] )\$\{\w+\}", "null", block.text))
        elif block.language == "python":
            compile(block.text, "%s:%d" % (page, block.line), "exec")
