"""The example that trains and deploys: three workflows, imported by its own script."""

import os
import shutil
import subprocess
import sys

from dsharness import places
from dsharness.client import PASSWORD

EXAMPLE = places.PROJECT / "examples" / "train-and-deploy"


def import_all(address, project):
    """Does what the example's README says; returns {file name without its ending: code}."""
    done = subprocess.run([sys.executable, str(EXAMPLE / "import.py"), address, project],
                          env=dict(os.environ, DS_PASSWORD=PASSWORD), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError("import.py: " + done.stdout)
    return {line.split()[0][:-len(".json")]: int(line.split()[1]) for line in done.stdout.splitlines()}


def notebooks(directory):
    """Puts the notebooks where the workflows look for them: one folder for each example."""
    for name in ("iris", "train-and-deploy"):
        (directory / name).mkdir(parents=True, exist_ok=True)
        for path in (places.PROJECT / "examples" / name).glob("*.ipynb"):
            shutil.copy(path, directory / name)
    return directory
