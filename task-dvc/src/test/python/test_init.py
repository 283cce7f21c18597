# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Initializations: what the repository has afterwards, and how the store is proved."""

from conftest import commits, dvc, git, shown


def test_an_empty_repository_gets_dvc_and_its_store(runner, bare, store):
    outputs = runner.run("init", storeUrl=str(store), message="our data").outputs
    assert outputs["rev"] == commits(bare)[0]
    assert shown(bare, ".dvc/config").split() == [
        "[core]",
        "remote",
        "=",
        "origin",
        "['remote",
        '"origin"\']',
        "url",
        "=",
        str(store),
    ]
    assert git("--git-dir", bare, "log", "-1", "--format=%s", "main").strip() == "our data"
    assert runner.left() == []
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_doing_it_again_changes_nothing(runner, bare, store):
    runner.run("init", storeUrl=str(store))
    before = git("--git-dir", bare, "for-each-ref")
    ended = runner.run("init", storeUrl=str(store))
    assert ended.code == 0 and "already" in ended.log
    assert git("--git-dir", bare, "for-each-ref") == before


def test_another_store_is_a_fault(runner, store, tmp_path):
    runner.run("init", storeUrl=str(store))
    fault = runner.run("init", storeUrl=str(tmp_path / "elsewhere")).fault
    assert fault.startswith("dvcStoreUrl: the repository has the store origin at %s, and not at" % store)


def test_a_repository_with_files_keeps_them(runner, bare, store, tmp_path):
    git("clone", "-q", bare, tmp_path / "clone")
    git("checkout", "-q", "-b", "main", cwd=tmp_path / "clone")
    (tmp_path / "clone/README").write_text("hello")
    git("add", ".", cwd=tmp_path / "clone")
    git("commit", "-qm", "first", cwd=tmp_path / "clone")
    git("push", "-q", "origin", "main", cwd=tmp_path / "clone")
    assert runner.run("init", storeUrl=str(store), remote="minio").code == 0
    assert shown(bare, "README") == "hello"
    assert "['remote \"minio\"']" in shown(bare, ".dvc/config")
    assert len(commits(bare)) == 2


def test_a_store_with_a_blank_and_a_quote(runner, bare, tmp_path):
    store = tmp_path / "my store's"
    assert runner.run("init", storeUrl=str(store)).code == 0
    assert runner.upload().code == 0
    assert any(path.is_file() for path in store.rglob("*"))


def test_settings_of_the_store_are_committed(runner, bare, store):
    runner.run("init", storeUrl=str(store), storeConfig={"verify": "true"})
    assert "verify = true" in shown(bare, ".dvc/config")
    before = git("--git-dir", bare, "for-each-ref")
    runner.run("init", storeUrl=str(store), storeConfig={"verify": "true"})
    assert git("--git-dir", bare, "for-each-ref") == before


def test_a_store_that_cannot_be_written_is_found_before_the_commit(runner, bare, tmp_path):
    (tmp_path / "file").write_text("in the way")
    fault = runner.run("init", storeUrl=str(tmp_path / "file/store")).fault
    assert fault.startswith("dvcStoreUrl: an object could not be written in ")
    assert git("--git-dir", bare, "for-each-ref") == ""


def test_a_store_without_its_extra_says_so(runner, bare):
    fault = runner.run("init", storeUrl="gs://bucket/data").fault
    assert "gs is supported, but requires 'dvc-gs' to be installed" in fault
    assert git("--git-dir", bare, "for-each-ref") == ""


def test_a_machine_without_dvc_says_how_to_get_it(runner, store, tmp_path):
    import subprocess
    import sys

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare-venv")], check=True)
    runner.python = str(tmp_path / "bare-venv/bin/python")
    fault = runner.run("init", storeUrl=str(store)).fault
    assert fault.startswith("dvc.environment: the Python at %s/" % tmp_path)
    assert "cannot import DVC (No module named 'dvc')" in fault and "pip install dvc there" in fault


def test_what_dvc_does_not_take_is_the_reason(runner, bare, store):
    fault = runner.run("init", storeUrl="foo://bucket/data").fault
    assert fault.startswith("dvcStoreUrl: dvc remote add failed: ") and "foo://" in fault
    fault = runner.run("init", storeUrl=str(store), storeConfig={"no_setting": "1"}).fault
    assert fault.startswith("dvc.storeConfig: dvc remote modify failed: ") and "no_setting" in fault
    assert git("--git-dir", bare, "for-each-ref") == ""


def test_dvc_in_a_folder_of_the_repository(runner, bare, tmp_path):
    git("clone", "-q", bare, tmp_path / "clone")
    (tmp_path / "clone/sub").mkdir()
    dvc(runner, tmp_path / "clone/sub", "init", "--subdir")
    git("add", ".", cwd=tmp_path / "clone")
    git("commit", "-qm", "sub", cwd=tmp_path / "clone")
    git("push", "-q", "origin", "HEAD:main", cwd=tmp_path / "clone")
    assert runner.upload().fault == "dvcRepository: DVC is in its folder sub and not at its top, where it must be."
