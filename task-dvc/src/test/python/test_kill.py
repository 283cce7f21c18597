# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A task that is killed: nothing of it is left, and the next one does what it did not."""

import contextlib
import os
import signal
import stat

from conftest import git, tags, wait_until

#: Says in a file that git has come as far as here, and stays there.
HANG = "#!/bin/sh\ntouch '%s'\nexec sleep 900\n"


def hook(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def stopped(runner, process, number):
    process.send_signal(number)
    ended = runner.finish(process)
    wait_until(lambda: not runner.living(), what="no process of the task is left")
    return ended


def test_a_stop_in_the_middle_of_a_push_leaves_nothing(initialized, bare, tmp_path):
    before = git("--git-dir", bare, "for-each-ref")
    reached = tmp_path / "reached"
    hook(bare / "hooks/pre-receive", HANG % reached)
    (initialized.directory / "iris.csv").write_text("1")
    process = initialized.start("upload", version="v1")
    wait_until(reached.exists, what="git has come to the hook")
    ended = stopped(initialized, process, signal.SIGTERM)
    assert ended.code == 143 and ended.report["status"] == "stopped"
    (bare / "hooks/pre-receive").unlink()
    assert git("--git-dir", bare, "for-each-ref") == before
    assert initialized.left() == ["iris.csv"]
    assert initialized.upload(None).code == 0
    assert tags(bare) == ["v1"]


def test_a_stop_in_the_middle_of_the_checksums_commits_nothing(initialized, bare):
    before = git("--git-dir", bare, "for-each-ref")
    with (initialized.directory / "iris.csv").open("wb") as stream:
        # It has no blocks on the disk, and takes an hour to read.
        stream.truncate(1 << 40)

    def reads():
        return any(str(initialized.directory / "iris.csv") in open_files(pid) for pid in initialized.living())

    process = initialized.start("upload", version="v1")
    wait_until(reads, what="the task reads the data")
    assert stopped(initialized, process, signal.SIGTERM).code == 143
    assert initialized.left() == ["iris.csv"]
    assert git("--git-dir", bare, "for-each-ref") == before


def open_files(pid):
    """The paths that a process has open just now."""
    folder = "/proc/%d/fd" % pid
    paths = []
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):  # closed meanwhile
                paths.append(os.readlink(os.path.join(folder, name)))
    return paths


def test_after_a_kill_that_nothing_can_catch_the_next_download_heals(initialized, other, tmp_path):
    initialized.upload({"%02d" % number: "x" * 100 for number in range(50)}, path="images", location="images")
    cache = str(tmp_path / "cache")
    process = other.start("download", version="v1", location="images", path="data", cacheDir=cache)
    wait_until(lambda: list((tmp_path / "cache").glob("*/*.partial")) or process.poll() is not None, what="the transfer runs")
    process.kill()
    process.communicate()
    wait_until(lambda: not other.living(), what="no process of the task is left")
    outputs = other.download(location="images", path="data", cacheDir=cache).outputs
    assert outputs["nfiles"] == 50
    assert list((tmp_path / "cache").glob("*/*.partial")) == []
