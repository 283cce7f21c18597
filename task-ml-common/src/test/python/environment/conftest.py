# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: workers with and without uv, and what their tasks bring along."""

import os
import tarfile
import uuid

import pytest
from packages import source_archive, wheel
from taskworker import UV, Worker, wait_until


@pytest.fixture
def worker(tmp_path):
    """A worker that has venv and pip, and no uv."""
    tools = tmp_path / "tools"
    tools.mkdir()
    made = Worker(tmp_path, tools)
    yield made
    made.end()


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def uv_worker(worker, uv_cache):
    """A worker that has uv."""
    if UV is None:
        pytest.skip("uv is neither on PATH nor beside this Python")
    (worker.tools / "uv").symlink_to(UV)
    worker.variables["UV_CACHE_DIR"] = str(uv_cache)
    return worker


class Gate:
    """A source archive whose real build waits until the gate is opened, and tells when it began."""

    def __init__(self, directory, name="gated"):
        self.directory = directory
        self._open = directory / ("open-" + uuid.uuid4().hex[:8])
        self._begun = directory / ("begun-" + uuid.uuid4().hex[:8])
        self.archive = source_archive(directory, name, self._open, self._begun)

    def open(self, error=""):
        """Lets the build go on, into the error if there is one."""
        part = self._open.with_suffix(".part")
        part.write_text(error)
        part.rename(self._open)

    @property
    def builds(self):
        return len(self._begun.read_text().splitlines()) if self._begun.exists() else 0

    def wait_for_build(self):
        wait_until(lambda: self.builds, 300)


@pytest.fixture
def gate(tmp_path):
    made = Gate(tmp_path)
    yield made
    made.open()


@pytest.fixture
def pack(tmp_path):
    """Packs an environment of a venv's layout, whose Python is this one: a stand-in for conda-pack's archives."""

    def make(name="environment.tar.gz", extra=(), unpack=None):
        path = tmp_path / "work" / name
        root = tmp_path / ("packed-" + uuid.uuid4().hex[:6])
        (root / "bin").mkdir(parents=True)
        (root / "bin/python").symlink_to(os.path.realpath("/usr/bin/python3"))
        (root / "pyvenv.cfg").write_text("home = /usr/bin\n")
        if unpack:
            (root / "bin/conda-unpack").write_text(unpack)
        for file, text in extra:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text)
        with tarfile.open(str(path), "w:gz") as archive:
            for entry in sorted(os.listdir(str(root))):
                archive.add(str(root / entry), entry)
        return name

    return make


@pytest.fixture
def tiny_wheel(tmp_path):
    (tmp_path / "work").mkdir(exist_ok=True)
    return lambda name, version="1.0": wheel(tmp_path / "work", name, version)
