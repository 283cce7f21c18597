# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks: a version that is there and whole, one that is waited for, one that is damaged."""

from conftest import Runner


def test_a_version_that_is_whole(initialized):
    uploaded = initialized.upload({"a": "1", "b": "22"}, path="images", location="images").outputs
    checked = initialized.run("check", version="v1", location="images", pollInterval=1).outputs
    assert checked == {name: value for name, value in uploaded.items() if name != "path"}
    assert initialized.left() == ["images"]


def test_a_part_of_a_folder_has_the_size_that_the_store_has(initialized):
    initialized.upload({"a": "1", "b": "22"}, path="images", location="images")
    checked = initialized.run("check", version="v1", location="images/b", pollInterval=1).outputs
    assert (checked["size"], checked["nfiles"]) == (2, 1)


def test_what_is_missing_in_the_store_is_a_failure_at_once(initialized, store):
    initialized.upload({"a": "1", "b": "22"}, path="images", location="images")
    [path] = [path for path in store.rglob("*") if path.is_file() and path.read_text() == "22"]
    path.chmod(0o644)
    path.write_text("2")
    fault = initialized.run("check", version="v1", location="images", waitTimeout=900, pollInterval=1).fault
    assert fault.endswith("has 2 bytes of images, and the version says 3.")
    path.unlink()
    fault = initialized.run("check", version="v1", location="images", waitTimeout=900, pollInterval=1).fault
    assert fault.endswith("does not have all of images: images/b is missing, 1 of 2 files in all.")


def test_a_version_that_does_not_come_is_a_failure(initialized):
    fault = initialized.run("check", version="v1", waitTimeout=1, pollInterval=1).fault
    assert fault == "dvcVersion: %s has no tag or branch v1 after 1 s." % initialized.repository


def test_a_version_is_waited_for(initialized, tmp_path):
    process = initialized.start("check", version="v1", waitTimeout=900, pollInterval=1)
    (tmp_path / "elsewhere").mkdir()
    uploaded = Runner(tmp_path / "elsewhere", initialized.repository).upload().outputs
    assert initialized.finish(process).outputs["md5"] == uploaded["md5"]


def test_a_change_is_waited_for(initialized, tmp_path):
    first = initialized.upload("1").outputs
    process = initialized.start("check", version=None, changedFrom=first["md5"], waitTimeout=900, pollInterval=1)
    (tmp_path / "elsewhere").mkdir()
    second = Runner(tmp_path / "elsewhere", initialized.repository).upload("2", version="v2").outputs
    assert initialized.finish(process).outputs["rev"] == second["rev"]
