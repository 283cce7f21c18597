# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The archive as it is shipped, unpacked; what the tests install comes out of it."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "integration-tests" / "harness"))

from dsharness import bundle  # noqa: E402


@pytest.fixture(scope="session")
def archive():
    return bundle.archive(lambda line: None)


@contextlib.contextmanager
def open_directory():
    """A directory that other users may look into, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp(prefix="dolphinml-distribution-"))
    directory.chmod(0o755)
    before = os.umask(0o022)
    try:
        yield directory
    finally:
        os.umask(before)
        shutil.rmtree(directory)


@pytest.fixture
def tmp_path():
    with open_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def unpacked(archive):
    with open_directory() as directory:
        yield bundle.unpack(archive, directory)


@pytest.fixture
def own_copy(unpacked, tmp_path):
    """The unpacked archive for a test that changes it; the space in its path is on purpose."""
    return Path(shutil.copytree(unpacked, tmp_path / "own copy"))


class Ended:
    """What a script printed and how it ended."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        self.last = (done.stdout + done.stderr).strip().splitlines()[-1] if done.stdout + done.stderr else ""


def run(script, *arguments, user=None, **environment):
    """Runs a script as a user of this machine would: with a plain environment."""
    command = ["bash", str(script), *map(str, arguments)]
    if user is not None:
        command = ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", *command]
    plain = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    done = subprocess.run(
        command,
        env={**plain, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=900,
        check=False,
    )
    return Ended(done)
