# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a virtual environment has in a version that no file fixes."""

import re
import subprocess

from dsharness import venvs

#: What an environment has before anything is installed.
_OF_EVERY_ENVIRONMENT = {"pip", "setuptools"}


def fixed(text):
    """{name: version} of the lines `name==version` of a constraints file, or of pip's list."""
    pairs = [line.split(";")[0].strip().split("==") for line in text.splitlines() if re.match(r"[\w.-]+==", line)]
    # Names as pip compares them.
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def constraints(directory):
    """The constraints of an environment that `dsharness.venvs` has made; none for a Python that has no file."""
    version = re.search(r"(?m)^version = (.*)$", (directory / "pyvenv.cfg").read_text(encoding="utf-8")).group(1)
    return venvs.constraints(directory.name.rpartition("-")[0], version)


def loose(directory):
    """What is installed and not named by the constraints, or not in that version: {name: version}."""
    listed = subprocess.run(
        [str(directory / "bin" / "python"), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    )
    pinned = {}
    for file in constraints(directory):
        pinned.update(fixed(file.read_text(encoding="utf-8")))
    return {
        name: version
        for name, version in fixed(listed.stdout).items()
        if name not in _OF_EVERY_ENVIRONMENT and pinned.get(name) != version
    }
