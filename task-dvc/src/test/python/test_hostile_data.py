# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in every field: they arrive as they are in Git and in the store, or a sentence refuses them."""

import hashlib

from conftest import commits, git, tags

CANARY = "CANARY"
TEXTS = ["my data.csv", "it's; touch CANARY", "$(touch CANARY)`touch CANARY`.csv", "a\"b\\c$HOME.csv", "-rf", "--help",
         "中文 数据.csv", "#a!b*[c]?.csv", "&&touch CANARY|x", "yes", "null", "1.0", "a: b", "- x", "%s%n", "~", "{a,b}"]


def test_names_of_data_messages_and_authors_arrive(initialized, other, bare, tmp_path):
    for number, text in enumerate(TEXTS):
        (initialized.directory / text).write_text("content %d" % number)
    # One upload is a folder with all of these names in it.
    (initialized.directory / "all of them").mkdir()
    for text in TEXTS:
        (initialized.directory / "all of them" / text).write_text(text)
    message = "a $(touch CANARY) b\n\n#c 'd' \"e\" `f`"
    ended = initialized.upload(None, path="all of them", location="data/all $(touch CANARY)'s", message=message,
                               gitName="A $(touch CANARY) 'B' C", gitEmail="a b@example.com", version="v$(id)'\"`x`")
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
