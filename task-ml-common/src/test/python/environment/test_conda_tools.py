# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How conda, mamba and micromamba are called. No registry of packages has them, so stand-ins make venvs at the prefix."""

import json
import os
import sys

import pytest

STAND_IN = """#!%s
import json, os, subprocess, sys
with open(%r, "a") as stream:
    stream.write(json.dumps([os.path.basename(sys.argv[0]), os.getcwd()] + sys.argv[1:]) + "\\n")
if %r:
    sys.exit("CondaError: " + %r)
prefix = sys.argv[sys.argv.index("-p") + 1]
subprocess.check_call([sys.executable, "-m", "venv"] + ([] if "pip" in sys.argv else ["--without-pip"]) + [prefix])
os.makedirs(os.path.join(prefix, "conda-meta"))
print("Preparing transaction: done")
"""


@pytest.fixture
def tool(worker):
    """tool(name, folder, error): puts a stand-in there; tool.calls() are the words it was called with."""
    record = worker.directory / "calls"

    def make(name, folder=None, error=""):
        folder = folder or worker.tools
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(STAND_IN % (os.path.realpath(sys.executable), str(record), error, error))
        (folder / name).chmod(0o755)

    make.calls = lambda: [json.loads(line) for line in record.read_text().splitlines()]
    return make


@pytest.fixture
def environment_file(worker):
    return worker.file("environment.yml", "name: ours\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n")


@pytest.mark.parametrize("name, words", [("micromamba", ["create"]), ("mamba", ["env", "create"]), ("conda", ["env", "create"])])
def test_an_environment_file(worker, tool, environment_file, name, words):
    tool(name)
    ended = worker.run(environment_file, "condaFile")
    assert ended.code == 0, ended.log
    assert tool.calls() == [
        [name, str(worker.work)] + words + ["-p", str(ended.prefix), "-f", str(worker.work / environment_file)]
    ]
    assert "  Preparing transaction: done" in ended.lines and "built by %s in " % name in ended.log
    assert not worker.run(environment_file, "condaFile").built


def test_the_first_that_is_there_builds_and_the_option_names_another(worker, tool, environment_file):
    for name in ("conda", "mamba", "micromamba"):
        tool(name)
    assert worker.run(environment_file, "condaFile").code == 0
    assert worker.run(environment_file, "condaFile", builder="conda").built
    assert [call[0] for call in tool.calls()] == ["micromamba", "conda"]


def test_conda_is_found_by_its_root(worker, tool, environment_file):
    root = worker.directory / "miniforge"
    tool("conda", root / "bin")
    assert worker.run(environment_file, "condaFile", condaRoot=str(root)).code == 0


def test_its_own_error_is_last(worker, tool, environment_file):
    tool("conda", error="nothing provides python=3.11")
    ended = worker.run(environment_file, "condaFile")
    assert ended.code == 1 and ended.lines[-1] == "CondaError: nothing provides python=3.11"
    assert "condaEnvName: conda could not build the environment of environment.yml (exit code 1 after " in ended.log
    assert worker.environments() == []


def test_none_is_there(worker, environment_file):
    ended = worker.run(environment_file, "condaFile")
    assert ended.code == 1
    assert ended.lines == [
        "environment.builder: neither PATH nor conda.path has micromamba or mamba or conda on this"
        " worker, and a conda environment file needs one of them; install one"
    ]


def test_requirements_by_conda(worker, tool, tiny_wheel):
    tool("conda")
    worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    ended = worker.run(builder="conda", python="3.11")
    assert ended.code == 0, ended.log
    assert tool.calls()[0][2:] == ["create", "-p", str(ended.prefix), "python=3.11", "pip"]
    assert "Successfully installed tiny-1.0" in ended.log
