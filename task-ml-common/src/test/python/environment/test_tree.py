# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Who may write the cache, what is removed from it and what is not."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from taskworker import Worker, needs_root


def made(worker, tiny_wheel, name, **request):
    tiny_wheel(name)
    worker.file(name + ".txt", name + "-1.0-py3-none-any.whl\n")
    ended = worker.run(name + ".txt", **request)
    assert ended.code == 0, ended.log
    return ended


def set_last_use(ended, seconds_ago):
    moment = time.time() - seconds_ago
    os.utime(str(ended.prefix / "dolphinml-environment.lease"), (moment, moment))


def test_the_least_recently_used_goes_first(uv_worker, tiny_wheel):
    first, second = made(uv_worker, tiny_wheel, "one"), made(uv_worker, tiny_wheel, "two")
    set_last_use(first, 200)
    set_last_use(second, 100)
    used = uv_worker.run("one.txt")
    assert used.prefix == first.prefix
    size = sum(
        os.lstat(os.path.join(parent, name)).st_blocks * 512
        for parent, folders, files in os.walk(str(first.prefix))
        for name in folders + files
    )
    third = made(uv_worker, tiny_wheel, "three", cacheLimit=int(size * 2.5))
    assert uv_worker.environments() == sorted([first.prefix, third.prefix])
    assert uv_worker.visible() == sorted([first.prefix, third.prefix])
    assert "removed %s (" % second.prefix.name in third.log
    assert not list(uv_worker.tree.glob(second.prefix.name[:20] + "*"))
    assert uv_worker.run("two.txt").built


def test_none_in_use_is_removed(uv_worker, tiny_wheel):
    made(uv_worker, tiny_wheel, "one")
    user = uv_worker.start("one.txt", command=["/bin/sh", "-c", "echo begun; exec sleep 900"])
    user.wait_for("begun")
    used = uv_worker.visible()[0]
    second = made(uv_worker, tiny_wheel, "two", cacheLimit=1)
    assert uv_worker.environments() == sorted([used, second.prefix])
    assert "above its limit of 1 bytes; what is left is in use" in second.log
    user.kill(signal.SIGKILL)
    third = made(uv_worker, tiny_wheel, "three", cacheLimit=1)
    assert uv_worker.environments() == [third.prefix]


def test_none_with_a_server_that_has_outlived_its_task_is_removed(uv_worker, tiny_wheel):
    first = made(uv_worker, tiny_wheel, "one")
    server = subprocess.Popen([str(first.prefix / "bin/python"), "-c", "import time; time.sleep(900)"])
    active = made(uv_worker, tiny_wheel, "two")
    shell = subprocess.Popen(["sleep", "900"], env=dict(os.environ, VIRTUAL_ENV=str(active.prefix)))
    try:
        made(uv_worker, tiny_wheel, "three", cacheLimit=1)
        assert {first.prefix, active.prefix} < set(uv_worker.environments())
    finally:
        for process in (server, shell):
            process.kill()
            process.wait()
    last = made(uv_worker, tiny_wheel, "four", cacheLimit=1)
    assert uv_worker.environments() == [last.prefix]


def test_the_tree_is_the_users_alone(uv_worker, tiny_wheel):
    made(uv_worker, tiny_wheel, "one")
    assert stat.S_IMODE(uv_worker.tree.stat().st_mode) == 0o700


def test_a_tree_that_others_could_write_is_closed_and_not_trusted(uv_worker, tiny_wheel):
    first = made(uv_worker, tiny_wheel, "one")
    uv_worker.tree.chmod(0o777)
    again = uv_worker.run("one.txt")
    assert again.prefix == first.prefix
    assert stat.S_IMODE(uv_worker.tree.stat().st_mode) == 0o700


def test_a_tree_that_is_a_link_is_refused(uv_worker, tiny_wheel, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    uv_worker.cache.mkdir()
    uv_worker.tree.symlink_to(elsewhere)
    tiny_wheel("one")
    uv_worker.file("one.txt", "one-1.0-py3-none-any.whl\n")
    ended = uv_worker.run("one.txt")
    assert ended.code == 1
    assert ended.lines == [
        "ml.environment.cacheDir: %s is not a directory of user %s; let the operator remove it"
        % (uv_worker.tree, uv_worker.tree.name)
    ]


def test_without_a_directory_it_is_in_the_users_home(uv_worker, tiny_wheel):
    ended = made(uv_worker, tiny_wheel, "one", cacheDir=None)
    assert ended.prefix.parent == uv_worker.directory / ".cache/dolphinml/environments"


class Tenants:
    """Workers of other users, in a place that they may reach, with the Python that all users have."""

    def __init__(self, place):
        self.place = place
        self.made = []

    def worker(self, number):
        directory = self.place / str(number)
        directory.mkdir()
        (directory / "tools").mkdir()
        worker = Worker(directory, directory / "tools")
        worker.python = "/usr/bin/python3"
        worker.cache = self.place / "cache"
        worker.wrapper = ["setpriv", "--reuid=%d" % number, "--regid=%d" % number, "--clear-groups"]
        subprocess.run(["chmod", "-R", "a+rwX", str(directory)], check=True)
        self.made.append(worker)
        return worker


@pytest.fixture
def tenants():
    if not os.path.exists("/usr/bin/python3") or not shutil.which("setpriv"):
        pytest.skip("no /usr/bin/python3 that all users may run, or no setpriv")
    place = Path(tempfile.mkdtemp(prefix="tenants-", dir="/tmp"))
    place.chmod(0o755)
    made = Tenants(place)
    yield made
    for worker in made.made:
        worker.end()
    shutil.rmtree(str(place), ignore_errors=True)


@pytest.fixture
def archive(pack, tmp_path):
    (tmp_path / "work").mkdir(exist_ok=True)
    pack()
    return tmp_path / "work/environment.tar.gz"


def run_packed(worker, archive):
    target = worker.work / "environment.tar.gz"
    shutil.copy(str(archive), str(target))
    target.chmod(0o644)
    return worker.run("environment.tar.gz", "packed")


@needs_root
def test_two_tenants_have_trees_of_their_own(tenants, archive):
    first, second = tenants.worker(23001), tenants.worker(23002)
    first.cache.mkdir()
    first.cache.chmod(0o1777)
    ended = [run_packed(worker, archive) for worker in (first, second)]
    assert [one.code for one in ended] == [0, 0], ended[0].log + ended[1].log
    assert ended[0].prefix.parent == first.cache / "23001" and ended[1].prefix.parent == first.cache / "23002"
    for one, owner in zip(ended, (23001, 23002)):
        assert one.prefix.stat().st_uid == owner
        assert stat.S_IMODE(one.prefix.parent.stat().st_mode) == 0o700
    other = subprocess.run(second.wrapper + ["touch", str(ended[0].prefix / "evil")], stderr=subprocess.PIPE)
    assert other.returncode != 0 and b"Permission denied" in other.stderr


@needs_root
def test_a_tree_that_another_tenant_has_made_is_refused(tenants, archive):
    worker = tenants.worker(23001)
    (worker.cache / "23001").mkdir(parents=True)
    (worker.cache / "23001").chmod(0o777)
    os.chown(str(worker.cache / "23001"), 23002, 23002)
    ended = run_packed(worker, archive)
    assert ended.code == 1
    assert ended.lines[-1] == (
        "ml.environment.cacheDir: %s/23001 is not a directory of user 23001; let the operator remove it" % worker.cache
    )


@needs_root
def test_a_cache_directory_without_write_permission(tenants, archive):
    worker = tenants.worker(23001)
    worker.cache.mkdir(mode=0o755)
    ended = run_packed(worker, archive)
    assert ended.code == 1 and len(ended.lines) == 1
    assert ended.lines[0] == (
        "ml.environment.cacheDir: {0}/23001 cannot be made or written by user 23001 (Permission denied); let the operator"
        " make it for that user with mode 0700, or make {0} with mode 1777".format(worker.cache)
    )


@needs_root
def test_a_user_without_a_home(tenants, archive):
    worker = tenants.worker(23001)
    worker.variables["HOME"] = "/root"
    shutil.copy(str(archive), str(worker.work / "environment.tar.gz"))
    ended = worker.run("environment.tar.gz", "packed", cacheDir=None)
    assert ended.code == 1
    assert ended.lines[-1].startswith("ml.environment.cacheDir: it is not set, and user 23001 has no home directory")


@needs_root
def test_a_file_that_the_tenant_may_not_read(tenants, archive):
    worker = tenants.worker(23001)
    shutil.copy(str(archive), str(worker.work / "environment.tar.gz"))
    (worker.work / "environment.tar.gz").chmod(0o600)
    ended = worker.run("environment.tar.gz", "packed")
    assert ended.lines[-1].startswith("condaEnvName: ") and "cannot be read by this task's user" in ended.lines[-1]
