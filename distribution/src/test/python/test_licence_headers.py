# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Every source file begins with its copyright and its licence; `mvn spotless:apply` writes both into Java files."""

import subprocess

from dsharness import places

COMMENTS = {
    ".java": "/*\n * {}\n * {}\n */\n",
    ".c": "/*\n * {}\n * {}\n */\n",
    ".py": "# {}\n# {}\n",
    ".sh": "# {}\n# {}\n",
}
LINES = ("Copyright 2026 the DolphinML authors", "SPDX-License-Identifier: Apache-2.0")


def sources():
    """The source files of the project, including those that are not committed yet, without what the golden tests generate."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=str(places.PROJECT),
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout
    for name in listed.splitlines():
        file = places.PROJECT / name
        if not file.is_file() or not file.stat().st_size or "/golden/" in name:
            continue
        if file.suffix in COMMENTS:
            yield name, file.read_text(encoding="utf-8"), COMMENTS[file.suffix]
        elif not file.suffix and file.read_bytes().startswith(b"#!"):
            yield name, file.read_text(encoding="utf-8"), COMMENTS[".sh"]


def test_each_source_file_has_the_header():
    checked, without = 0, []
    for name, text, comment in sources():
        checked += 1
        if text.startswith("#!"):
            text = text.partition("\n")[2]
        if not text.startswith(comment.format(*LINES)):
            without.append(name)
    assert without == [], "these must begin with:\n" + "\n".join(LINES)
    assert checked > 800
