# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Several tasks at once on one repository, one store and one cache."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

from conftest import Runner, commits, git, shown, tags

AT_ONCE = 10


def test_ten_uploads_are_all_on_the_branch(initialized, bare, tmp_path):
    def one(number):
        (tmp_path / str(number)).mkdir()
        runner = Runner(tmp_path / str(number), initialized.repository)
        return runner.upload("content %d" % number, version="v%d" % number, location="data/%d.csv" % number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        revisions = [ended.outputs["rev"] for ended in pool.map(one, range(AT_ONCE))]
    assert set(revisions) <= set(commits(bare)) and len(set(revisions)) == AT_ONCE
    assert tags(bare) == sorted("v%d" % number for number in range(AT_ONCE))
    assert sorted(shown(bare, "data/.gitignore").split()) == sorted("/%d.csv" % number for number in range(AT_ONCE))
    for number in (0, AT_ONCE - 1):
        there = initialized.download("v%d" % number, location="data/%d.csv" % number, path="%d.csv" % number)
        assert there.outputs["rev"] == revisions[number]
        assert (initialized.directory / ("%d.csv" % number)).read_text() == "content %d" % number


def test_uploads_of_one_location_are_versions_one_after_the_other(initialized, bare, tmp_path):
    def one(number):
        (tmp_path / str(number)).mkdir()
        return Runner(tmp_path / str(number), initialized.repository).upload(str(number), version="v%d" % number)

    with ThreadPoolExecutor(3) as pool:
        revisions = [ended.outputs["rev"] for ended in pool.map(one, range(3))]
    assert set(revisions) <= set(commits(bare)) and len(set(revisions)) == 3


def test_two_that_want_the_same_tag_do_not_both_get_it(initialized, bare, tmp_path):
    def one(content):
        (tmp_path / content).mkdir()
        return Runner(tmp_path / content, initialized.repository).upload(content, version="v1")

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(one, ("left", "right")))
    assert sorted(each.code for each in ended) == [0, 1]
    [lost] = [each for each in ended if each.code]
    assert lost.fault.startswith("dvcVersion: the tag v1 exists, and data/iris.csv has the checksum ")
    [won] = [each for each in ended if not each.code]
    assert commits(bare)[0] == won.outputs["rev"] == git("--git-dir", bare, "rev-parse", "v1^{commit}").strip()


def clones_files(folder):
    """Whether the file system can give two files the same blocks."""
    (folder / "original").write_text("x")
    done = subprocess.run(
        ["cp", "--reflink=always", "original", "clone"], cwd=str(folder), stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def test_one_of_many_tasks_fetches_and_all_have_it(initialized, tmp_path):
    initialized.upload({"%02d" % number: "x" * number for number in range(40)}, path="images", location="images")

    def one(number):
        (tmp_path / str(number)).mkdir()
        return Runner(tmp_path / str(number), initialized.repository).download(
            location="images", path="images", cacheDir=str(tmp_path / "cache")
        )

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(one, range(4)))
    assert {each.outputs["md5"] for each in ended} == {ended[0].outputs["md5"]}
    inodes = {(tmp_path / str(number) / "images/39").stat().st_ino for number in range(4)}
    [entry] = (tmp_path / "cache").glob("*/*.dir")
    assert json.loads((entry / "entry.json").read_text())["size"] == ended[0].outputs["size"]
    assert len(inodes) == (4 if clones_files(tmp_path) else 1), "all are clones of one file, else links to it"
