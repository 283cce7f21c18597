# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The example that trains and deploys: three workflows, brought into a server by the client of the examples."""

import os
import shutil
import subprocess
import sys

from dsharness import places
from dsharness.client import PASSWORD

EXAMPLES = places.PROJECT / "examples"
EXAMPLE = EXAMPLES / "train-and-deploy"


def ds_client(address, *arguments, environment=None):
    """Runs ds_client.py as the administrator; returns the finished process, whose output is text."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / "ds_client.py"), "--url", address, *map(str, arguments)],
        env=dict(os.environ, DOLPHINSCHEDULER_PASSWORD=PASSWORD) if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=900,
        check=False,
    )


def import_all(address, project):
    """Does what the example's README says; returns {name of the workflow: code}."""
    done = ds_client(address, "--project", project, EXAMPLE / "train-and-deploy.json")
    if done.returncode:
        raise RuntimeError(done.stdout)
    lines = [line.rsplit(None, 1) for line in done.stdout.splitlines()]
    return {name: int(code) for name, code in lines}


def notebooks(directory):
    """Puts the notebooks where the workflows look for them: one folder for each example."""
    for name in ("iris", "train-and-deploy"):
        (directory / name).mkdir(parents=True, exist_ok=True)
        for path in (EXAMPLES / name).glob("*.ipynb"):
            shutil.copy(path, directory / name)
    return directory
