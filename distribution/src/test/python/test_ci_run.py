# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of .ci/run: what it does not know ends it before it touches anything."""

import subprocess

import pytest

from dsharness import places


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["jvaa"], "jvaa: unknown stage; known are docs java python integration newest"),
        (["docs", "--fast"], "--fast: unknown stage; known are docs java python integration newest"),
        (["--require", "podman"], "--require: unknown part podman; known are docker compose sudo pstree cc debootstrap etcd"),
        (["--require"], "--require: needs a list of parts; known are docker compose sudo pstree cc debootstrap etcd"),
    ],
)
def test_an_unknown_argument_ends_the_run_at_once(tmp_path, arguments, sentence):
    # A copy, so that the run that this test is part of keeps its logs whatever happens here.
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_bytes((places.PROJECT / ".ci" / "run").read_bytes())
    done = subprocess.run(
        ["bash", str(script), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", ".ci/run: %s\n" % sentence)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".ci"]


def test_a_missing_required_part_is_red(tmp_path):
    """On a PATH with the tools that the script itself needs and nothing else, as a user who cannot install."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "date", "dirname", "mkdir", "rm", "touch", "cat"):
        (tools / name).symlink_to(
            subprocess.run(
                ["bash", "-c", "command -v " + name], stdout=subprocess.PIPE, universal_newlines=True, check=True
            ).stdout.strip()
        )
    # Says that it is not root, whoever runs this test.
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_bytes((places.PROJECT / ".ci" / "run").read_bytes())
    done = subprocess.run(
        [str(tools / "bash"), str(script), "--require", "docker,pstree", "docs"],
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert done.stdout.rstrip().endswith("this machine lacks docker pstree, which --require or CI=true ask for")
