# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Where deployments are recorded, and what is said where they cannot be."""

import os
import shutil
import socket

import pytest
from started_program import RESOURCES

from dolphinml.common import user
from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.detached import launch
from dolphinml.mlflow.deploy.state import places, record

MACHINE = socket.gethostname().partition(".")[0]


def test_each_user_and_machine_has_a_directory_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert places.state_directory() == str(tmp_path / ".local/state/dolphinml/deployments" / MACHINE)
    assert places.state_directory("/var/lib/ml") == "/var/lib/ml/%s/%s" % (user.name(), MACHINE)


def test_the_home_of_another_user_is_not_taken(monkeypatch):
    monkeypatch.setenv("HOME", "/proc/1/root/nowhere")
    assert not places.state_directory().startswith("/proc")


def test_the_directories_are_private(tmp_path):
    directory = record.open_directory(places.state_directory(str(tmp_path / "all")), "it")
    for path in (directory, os.path.dirname(directory), os.path.dirname(os.path.dirname(directory))):
        assert oct(os.stat(path).st_mode)[-3:] == "700"


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_no_umask_opens_a_directory_or_closes_the_program_to_the_front(tmp_path, monkeypatch, mask):
    staged = tmp_path / "python" / "dolphinml"
    common, own = RESOURCES
    for package, source in (("common", common), ("kubernetes", common), ("mlflow", own)):
        shutil.copytree(str(source / package), str(staged / package))
    monkeypatch.setattr(launch, "__file__", str(staged / "mlflow" / "deploy" / "detached" / "launch.py"))
    before = os.umask(mask)
    try:
        directory = record.open_directory(places.state_directory(str(tmp_path / "all")), "it")
        launch.copy_program(directory)
    finally:
        os.umask(before)
    assert not os.stat(str(tmp_path / "all")).st_mode & 0o022
    folders, files = set(), set()
    for folder, _, names in os.walk(launch.copied_program(directory)):
        folders.add(oct(os.stat(folder).st_mode)[-3:])
        files.update(oct(os.stat(os.path.join(folder, name)).st_mode)[-3:] for name in names)
    assert (folders, files) == ({"755"}, {"644"})


def test_a_directory_that_cannot_be_made_is_the_operators(tmp_path):
    (tmp_path / "all").write_text("a file")
    with pytest.raises(TaskFailure, match="ml.mlflow.stateDir: user '.*' cannot write .*mode 1777"):
        record.open_directory(places.state_directory(str(tmp_path / "all")), "it")


def test_a_directory_of_another_user_is_refused(tmp_path):
    own = tmp_path / "all" / user.name()
    own.parent.mkdir()
    own.symlink_to(tmp_path)
    with pytest.raises(TaskFailure, match="is not a directory of user"):
        record.open_directory(places.state_directory(str(tmp_path / "all")), "it")
