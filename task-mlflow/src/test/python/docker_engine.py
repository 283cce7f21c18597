# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A Docker engine for tests, and an image for it; what needs them is skipped where none answers."""

import os
import pathlib
import subprocess
import sys

import pytest

PREPARE = pathlib.Path(__file__).resolve().parents[4] / "integration-tests/docker/prepare.sh"


def docker(*words):
    return subprocess.run(
        ("docker",) + words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    ).stdout.strip()


def need_engine():
    """Skips where no engine answers."""
    try:
        answered = subprocess.run(["docker", "info"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        reason = answered.stderr.decode().strip().split("\n")[0] if answered.returncode else None
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    if reason:
        pytest.skip("NO DOCKER ENGINE: what runs in containers is not tested (%s)" % reason)


@pytest.fixture(scope="session")
def base_image():
    """An image with Python and this MLflow, made from package mirrors: no image registry is needed."""
    need_engine()
    ready = os.environ.get("DOLPHINML_TEST_BASE_IMAGE")
    if ready:
        return ready
    made = subprocess.run([str(PREPARE), sys.executable], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if made.returncode:
        pytest.skip("NO BASE IMAGE: what runs in containers is not tested (%s)" % made.stderr.decode()[-500:])
    return made.stdout.decode().strip()
