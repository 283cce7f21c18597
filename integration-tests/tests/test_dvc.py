# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Versions of data on a real server: from one node to the next, many at once, killed, and with hostile texts."""

import hashlib
import os
import stat
import subprocess
import sys

import pytest

from dsharness.faulty_http import FaultyServer
from dsharness.s3 import S3Server
from dsharness.small_disk import small_disk
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, data, shell

AT_ONCE = 10
HOSTILE = 'it\'s; $(touch {canary}) `touch {canary}` "x" $HOME 中文'
SECRET = "s3cret-of-the-store"


def git(*arguments):
    return subprocess.run(
        ["git"] + [str(each) for each in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def node(place, dvc):
    """node(name, action, ...) -> a DVC node on a repository that this module's tests share."""
    repository = place / "shared.git"
    git("init", "-q", "--bare", "--initial-branch=main", repository)

    def make(name, action, after=(), shared=repository, **fields):
        return data(name, action, "file://%s" % shared, after, dict(fields, environment=str(dvc)))

    make.repository = repository
    return make


@pytest.fixture(scope="module")
def ran(run, place, node):
    """One workflow: a repository is initialized, ten uploads run at once, others use what they have made."""
    canary = place / "CANARY"
    for number in range(AT_ONCE):
        (place / ("%d.csv" % number)).write_text("content %d" % number)
    names = ["upload %d" % number for number in range(AT_ONCE)]
    uploads = [
        node(
            name,
            "Upload",
            ["init"],
            dvcVersion="v%d" % number,
            dvcDataLocation="data/%d.csv" % number,
            dvcLoadSaveDataPath=str(place / ("%d.csv" % number)),
            dvcMessage="data %d" % number,
        )
        for number, name in enumerate(names)
    ]
    hostile = HOSTILE.format(canary=canary)
    (place / hostile.replace("/", "_")).write_text("hostile")
    return run(
        Workflow(
            "dvc",
            [
                node("init", "Init DVC", dvcStoreUrl=str(place / "the store")),
                *uploads,
                node(
                    "download",
                    "Download",
                    ["upload 3"],
                    dvcVersion="${dvc.version}",
                    dvcDataLocation="data/3.csv",
                    dvcLoadSaveDataPath=str(place / "downloaded.csv"),
                ),
                shell("downstream", 'echo "got ${dvc.md5} ${dvc.version} at ${dvc.path}"', after=["download"]),
                node(
                    "again",
                    "Upload",
                    ["upload 3"],
                    dvcVersion="v3",
                    dvcDataLocation="data/3.csv",
                    dvcLoadSaveDataPath=str(place / "3.csv"),
                ),
                node(
                    "other content",
                    "Upload",
                    ["upload 3"],
                    dvcVersion="v3",
                    dvcDataLocation="data/3.csv",
                    dvcLoadSaveDataPath=str(place / "4.csv"),
                ),
                node(
                    "hostile",
                    "Upload",
                    ["init"],
                    dvcVersion="v$(id)'x",
                    dvcDataLocation="raw/" + hostile.replace("/", "_"),
                    dvcLoadSaveDataPath=str(place / hostile.replace("/", "_")),
                    dvcMessage=hostile,
                ),
                node("checked", "Check", ["upload 5"], dvcVersion="v5", dvcDataLocation="data/5.csv"),
                node("faulty", "Upload", dvcVersion="a b", dvcDataLocation="../x"),
            ],
        )
    )


def test_ten_uploads_at_once_are_all_on_the_branch(ran, node):
    revisions = {ran.outputs("upload %d" % number)["dvc.rev"] for number in range(AT_ONCE)}
    assert len(revisions) == AT_ONCE
    assert revisions <= set(git("--git-dir", node.repository, "log", "--format=%H", "main").split())


def test_a_later_node_gets_the_version_and_where_its_data_is(ran, place):
    md5 = hashlib.md5(b"content 3").hexdigest()
    assert (place / "downloaded.csv").read_text() == "content 3"
    assert ran.outputs("download")["dvc.md5"] == ran.outputs("upload 3")["dvc.md5"] == md5
    assert ran.outputs("download")["dvc.rev"] == ran.outputs("upload 3")["dvc.rev"]
    assert ran.printed("downstream", "got %s v3 at %s" % (md5, place / "downloaded.csv"))


def test_a_repeated_upload_is_a_success_and_another_content_is_not(ran):
    assert ran.task("again")["state"] == "SUCCESS"
    assert ran.outputs("again")["dvc.rev"] == ran.outputs("upload 3")["dvc.rev"]
    assert ran.task("other content")["state"] == "FAILURE"
    last = ran.lines("other content")[-1]
    assert last.startswith("dvcVersion: the tag v3 exists, and data/3.csv has the checksum ")
    assert hashlib.md5(b"content 3").hexdigest() in last and hashlib.md5(b"content 4").hexdigest() in last


def test_hostile_texts_arrive_and_nothing_of_them_runs(ran, place, node):
    assert ran.task("hostile")["state"] == "SUCCESS", ran.log("hostile")
    hostile = HOSTILE.format(canary=place / "CANARY")
    messages = git("--git-dir", node.repository, "log", "--format=%s", "main").splitlines()
    assert hostile in messages
    assert not list(place.rglob("CANARY"))


def test_a_check_of_what_is_whole(ran):
    assert ran.outputs("checked")["dvc.md5"] == hashlib.md5(b"content 5").hexdigest()


def test_all_faults_of_a_form_are_said_before_anything_runs(ran):
    lines = ran.lines("faulty")
    assert [line.split(":")[0] for line in lines[-3:]] == ["dvcVersion", "dvcDataLocation", "dvcLoadSaveDataPath"]


def test_nothing_is_left(ran, ds):
    instance = str(ran.instance)
    wait_until(
        lambda: not [each for each in (ds.directory / "tasks").rglob("*dolphinml-*") if instance in each.parts],
        what="the tasks have cleaned up",
    )


def test_a_kill_in_the_middle_of_a_push_is_healed_by_the_next_run(ran, project, start, finish, run, place, node, ds):
    reached = place / "reached"
    hook = node.repository / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\ntouch '%s'\nexec sleep 900\n" % reached)
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    before = git("--git-dir", node.repository, "for-each-ref")
    (place / "killed.csv").write_text("killed")
    upload = node(
        "upload", "Upload", dvcVersion="killed", dvcDataLocation="data/killed.csv", dvcLoadSaveDataPath=str(place / "killed.csv")
    )
    try:
        instance = start(Workflow("dvc-kill", [upload]))
        wait_until(reached.exists, 300, "the push has begun")
        project.kill(instance)
        finished = finish(instance)
    finally:
        hook.unlink()
    assert finished.task("upload")["state"] == "KILL"
    assert git("--git-dir", node.repository, "for-each-ref") == before
    again = run(Workflow("dvc-healed", [upload]))
    assert again.state == "SUCCESS", again.log("upload")
    assert "killed" in git("--git-dir", node.repository, "tag").split()


def test_a_secret_of_the_environment_is_in_no_log(client, run, place, node):
    environment = client.environment("dvc", "export AWS_ACCESS_KEY_ID=somebody AWS_SECRET_ACCESS_KEY=%s" % SECRET)
    download = node(
        "download", "Download", dvcVersion="v1", dvcDataLocation="data/1.csv", dvcLoadSaveDataPath=str(place / "secret.csv")
    )
    download.environment = environment
    finished = run(Workflow("dvc-secret", [download]))
    assert finished.state == "SUCCESS", finished.log("download")
    assert all(SECRET not in line for line in finished.lines("download"))
    assert os.path.exists(str(place / "secret.csv"))


#: 20 objects of 20 kB: more than the small disk below holds.
IMAGES = 20


@pytest.fixture(scope="module")
def faulty():
    """A real S3 server behind one that can be given faults."""
    with S3Server(sys.executable) as s3:
        server = FaultyServer(s3.port, [])
        yield server
        server.close()


@pytest.fixture(scope="module")
def on_s3(client, place, node, faulty):
    """on_s3(name, action, version, path, ...) -> a DVC node whose store is in that bucket, for the data `images`."""
    repository = place / "on-s3.git"
    git("init", "-q", "--bare", "--initial-branch=main", repository)
    keys = "export AWS_ACCESS_KEY_ID=ci AWS_SECRET_ACCESS_KEY=%s AWS_DEFAULT_REGION=us-east-1 AWS_MAX_ATTEMPTS=2" % SECRET
    environment = client.environment("dvc on s3", keys)

    def make(name, action, version, path, after=(), **fields):
        form = dict(fields, dvcVersion=version, dvcDataLocation="images", dvcLoadSaveDataPath=str(path), jobs="1")
        made = node(name, action, after, repository, **form)
        made.environment = environment
        return made

    make.repository = repository
    return make


@pytest.fixture(scope="module")
def two_versions(run, place, on_s3, faulty):
    """v1 has one image and v2 many; v1 is what has been downloaded."""
    for version, count in (("v1", 1), ("v2", IMAGES)):
        (place / version).mkdir()
        for number in range(count):
            (place / version / ("%02d.bin" % number)).write_bytes(os.urandom(20000))
    store = {"dvcStoreUrl": "s3://bucket/data", "storeConfig": "endpointurl=http://" + faulty.address}
    ready = run(
        Workflow(
            "dvc-s3",
            [
                on_s3("init", "Init DVC", "", "", **store),
                on_s3("first", "Upload", "v1", place / "v1", ["init"]),
                on_s3("second", "Upload", "v2", place / "v2", ["first"]),
                on_s3("download", "Download", "v1", place / "images", ["first"]),
            ],
        )
    )
    assert ready.state == "SUCCESS", {name: ready.lines(name)[-1:] for name in ("init", "first", "second", "download")}
    return ready


def images(place):
    return sorted(path.name for path in (place / "images").iterdir())


def test_a_store_that_breaks_half_way_leaves_the_repository_and_the_former_data(run, place, on_s3, two_versions, faulty):
    before = git("--git-dir", on_s3.repository, "for-each-ref")
    (place / "v3").mkdir()
    for number in range(IMAGES):
        (place / "v3" / ("%02d.bin" % number)).write_bytes(os.urandom(20000))
    faulty.add(match="PUT /bucket/data/files", fault="403", after=5)
    faulty.add(match="GET /bucket/data/files", fault="cut", after=5)
    try:
        broken = run(
            Workflow(
                "dvc-breaks",
                [on_s3("upload", "Upload", "v3", place / "v3"), on_s3("download", "Download", "v2", place / "images")],
            )
        )
    finally:
        faulty.release()
    assert {broken.task(name)["state"] for name in ("upload", "download")} == {"FAILURE"}
    assert broken.lines("upload")[-1].startswith("The store s3://bucket/data/files/md5 did not take %s" % (place / "v3"))
    assert broken.lines("download")[-1].startswith("The download of images failed: ")
    assert git("--git-dir", on_s3.repository, "for-each-ref") == before
    assert images(place) == ["00.bin"]
    assert not [line for name in ("upload", "download") for line in broken.lines(name) if SECRET in line]


def test_a_kill_in_the_middle_of_a_download_leaves_the_former_data(
    project, start, finish, run, place, on_s3, two_versions, faulty
):
    faulty.add(match="GET /bucket/data/files", fault="hang", after=5)
    download = on_s3("download", "Download", "v2", place / "images")
    taken = faulty.held
    try:
        instance = start(Workflow("dvc-download-kill", [download]))
        wait_until(lambda: faulty.held > taken, 300, "the store holds an object back")
        project.kill(instance)
        finished = finish(instance)
    finally:
        faulty.release()
    assert finished.task("download")["state"] == "KILL"
    assert images(place) == ["00.bin"]
    healed = run(Workflow("dvc-download-healed", [download]))
    assert healed.state == "SUCCESS", healed.log("download")
    assert len(images(place)) == IMAGES


def test_a_full_disk_is_named_and_holds_nothing_half(run, place, on_s3, two_versions):
    with small_disk(place / "small disk", "256k") as small:
        full = run(Workflow("dvc-full", [on_s3("download", "Download", "v2", small / "images")]))
        assert full.task("download")["state"] == "FAILURE"
        assert str(small) in full.lines("download")[-1] and "dvcLoadSaveDataPath" in full.lines("download")[-1]
        assert list(small.iterdir()) == []
