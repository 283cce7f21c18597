# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A file system that is soon full."""

import contextlib
import os
import subprocess

import pytest


@contextlib.contextmanager
def small_disk(path, size):
    """Makes the folder `path` a disk of that size, as in "64k", for the block; skips the test where that cannot be."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", str(path)], check=False).returncode != 0:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


def resize(path, size):
    """Gives such a disk another size."""
    subprocess.run(["mount", "-o", "remount,size=" + size, str(path)], check=True)
