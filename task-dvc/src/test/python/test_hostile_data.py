# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in every field: they arrive as they are in Git and in the store, or a sentence refuses them."""

import hashlib

import pytest
from conftest import commits, dvc, git, tags

CANARY = "CANARY"
TEXTS = [
    "my data.csv",
    "it's; touch CANARY",
    "$(touch CANARY)`touch CANARY`.csv",
    'a"b\\c$HOME.csv',
    "-rf",
    "--help",
    "中文 数据.csv",
    "#a!b*[c]?.csv",
    "&&touch CANARY|x",
    "yes",
    "null",
    "1.0",
    "a: b",
    "- x",
    "%s%n",
    "~",
    "{a,b}",
]


def test_names_of_data_messages_and_authors_arrive(initialized, other, bare, tmp_path):
    for number, text in enumerate(TEXTS):
        (initialized.directory / text).write_text("content %d" % number)
    # One upload is a folder with all of these names in it.
    (initialized.directory / "all of them").mkdir()
    for text in TEXTS:
        (initialized.directory / "all of them" / text).write_text(text)
    message = "a $(touch CANARY) b\n\n#c 'd' \"e\" `f`"
    ended = initialized.upload(
        None,
        path="all of them",
        location="data/all $(touch CANARY)'s",
        message=message,
        gitName="A $(touch CANARY) 'B' C",
        gitEmail="a b@example.com",
        version="v$(id)'\"`x`",
    )
    assert ended.code == 0, ended.log
    assert tags(bare) == ["v$(id)'\"`x`"]
    assert git("--git-dir", bare, "log", "-1", "--format=%B", "main").rstrip("\n") == message
    assert git("--git-dir", bare, "log", "-1", "--format=%an", "main").strip() == "A $(touch CANARY) 'B' C"
    there = other.download("v$(id)'\"`x`", location="data/all $(touch CANARY)'s", path="here it's $(x)")
    assert there.outputs["nfiles"] == len(TEXTS)
    for text in TEXTS:
        assert (other.directory / "here it's $(x)" / text).read_text() == text
    assert not list(tmp_path.rglob(CANARY))


def test_each_name_is_one_of_a_file_too(initialized, other, bare, tmp_path):
    for text in TEXTS[:7] + TEXTS[9:11]:
        (initialized.directory / text).write_text("content of " + text)
        ended = initialized.upload(None, path=text, location="raw/" + text, version=None)
        assert ended.code == 0, ended.log
        there = other.download(None, location="raw/" + text, path="out/" + text)
        assert there.outputs["md5"] == hashlib.md5(("content of " + text).encode()).hexdigest()
        assert there.outputs["rev"] == commits(bare)[0]
    assert not list(tmp_path.rglob(CANARY))


#: Locations that Git's pathspecs, YAML or a .gitignore read in another way, or that look like files of DVC.
LOCATIONS = [
    "emoji\U0001f600/\U0001f600.csv",
    "a\u0085b\u2028c\u00a0d.csv",
    "\ufeffbom",
    ": colon",
    "*",
    "[a]*",
    "y.dvc/z",
    " blank ",
    'bs\\n"q"',
    "true",
]


def test_what_is_committed_is_what_dvc_reads(initialized, bare, tmp_path):
    for number, location in enumerate(LOCATIONS):
        ended = initialized.upload("content %d" % number, location=location, version=None)
        assert ended.code == 0, ended.log
    clone = tmp_path / "clone"
    git("clone", "-q", bare, clone)
    dvc(initialized, clone, "pull")
    for number, location in enumerate(LOCATIONS):
        assert (clone / location).read_text() == "content %d" % number
    assert git("status", "--porcelain", cwd=clone) == ""


@pytest.mark.parametrize(
    "location, reason",
    [
        ("x.dvc", "DVC cannot have data at x.dvc: DVC file 'x.dvc' cannot be an output; choose another location."),
        ("x.tmp", "DVC cannot have data at x.tmp: Path 'x.tmp' is ignored by .dvcignore:1:*.tmp; choose another location."),
        ("ignored/x", "DVC does not see data at ignored/x, which a .dvcignore may name; choose another location."),
        ("deep/.gitignore", "deep/.gitignore is a name of Git or DVC itself; choose another location."),
        ("link/x", "link in the repository is not a folder; choose another location."),
        ("file/x", "file in the repository is not a folder; choose another location."),
    ],
)
def test_a_location_that_would_spoil_the_repository_is_refused(initialized, bare, store, tmp_path, location, reason):
    clone = tmp_path / "clone"
    git("clone", "-q", bare, clone)
    (tmp_path / "outside").mkdir()
    (clone / ".dvcignore").write_text("*.tmp\nignored/\n")
    (clone / "link").symlink_to(tmp_path / "outside")
    (clone / "file").write_text("of Git")
    git("add", ".", cwd=clone)
    git("commit", "-qm", "ignore", cwd=clone)
    git("push", "-q", "origin", "main", cwd=clone)
    before = git("--git-dir", bare, "for-each-ref")
    assert initialized.upload(location=location).fault == "dvcDataLocation: " + reason
    assert git("--git-dir", bare, "for-each-ref") == before
    assert not list((tmp_path / "outside").iterdir()) and not [path for path in store.rglob("*") if path.is_file()]
