# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The operator's command, run from a jar in a DolphinScheduler installation, as a SHELL node runs it."""

import os
import subprocess
import zipfile

import pytest
from taskworker import RESOURCES

from dolphinml.cache import properties


@pytest.fixture
def operator(uv_worker):
    """operator(*arguments, code) -> what the command says, with the settings of an installation that has our jar."""
    home = uv_worker.directory / "dolphinscheduler/worker-server"
    (home / "libs").mkdir(parents=True)
    (home / "conf").mkdir()
    (home / "conf/common.properties").write_text(
        "# the worker's\nml.environment.cacheDir = %s\nconda.path=/nowhere/etc/profile.d/conda.sh\n" % uv_worker.cache
    )
    jar = home / "libs/dolphinml-task-ml-common-1.0.jar"
    with zipfile.ZipFile(str(jar), "w") as archive:
        archive.writestr("dolphinml/", "")
        for folder in ("common", "environment", "cache"):
            for file in sorted((RESOURCES / "dolphinml" / folder).glob("*.py")):
                archive.write(str(file), str(file.relative_to(RESOURCES)))

    def run(*arguments, code=0):
        variables = dict(
            uv_worker.variables,
            PATH="%s:/usr/bin:/bin" % uv_worker.tools,
            PYTHONPATH=str(jar),
            HOME=str(uv_worker.directory),
            LANG="C.UTF-8",
        )
        done = subprocess.run(
            [uv_worker.python, "-m", "dolphinml.cache"] + list(arguments),
            cwd=str(uv_worker.work),
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    run.properties = home / "conf/common.properties"
    return run


@pytest.fixture
def wheels(uv_worker, tiny_wheel):
    """A requirements file with what JUPYTER needs."""
    names = [tiny_wheel(name).name for name in ("papermill", "ipykernel")]
    return uv_worker.file("requirements.txt", "\n".join(names) + "\n")


def test_a_task_finds_what_was_warmed(operator, uv_worker, wheels):
    said = operator("warm", wheels)
    assert "Settings: %s\n" % operator.properties in said and "built by uv in " in said
    task = uv_worker.run(wheels, addIfMissing=["papermill", "ipykernel"])
    assert task.code == 0 and not task.built, task.log
    assert "building" not in operator("warm", wheels)


def test_what_jupyter_needs_is_added(operator, uv_worker, wheels):
    uv_worker.file("bare.txt", "--no-index\n--find-links %s\n" % uv_worker.work)
    assert "bare.txt lacks papermill and ipykernel, which this task needs; added" in operator("warm", "bare.txt")
    task = uv_worker.run("bare.txt", addIfMissing=["papermill", "ipykernel"])
    assert task.code == 0 and not task.built, task.log
    other = uv_worker.run("bare.txt", addIfMissing=["ipykernel"])
    assert other.built
    assert "building" not in operator("warm", "--add", "ipykernel", "bare.txt")


def test_all_files_are_tried_and_a_failure_is_reported(operator, uv_worker, wheels):
    uv_worker.file("wrong.txt", "./missing.whl\n")
    said = operator("warm", "wrong.txt", "notes.md", wheels, code=1)
    assert "notes.md: it describes no environment; name a file that ends in .txt, .yml, .yaml, .tar.gz" in said
    assert "missing.whl" in said and "built by uv in " in said
    assert not [name for name in os.listdir("/tmp") if name.startswith("dolphinml-warm-")]


def test_list_and_prune(operator, uv_worker, wheels):
    operator("warm", wheels)
    said = operator("list")
    [environment] = uv_worker.environments()
    assert environment.name in said and "requirements.txt, Python 3." in said and "1 environments, " in said
    assert "1 environments, " in operator("prune", "--limit", "1GB")
    assert "removed %s (" % environment.name in operator("prune")
    assert uv_worker.environments() == []


def test_the_operators_limit_holds(operator, uv_worker, wheels, tiny_wheel):
    first = operator("warm", wheels)
    with open(str(operator.properties), "a") as stream:
        stream.write("ml.environment.cacheLimit=1KB\n")
    uv_worker.file("more.txt", tiny_wheel("more").name + "\n")
    assert first and ", because the cache is above its limit of 1.02 kB" in operator("warm", "--add", "", "more.txt")
    assert len(uv_worker.environments()) == 1


def test_settings_that_are_wrong(operator):
    operator.properties.write_text("ml.environment.cacheLimit=much\n")
    assert "'much' is not a size; use a number of bytes" in operator("list", code=1)
    assert "no such file" in operator("--properties", "/nowhere.properties", "list", code=1).lower()


def test_properties_as_java_reads_them(tmp_path):
    (tmp_path / "common.properties").write_bytes(
        b"! no\n  a=1\nb : x y \nc\\:d\\ e = f\\\n   g\nempty\nlast=\\u4e2d\\t=\\\\\n# x = 1\n"
    )
    assert properties.read_properties(str(tmp_path / "common.properties")) == {
        "a": "1",
        "b": "x y",
        "c:d e": "fg",
        "empty": "",
        "last": "\u4e2d\t=\\",
    }


@pytest.mark.parametrize("text, size", [("10", 10), ("1.5 kb", 1536), ("20GB", 20 << 30), ("2MiB", 2 << 20)])
def test_sizes_as_in_the_options(text, size):
    assert properties.parse_size(text) == size
