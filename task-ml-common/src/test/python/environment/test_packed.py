# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Packed environments. conda-pack is real where it is installed, and packs a stand-in: a venv with conda's layout,
because no conda channel can be reached from where these tests run."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time

import pytest

UNPACK = "import os, sys\nopen(os.path.join(os.environ['CONDA_PREFIX'], 'unpacked'), 'a').write(sys.argv[0] + '\\n')\n"


def archive_of(directory, members, name="hostile.tar.gz"):
    with tarfile.open(str(directory / name), "w:gz") as archive:
        for member_name, kind, value in members:
            member = tarfile.TarInfo(member_name)
            member.type = kind
            if kind == tarfile.REGTYPE:
                member.size = len(value)
                archive.addfile(member, io.BytesIO(value.encode()))
            else:
                member.linkname = value
                archive.addfile(member)
    return name


def test_unpacked_once(worker, pack):
    pack(extra=[("lib/module.py", "x = 1\n")], unpack=UNPACK)
    first = worker.run("environment.tar.gz", "packed")
    assert first.code == 0, first.log
    assert (first.prefix / "unpacked").read_text() == "%s\n" % (first.prefix / "bin/conda-unpack")
    second = worker.run("environment.tar.gz", "packed")
    assert second.prefix == first.prefix and not second.built
    assert len((first.prefix / "unpacked").read_text().splitlines()) == 1


def test_the_key_is_the_content(worker, pack):
    pack(extra=[("a", "1")])
    first = worker.run("environment.tar.gz", "packed")
    os.rename(str(worker.work / "environment.tar.gz"), str(worker.work / "other.tar.gz"))
    assert worker.run("other.tar.gz", "packed").prefix == first.prefix
    pack(extra=[("a", "2")])
    assert worker.run("environment.tar.gz", "packed").prefix != first.prefix


def test_a_digest_is_remembered_until_the_file_changes(worker, pack):
    pack(extra=[("a", "1")])
    path = worker.work / "environment.tar.gz"
    first = worker.run(str(path), "packed")
    os.utime(str(path), (time.time() - 60, time.time() - 60))
    assert worker.run(str(path), "packed").prefix == first.prefix
    remembered = list(worker.tree.glob("archive-*"))
    assert len(remembered) == 1
    pack(extra=[("a", "2")])
    os.utime(str(path), (time.time() - 50, time.time() - 50))
    assert worker.run(str(path), "packed").prefix != first.prefix


def test_times_and_modes_survive(worker, pack):
    pack(extra=[("bin/tool", "#!/bin/sh\n")])
    ended = worker.run("environment.tar.gz", "packed")
    with tarfile.open(str(worker.work / "environment.tar.gz")) as archive:
        member = archive.getmember("bin/tool")
    found = (ended.prefix / "bin/tool").stat()
    assert found.st_mtime == member.mtime and found.st_mode & 0o777 == member.mode | 0o600


REG, SYM, LNK, CHR = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE


@pytest.mark.parametrize(
    "members, words",
    [
        ([("../evil", REG, "x")], "would lead out"),
        ([("/evil", REG, "x")], "would lead out"),
        ([("lib/../../evil", REG, "x")], "would lead out"),
        ([("out", SYM, "OUTSIDE"), ("out/evil", REG, "x")], "through the link out"),
        ([("out", SYM, "OUTSIDE/evil"), ("copy", LNK, "out/x")], "through the link out"),
        ([("copy", LNK, "../../secret")], "would lead out"),
        ([("copy", LNK, "absent")], "which is not in it"),
        ([("device", CHR, "")], "neither file nor directory nor link"),
    ],
)
def test_no_path_leads_out(worker, members, words, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "secret").write_text("secret")
    worker.run_members = [(name, kind, value.replace("OUTSIDE", str(outside))) for name, kind, value in members]
    archive_of(worker.work, worker.run_members)
    ended = worker.run("hostile.tar.gz", "packed")
    assert ended.code == 1
    assert ended.lines[-1].startswith("condaEnvName: hostile.tar.gz holds ") and words in ended.lines[-1]
    assert list(outside.iterdir()) == [] and worker.environments() == []
    assert not any("evil" in files for _, _, files in os.walk(str(tmp_path)))


def test_a_link_that_is_overwritten_is_not_followed(worker, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("as it was")
    archive_of(worker.work, [("file", SYM, str(outside)), ("file", REG, "evil"), ("bin/python", SYM, "/usr/bin/python3")])
    ended = worker.run("hostile.tar.gz", "packed")
    assert ended.code == 0, ended.log
    assert outside.read_text() == "as it was" and (ended.prefix / "file").read_text() == "evil"


@pytest.mark.parametrize("cut", [0, 10, -30])
def test_a_damaged_archive(worker, pack, cut):
    name = pack(extra=[("lib/module.py", "x" * 5000)])
    path = worker.work / name
    path.write_bytes(path.read_bytes()[:cut])
    ended = worker.run(name, "packed")
    assert ended.code == 1
    assert ended.lines[-1].startswith("condaEnvName: environment.tar.gz is damaged or no .tar.gz archive (")
    assert worker.environments() == []


def test_an_archive_of_a_folder(worker):
    archive_of(worker.work, [("myenv/bin/python", SYM, "/usr/bin/python3")])
    ended = worker.run("hostile.tar.gz", "packed")
    assert ended.lines[-1].startswith("condaEnvName: hostile.tar.gz has no bin/python at its top")


def test_a_python_that_does_not_run(worker):
    archive_of(worker.work, [("bin/python", REG, "no program")])
    with tarfile.open(str(worker.work / "hostile.tar.gz"), "w:gz") as archive:
        member = tarfile.TarInfo("bin/python")
        member.size, member.mode = 4, 0o755
        archive.addfile(member, io.BytesIO(b"\x7fELF"))
    ended = worker.run("hostile.tar.gz", "packed")
    assert ended.code == 1
    assert "the Python of the environment of hostile.tar.gz does not run on this worker" in ended.lines[-1]


def test_conda_unpack_fails(worker, pack):
    pack(unpack="import sys\nsys.exit('Error: it is broken')\n")
    ended = worker.run("environment.tar.gz", "packed")
    assert ended.code == 1
    assert ended.lines[-1] == "Error: it is broken"
    assert worker.environments() == []


def test_made_by_conda_pack(worker, tmp_path):
    """What conda-pack writes, with its own conda-unpack, from a prefix that has conda's layout."""
    pytest.importorskip("conda_pack", reason="conda-pack is not installed")
    prefix = tmp_path / "conda-prefix"
    lib = "lib/python%d.%d" % sys.version_info[:2]
    for folder in ("bin", "etc", lib + "/site-packages", "conda-meta"):
        (prefix / folder).mkdir(parents=True)
    (prefix / "bin/python").symlink_to(os.path.realpath("/usr/bin/python3"))
    (prefix / "bin/tool").write_text("#!%s/bin/python\nprint('ran')\n" % prefix)
    (prefix / "bin/tool").chmod(0o755)
    (prefix / "etc/tool.conf").write_text("home=%s/share\n" % prefix)
    files = ["bin/tool", "bin/python", "etc/tool.conf"]
    (prefix / "conda-meta/tool-1.0-0.json").write_text(
        json.dumps(
            {
                "name": "tool",
                "version": "1.0",
                "build": "0",
                "build_number": 0,
                "url": "file:///nowhere/tool-1.0-0.tar.bz2",
                "files": files,
                "link": {"type": 1, "source": str(tmp_path / "pkgs/tool-1.0-0")},
                "paths_data": {
                    "paths_version": 1,
                    "paths": [
                        {"_path": "bin/tool", "path_type": "hardlink", "file_mode": "text", "prefix_placeholder": str(prefix)},
                        {
                            "_path": "etc/tool.conf",
                            "path_type": "hardlink",
                            "file_mode": "text",
                            "prefix_placeholder": str(prefix),
                        },
                        {"_path": "bin/python", "path_type": "softlink"},
                    ],
                },
            }
        )
    )
    (prefix / "conda-meta/history").write_text("")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import conda_pack, sys; conda_pack.pack(prefix=sys.argv[1], output=sys.argv[2], ignore_missing_files=True)",
            str(prefix),
            str(worker.work / "packed.tar.gz"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout.decode()
    ended = worker.run("packed.tar.gz", "packed")
    assert ended.code == 0, ended.log
    assert (ended.prefix / "bin/conda-unpack").exists()
    assert (ended.prefix / "etc/tool.conf").read_text() == "home=%s/share\n" % ended.prefix
    # conda-pack has scripts find their Python on PATH.
    variables = dict(os.environ, PATH="%s/bin:/usr/bin:/bin" % ended.prefix)
    assert subprocess.check_output([str(ended.prefix / "bin/tool")], env=variables) == b"ran\n"
