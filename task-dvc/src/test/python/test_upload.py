# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Uploads: what is in the store and in the repository afterwards, and what is not when something is wrong."""

import hashlib
import json
import os
import stat

from conftest import commits, dvc, git, shown, tags

CSV = "sepal,petal\n1,2\n"
MD5 = hashlib.md5(CSV.encode()).hexdigest()


def objects(store):
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def test_a_file_is_in_the_store_the_branch_and_under_the_tag(initialized, bare, store):
    ended = initialized.upload(message="first data")
    outputs = ended.outputs
    assert outputs == {
        "rev": commits(bare)[0],
        "version": "v1",
        "md5": MD5,
        "size": len(CSV),
        "nfiles": 1,
        "path": str(initialized.directory / "iris.csv"),
        "url": outputs["url"],
    }
    assert (store / outputs["url"].replace("%s/" % store, "").replace("file://", "")).read_text() == CSV
    assert git("--git-dir", bare, "log", "-1", "--format=%s", "main").strip() == "first data"
    assert git("--git-dir", bare, "rev-parse", "v1^{commit}").strip() == outputs["rev"]
    assert git("--git-dir", bare, "tag", "-l", "--format=%(contents:subject)", "v1").strip() == "first data"
    assert "md5: " + MD5 in shown(bare, "data/iris.csv.dvc")
    assert shown(bare, "data/.gitignore") == "/iris.csv\n"
    assert initialized.left() == ["iris.csv"]


def test_a_folder_has_the_checksum_that_dvc_gives_it(initialized, bare, store, tmp_path):
    outputs = initialized.upload(
        {"a.txt": "1", "sub/b c.txt": "2", "sub/中.txt": "3"}, path="images", location="raw/images"
    ).outputs
    assert (outputs["nfiles"], outputs["size"]) == (3, 3)
    git("clone", "-q", bare, tmp_path / "clone")
    dvc(initialized, tmp_path / "clone", "pull")
    assert (tmp_path / "clone/raw/images/sub/中.txt").read_text() == "3"
    dvc(initialized, tmp_path / "clone", "add", "raw/images")
    assert git("status", "--porcelain", cwd=tmp_path / "clone") == ""


def test_a_retry_is_a_success_that_changes_nothing(initialized, bare):
    first = initialized.upload().outputs
    before = git("--git-dir", bare, "for-each-ref")
    assert initialized.upload().outputs == first
    assert git("--git-dir", bare, "for-each-ref") == before


def test_a_tag_with_other_content_is_a_fault_that_says_both(initialized, bare):
    initialized.upload()
    before = git("--git-dir", bare, "for-each-ref")
    other = hashlib.md5(b"other").hexdigest()
    fault = initialized.upload("other").fault
    assert fault == (
        "dvcVersion: the tag v1 exists, and data/iris.csv has the checksum %s in it, this data has %s; choose"
        " another version, or set dvc.moveTag=true." % (MD5, other)
    )
    assert git("--git-dir", bare, "for-each-ref") == before


def test_a_tag_is_moved_where_that_is_allowed(initialized, bare):
    first = initialized.upload().outputs
    second = initialized.upload("other", moveTag=True).outputs
    assert second["rev"] != first["rev"]
    assert git("--git-dir", bare, "rev-parse", "v1^{commit}").strip() == second["rev"]


def test_the_same_content_gets_another_version_without_another_commit(initialized, bare):
    first = initialized.upload().outputs
    second = initialized.upload(version="v2").outputs
    assert first["rev"] == second["rev"]
    assert tags(bare) == ["v1", "v2"]


def test_without_a_version_there_is_a_commit_and_no_tag(initialized, bare):
    outputs = initialized.upload(version=None).outputs
    assert outputs["version"] == outputs["rev"] == commits(bare)[0]
    assert tags(bare) == []


def test_the_identity_is_the_nodes_or_the_users_or_ours(initialized, bare, tmp_path):
    def author():
        return git("--git-dir", bare, "log", "-1", "--format=%an <%ae> %cn <%ce>", "main").strip()

    initialized.upload("1", version=None)
    assert author() == "DolphinScheduler <dolphinscheduler@localhost> DolphinScheduler <dolphinscheduler@localhost>"
    (tmp_path / "gitconfig").write_text("[user]\nname = A Tenant\nemail = tenant@example.com\n")
    initialized.variables["GIT_CONFIG_GLOBAL"] = str(tmp_path / "gitconfig")
    initialized.upload("2", version=None)
    assert author() == "A Tenant <tenant@example.com> A Tenant <tenant@example.com>"
    initialized.upload("3", version=None, gitName="Data Team", gitEmail="data@example.com")
    assert author() == "Data Team <data@example.com> Data Team <data@example.com>"


def test_no_identity_is_needed_even_where_git_insists_on_one(initialized, bare, tmp_path):
    (tmp_path / "gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    initialized.variables["GIT_CONFIG_GLOBAL"] = str(tmp_path / "gitconfig")
    assert initialized.upload().code == 0
    assert tags(bare) == ["v1"]


def test_data_that_is_not_there_is_a_fault_before_anything_is_done(initialized, bare, store):
    before = objects(store)
    fault = initialized.upload(None).fault
    assert fault == (
        "dvcLoadSaveDataPath: there is no %s; a relative path begins at the task's directory."
        % (initialized.directory / "iris.csv")
    )
    assert objects(store) == before and len(commits(bare)) == 1


def test_a_relative_path_may_be_that_of_a_file_of_the_repository(initialized, bare, tmp_path):
    git("clone", "-q", bare, tmp_path / "clone")
    (tmp_path / "clone/raw.csv").write_text("from git")
    git("add", ".", cwd=tmp_path / "clone")
    git("commit", "-qm", "raw", cwd=tmp_path / "clone")
    git("push", "-q", "origin", "main", cwd=tmp_path / "clone")
    assert initialized.upload(None, path="raw.csv").outputs["md5"] == hashlib.md5(b"from git").hexdigest()


def test_a_location_that_git_has_is_a_fault(initialized, bare, tmp_path):
    git("clone", "-q", bare, tmp_path / "clone")
    (tmp_path / "clone/data").mkdir()
    (tmp_path / "clone/data/iris.csv").write_text("x")
    git("add", ".", cwd=tmp_path / "clone")
    git("commit", "-qm", "tracked", cwd=tmp_path / "clone")
    git("push", "-q", "origin", "main", cwd=tmp_path / "clone")
    assert "Git itself has data/iris.csv in the repository" in initialized.upload().fault
    assert tags(bare) == []


def test_a_location_inside_of_other_data_is_a_fault(initialized, bare):
    initialized.upload({"a": "1"}, path="images", location="data")
    before = git("--git-dir", bare, "for-each-ref")
    assert initialized.upload(version="v2").fault.startswith("dvcDataLocation: DVC has data in the repository already")
    assert git("--git-dir", bare, "for-each-ref") == before


def test_a_repository_without_dvc_says_what_to_do(runner, bare):
    assert runner.upload().fault == (
        "dvcRepository: there is no DVC in it (.dvc is missing); run a node of the type Init DVC on it first."
    )


def test_a_repository_that_is_not_there_is_the_reason(runner, tmp_path):
    fault = runner.upload(repository="file://%s/nowhere.git" % tmp_path).fault
    assert fault.startswith("dvcRepository: file://%s/nowhere.git cannot be read: " % tmp_path)
    assert "does not appear to be a git repository" in fault


def test_a_hook_that_refuses_is_the_reason(initialized, bare, store):
    initialized.upload()
    hook = bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho only on fridays >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    fault = initialized.upload("other", version="v2").fault
    assert "only on fridays" in fault and "does not take the commit" in fault
    assert tags(bare) == ["v1"]


def test_an_executable_file_stays_one(initialized, other, bare):
    (initialized.directory / "iris.csv").write_text("#!/bin/sh\n")
    (initialized.directory / "iris.csv").chmod(0o755)
    initialized.upload(None)
    assert other.download().code == 0
    assert os.access(str(other.directory / "there.csv"), os.X_OK)


def test_a_store_that_cannot_be_written_leaves_the_repository_alone(initialized, bare, store, tmp_path):
    initialized.upload("first")
    before = git("--git-dir", bare, "for-each-ref")
    store.rename(tmp_path / "gone")
    store.write_text("a file is in the way")
    fault = initialized.upload("second", version="v2").fault
    assert "store" in fault and "Not a directory" in fault
    assert git("--git-dir", bare, "for-each-ref") == before
    store.unlink()
    (tmp_path / "gone").rename(store)
    assert initialized.upload("second", version="v2").code == 0


def test_a_store_that_is_not_mounted_is_not_made_on_the_workers_disk(initialized, bare, store, tmp_path):
    initialized.upload("first")
    before = git("--git-dir", bare, "for-each-ref")
    store.rename(tmp_path / "gone")
    for mount_point in (False, True):
        if mount_point:
            store.mkdir()
        fault = initialized.upload("second", version="v2").fault
        assert fault.startswith("The store %s" % store)
        assert fault.endswith(" is not there, and the repository has data in it; mount it on this worker.")
    assert git("--git-dir", bare, "for-each-ref") == before and not list(store.iterdir())


def test_an_object_that_the_store_has_in_part_is_sent_again(initialized, bare, store):
    outputs = initialized.upload().outputs
    path = store / outputs["url"].replace("file://", "").replace("%s/" % store, "")
    path.chmod(0o644)
    path.write_text("half")
    assert initialized.upload(version="v2").code == 0
    assert path.read_text() == CSV


def test_other_entries_of_gitignore_stay(initialized, bare, tmp_path):
    git("clone", "-q", bare, tmp_path / "clone")
    (tmp_path / "clone/data").mkdir()
    (tmp_path / "clone/data/.gitignore").write_text("*.tmp")
    git("add", ".", cwd=tmp_path / "clone")
    git("commit", "-qm", "ignore", cwd=tmp_path / "clone")
    git("push", "-q", "origin", "main", cwd=tmp_path / "clone")
    initialized.upload()
    assert shown(bare, "data/.gitignore") == "*.tmp\n/iris.csv\n"


def test_the_listing_of_a_folder_is_that_of_dvc(initialized, store):
    outputs = initialized.upload({"b": "2", "a": "1"}, path="images", location="images").outputs
    listing = json.loads((store / outputs["url"].replace("file://", "").replace("%s/" % store, "")).read_text())
    assert [entry["relpath"] for entry in listing] == ["a", "b"]
    assert outputs["md5"] == hashlib.md5(json.dumps(listing, sort_keys=True).encode()).hexdigest() + ".dir"
