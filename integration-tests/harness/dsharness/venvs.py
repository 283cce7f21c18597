# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual environments from pinned requirements, each made once and kept."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dsharness import places


def venv(requirements, python=sys.executable, say=lambda line: None):
    """The directory of a venv with exactly the packages of the file `requirements`, created if missing.

    The key is the content of the file, of its constraints and the interpreter: a changed pin gives a new venv, the old
    one is left alone.
    """
    requirements = Path(requirements).resolve()
    stem = requirements.stem.replace("requirements-", "")
    version = subprocess.run(
        [python, "-c", "import sys; print(sys.version, sys.prefix)"], stdout=subprocess.PIPE, check=True
    ).stdout
    fixed = constraints(stem, version.decode("utf-8"))
    build = _build_constraints(stem)
    key = hashlib.sha256(_content(requirements, *fixed, *build) + b"\0" + version).hexdigest()[:12]
    directory = places.cache() / "venvs" / ("%s-%s" % (stem, key))
    complete = directory / ".complete"
    if complete.exists():
        return directory
    with places.locked(directory.with_suffix(".lock")):
        if not complete.exists():
            say("making the Python environment %s (once)" % directory.name)
            shutil.rmtree(directory, ignore_errors=True)
            _run(
                [python, "-m", "venv", str(directory)],
                "could not make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv",
            )
            _run(
                [
                    str(directory / "bin" / "python"),
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    "--disable-pip-version-check",
                    "-r",
                    str(requirements),
                ]
                + [word for each in fixed for word in ("-c", str(each))],
                "pip could not install %s" % requirements.name,
                # By the first name before pip 25.3, by the second since.
                {name: str(each) for each in build for name in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT")},
            )
            complete.touch()
    return directory


def constraints(stem, version):
    """The file with the versions of what the requirements bring along, where there is one for this Python."""
    minor = ".".join(version.split(" ")[0].split(".")[:2])
    file = places.PROJECT / ".ci" / "constraints" / ("%s-%s.txt" % (stem, minor))
    return [file] if file.exists() else []


def _build_constraints(stem):
    """The file with the versions of what builds packages that come as sources, where they need old ones."""
    file = places.PROJECT / ".ci" / ("build-%s.txt" % stem)
    return [file] if file.exists() else []


def _content(requirements, *others):
    """The bytes of a requirements file, of those that it includes, and of other files."""
    whole = content = requirements.read_bytes()
    for other in others:
        whole += b"\0" + other.read_bytes()
    for line in content.decode("utf-8").splitlines():
        if line.startswith("-r "):
            whole += b"\0" + _content(requirements.parent / line[3:].strip())
    return whole


def main():
    """Arguments: a requirements file and, where it is not this Python, the one to use."""
    print(venv(*sys.argv[1:3], say=lambda line: print(line, file=sys.stderr, flush=True)))


def _run(command, trouble, variables=None):
    done = subprocess.run(
        command,
        env=dict(os.environ, **(variables or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError("%s:\n%s" % (trouble, "\n".join(done.stdout.splitlines()[-15:])))


if __name__ == "__main__":
    main()
