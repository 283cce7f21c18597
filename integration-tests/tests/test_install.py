# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The server of these tests runs what the archive's install.sh put into its home; nothing else of ours is there."""

import subprocess


def ours(home):
    return sorted(path.name for path in home.rglob("dolphinml-*"))


def test_the_server_loads_what_the_archive_installed(ds, home, archive):
    assert ours(home) == sorted(jar.name for jar in (archive / "lib").iterdir())
    assert not list((ds.directory / "plugins").iterdir())
    installed = list(home.rglob("dolphinml-*"))
    assert {path.parent for path in installed} == {home / "libs"}
    assert all(path.read_bytes() == (archive / "lib" / path.name).read_bytes() for path in installed)


def test_an_installed_version_is_found_installed(ds, home, archive):
    done = subprocess.run(
        [str(archive / "install.sh"), str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0
    assert "DolphinScheduler 3.1.1 in " in done.stdout
    assert "Nothing to do" in done.stdout


def test_uninstall_would_take_out_our_jars_and_nothing_else(ds, home, archive):
    done = subprocess.run(
        [str(archive / "install.sh"), "--uninstall", "--dry-run", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0
    removed = sorted(line.split()[1] for line in done.stdout.splitlines() if line.startswith("  remove"))
    assert removed == ours(home)


def test_the_doctor_finds_this_worker_well(ds, home, archive, environment):
    done = subprocess.run(
        [str(archive / "doctor.sh"), "--environment", str(environment), "--need", "jupyter,mlflow", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert (done.returncode, "WRONG" in done.stdout) == (0, False), done.stdout
    table = {line[:18].strip(): line[19:] for line in done.stdout.splitlines() if line[:1].strip()}
    assert table["StandaloneServer"] == "ok     runs as process %d, with these plugins" % ds.program.pid
    assert table["DolphinScheduler"].startswith("ok     3.1.1 in ")
    assert table["process ids"].startswith("ok")
    assert table["jars"] == "ok     libs"
