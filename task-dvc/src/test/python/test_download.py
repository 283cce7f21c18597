# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Downloads: which commit a version is, what is at the path afterwards, and what is not touched."""

import os
import shutil

import pytest
from conftest import commits, git, wait_until

from dsharness.small_disk import small_disk

FOLDER = {"a.txt": "1", "sub/b c.txt": "22", "sub/中.txt": "333"}


@pytest.fixture
def images(initialized):
    """A runner on a repository with two versions of a folder and one of a file."""
    initialized.upload({"a.txt": "old"}, path="images", location="images", version="v1")
    shutil.rmtree(str(initialized.directory / "images"))
    initialized.upload(FOLDER, path="images", location="images", version="v2")
    shutil.rmtree(str(initialized.directory / "images"))
    return initialized


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_tag_a_branch_a_commit_and_the_newest(images, bare):
    newest, first = commits(bare)[0], git("--git-dir", bare, "rev-parse", "v1^{commit}").strip()
    for number, (version, commit) in enumerate(
        [("v1", first), ("main", newest), (first, first), (first[:9], first), ("main~1", first), ("HEAD", newest), (None, newest)]
    ):
        outputs = images.download(version, path="there%d" % number, location="images").outputs
        assert outputs["rev"] == commit, version
        assert outputs["version"] == (version or commit)
        expected = {"a.txt": "old"} if commit == first else FOLDER
        assert content(images.directory / ("there%d" % number)) == expected


def test_a_folder_is_replaced_by_another_version_and_nothing_is_left(images):
    assert images.download("v1", path="data", location="images").code == 0
    (images.directory / "data/mine.txt").write_text("in between")
    assert images.download("v2", path="data", location="images").outputs["nfiles"] == 3
    assert content(images.directory / "data") == FOLDER
    assert images.left() == [".data.dvc-version.json", "data"]


def test_what_is_there_is_not_fetched_again(images, store):
    assert images.download("v2", path="data", location="images").code == 0
    before = (images.directory / "data/a.txt").stat().st_ino
    store.rename(store.with_name("away"))
    ended = images.download("v2", path="data", location="images")
    assert ended.outputs["nfiles"] == 3 and "is there already" in ended.log
    assert (images.directory / "data/a.txt").stat().st_ino == before


def test_what_was_changed_is_fetched_again(images):
    images.download("v2", path="data", location="images")
    (images.directory / "data/a.txt").write_text("2")
    assert images.download("v2", path="data", location="images").code == 0
    assert content(images.directory / "data") == FOLDER


def test_equal_content_without_a_note_is_left_alone(images):
    images.download("v2", path="data", location="images")
    (images.directory / ".data.dvc-version.json").unlink()
    before = (images.directory / "data/a.txt").stat().st_ino
    ended = images.download("v2", path="data", location="images")
    assert ended.code == 0 and "has this content already" in ended.log
    assert (images.directory / "data/a.txt").stat().st_ino == before


def test_a_folder_that_no_download_made_is_not_replaced(images):
    (images.directory / "data").mkdir()
    (images.directory / "data/precious").write_text("x")
    fault = images.download("v2", path="data", location="images").fault
    assert fault.startswith("dvcLoadSaveDataPath: the folder %s/data has something else in it" % images.directory)
    assert content(images.directory / "data") == {"precious": "x"}
    assert images.download("v2", path="data/images", location="images").code == 0
    assert images.download("v1", path="data/images", location="images").code == 0


def test_the_tasks_own_directory_is_not_replaced(images):
    assert "is the task's own directory or above it" in images.download("v2", path=".", location="images").fault
    assert "is the task's own directory or above it" in images.download("v2", path="/", location="images").fault


def test_a_file_goes_into_a_folder_and_replaces_a_file(initialized):
    initialized.upload("1\n")
    (initialized.directory / "in").mkdir()
    assert initialized.download(path="in").outputs["path"] == str(initialized.directory / "in/iris.csv")
    assert initialized.download(path="new folder/").outputs["path"] == str(initialized.directory / "new folder/iris.csv")
    (initialized.directory / "my data.csv").write_text("old")
    assert initialized.download(path="my data.csv").code == 0
    assert (initialized.directory / "my data.csv").read_text() == "1\n"
    assert not os.access(str(initialized.directory / "my data.csv"), os.X_OK)


def test_a_link_leads_to_the_place(initialized, tmp_path):
    initialized.upload("1\n")
    (tmp_path / "disk").mkdir()
    (initialized.directory / "link.csv").symlink_to(tmp_path / "disk/iris.csv")
    assert initialized.download(path="link.csv").code == 0
    assert (initialized.directory / "link.csv").is_symlink()
    assert (tmp_path / "disk/iris.csv").read_text() == "1\n"


def test_a_part_of_a_folder_and_a_folder_with_several(images):
    assert images.download("v2", path="b.txt", location="images/sub/b c.txt").outputs["size"] == 2
    assert images.download("v2", path="sub", location="images/sub").outputs["nfiles"] == 2
    assert content(images.directory / "sub") == {"b c.txt": "22", "中.txt": "333"}


def test_a_file_that_git_has(images, bare, tmp_path):
    git("clone", "-q", bare, tmp_path / "clone")
    (tmp_path / "clone/small.csv").write_text("from git")
    git("add", ".", cwd=tmp_path / "clone")
    git("commit", "-qm", "small", cwd=tmp_path / "clone")
    git("push", "-q", "origin", "main", cwd=tmp_path / "clone")
    outputs = images.download(None, path="small.csv", location="small.csv").outputs
    assert (images.directory / "small.csv").read_text() == "from git"
    assert "url" not in outputs


def test_a_version_that_does_not_exist_lists_those_that_do(images):
    assert images.download("v3", location="images").fault == (
        "dvcVersion: %s: there is no tag, branch or commit v3 in it; its tags are v1, v2." % images.repository
    )


def test_a_tag_that_is_not_of_a_commit(images, bare):
    git("--git-dir", bare, "tag", "listing", git("--git-dir", bare, "rev-parse", "v1^{tree}").strip())
    fault = images.download("listing", location="images").fault
    assert fault == "dvcVersion: %s: its tag listing is not of a commit; its tags are listing, v1, v2." % images.repository


def test_a_location_that_does_not_exist_lists_its_neighbours(images):
    fault = images.download("v2", location="imges").fault
    assert fault.startswith("dvcDataLocation: there is no imges in commit ") and "images" in fault


def test_an_object_that_is_damaged_is_a_fault_and_the_former_data_stays(images, store):
    images.download("v1", path="data", location="images")
    for path in store.rglob("*"):
        if path.is_file() and path.read_text() == "22":
            path.chmod(0o644)
            path.write_text("33")
    fault = images.download("v2", path="data", location="images").fault
    assert fault.startswith("The store has other data than the version: images/sub/b c.txt has the checksum ")
    assert content(images.directory / "data") == {"a.txt": "old"}
    assert images.left() == [".data.dvc-version.json", "data"]


def test_an_object_that_is_missing_is_the_reason(images, store):
    for path in store.rglob("*"):
        if path.is_file() and path.read_text() == "22":
            path.unlink()
    assert images.download("v2", path="data", location="images").fault.startswith("The download of images failed: ")
    assert images.left() == []


def test_a_second_download_needs_neither_store_nor_dvc(images, other, store, tmp_path):
    cache = str(tmp_path / "cache")
    first = images.download("v2", path="data", location="images", cacheDir=cache).outputs
    store.rename(store.with_name("away"))
    ended = other.download("v2", path="data", location="images", cacheDir=cache)
    assert "from the worker's cache" in ended.log
    second = ended.outputs
    assert content(other.directory / "data") == FOLDER
    assert {**first, "path": ""} == {**second, "path": ""}


def test_a_changed_entry_of_the_cache_is_fetched_again(images, other, tmp_path):
    cache = str(tmp_path / "cache")
    images.download("v2", path="data", location="images", cacheDir=cache)
    [path] = (tmp_path / "cache").glob("*/*.dir/data/a.txt")
    path.chmod(0o644)
    path.write_text("9")
    assert other.download("v2", path="data", location="images", cacheDir=cache).code == 0
    assert content(other.directory / "data") == FOLDER


def test_copies_can_be_changed_without_harm(images, other, tmp_path):
    cache = str(tmp_path / "cache")
    images.download("v2", path="data", location="images", cacheDir=cache, link="copy")
    (images.directory / "data/a.txt").write_text("mine")
    ended = other.download("v2", path="data", location="images", cacheDir=cache, link="copy")
    assert "from the worker's cache" in ended.log
    assert content(other.directory / "data") == FOLDER


def test_the_cache_stays_below_its_limit(images, tmp_path):
    cache = str(tmp_path / "cache")
    images.download("v1", path="one", location="images", cacheDir=cache, cacheLimit=7)
    images.download("v2", path="two", location="images", cacheDir=cache, cacheLimit=7)
    assert len(list((tmp_path / "cache").glob("*/*.dir"))) == 1
    assert content(images.directory / "one") == {"a.txt": "old"}


def test_data_that_does_not_fit_is_a_fault_before_it_is_fetched(images, tmp_path):
    with small_disk(tmp_path / "small", "64k") as small:
        images.upload("x" * 200000, path="big.csv", location="big.csv", version="big")
        fault = images.download("big", path=str(small / "big.csv"), location="big.csv").fault
        assert fault == "dvcLoadSaveDataPath: the data has 200 kB, and there is room for %s in %s." % ("65.5 kB", small)
        assert list(small.iterdir()) == []


def test_a_reader_never_sees_half_a_folder(images):
    import threading

    images.download("v1", path="data", location="images")
    seen, over = set(), threading.Event()

    def read():
        while not over.is_set():
            try:
                before = os.stat(str(images.directory / "data")).st_ino
                names = tuple(sorted(os.listdir(str(images.directory / "data"))))
                # Who has opened the former folder may see it go; the path leads to a whole one at any time.
                if os.stat(str(images.directory / "data")).st_ino == before:
                    seen.add(names)
            except FileNotFoundError:
                seen.add("nothing")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for version in ("v2", "v1"):
            assert images.download(version, path="data", location="images").code == 0
            wanted = ("a.txt", "sub") if version == "v2" else ("a.txt",)
            wait_until(lambda wanted=wanted: wanted in seen, what="the reader looks")
    finally:
        over.set()
        reader.join()
    assert seen == {("a.txt",), ("a.txt", "sub")}
