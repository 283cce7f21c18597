# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Pipelines: parameters in, only changed stages run, results in the store, metrics out."""

import sys

import pytest
from conftest import commits, git, shown, tags

CLEAN = """
print("cleaning")
open("clean.csv", "w").writelines(line for line in open("raw.csv") if line.strip())
"""

TRAIN = """
import json, sys
rate = float(next(line.split()[1] for line in open("params.yaml") if "rate" in line))
rows = len(open("clean.csv").readlines())
print("training with", rate)
open("model.bin", "w").write("model %s %d" % (rate, rows))
json.dump({"accuracy": rate * rows, "rows": {"all": rows}}, open("metrics.json", "w"))
"""


@pytest.fixture
def pipeline(initialized, bare, tmp_path):
    initialized.upload("1\n\n2\n", location="raw.csv", version=None)
    clone = tmp_path / "clone"
    git("clone", "-q", bare, clone)
    (clone / "params.yaml").write_text("train:\n  rate: 0.5 # careful\n")
    (clone / "clean.py").write_text(CLEAN)
    (clone / "train.py").write_text(TRAIN)
    (clone / "dvc.yaml").write_text(
        """stages:
  clean:
    cmd: %(python)s clean.py
    deps: [raw.csv, clean.py]
    outs: [clean.csv]
  train:
    cmd: %(python)s train.py
    deps: [clean.csv, train.py]
    params: [train.rate]
    outs: [model.bin]
    metrics:
    - metrics.json:
        cache: false
"""
        % {"python": sys.executable}
    )
    git("add", ".", cwd=clone)
    git("commit", "-qm", "pipeline", cwd=clone)
    git("push", "-q", "origin", "main", cwd=clone)
    return initialized


def test_a_pipeline_runs_and_only_what_has_changed_runs_again(pipeline, other, bare):
    ended = pipeline.run("repro", version="r1", params={}, stages=[])
    assert ended.code == 0, ended.log
    assert "cleaning" in ended.log and "training with 0.5" in ended.log
    assert ended.outputs["metrics.accuracy"] == 1.0 and ended.outputs["metrics.rows.all"] == 2
    assert ended.outputs["rev"] == commits(bare)[0] and tags(bare) == ["r1"]
    assert "model.bin" in shown(bare, "dvc.lock")
    again = other.run("repro", version="r2", params={"train.rate": 2}, stages=[])
    assert again.code == 0, again.log
    assert "cleaning" not in again.log and "training with 2" in again.log
    assert again.outputs["metrics.accuracy"] == 4.0
    assert shown(bare, "params.yaml").split() == ["train:", "rate:", "2", "#", "careful"]
    assert other.download("r1", location="model.bin", path="model.bin").code == 0
    assert (other.directory / "model.bin").read_text() == "model 0.5 2"
    # Nothing has changed: the result is a version anyway.
    same = pipeline.run("repro", version="r3", params={}, stages=["train"])
    assert same.code == 0 and "training" not in same.log, same.log
    assert same.outputs["rev"] == again.outputs["rev"]


def test_a_stage_that_fails_is_the_reason(pipeline, bare):
    before = git("--git-dir", bare, "for-each-ref")
    failed = pipeline.run("repro", params={"train.rate": "none"}, stages=[])
    assert failed.code == 1 and "failed to reproduce 'train'" in failed.lines[-1]
    assert pipeline.run("repro", params={"train.speed": 1}, stages=[]).fault == (
        "dvc.params: params.yaml has no parameter train.speed."
    )
    assert pipeline.run("repro", params={"../x.yaml:a": 1}, stages=[]).fault == (
        "dvc.params: ../x.yaml:a: there is no file ../x.yaml of parameters in the repository."
    )
    assert git("--git-dir", bare, "for-each-ref") == before


def change(bare, tmp_path, name, *replacements):
    clone = tmp_path / name
    git("clone", "-q", bare, clone)
    text = (clone / "dvc.yaml").read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    (clone / "dvc.yaml").write_text(text)
    git("commit", "-qam", name, cwd=clone)
    git("push", "-q", "origin", "main", cwd=clone)


def test_a_stage_that_does_not_make_its_result_does_not_keep_the_former_one(pipeline, bare, tmp_path):
    assert pipeline.run("repro", version="r1", params={}, stages=[]).code == 0
    change(bare, tmp_path, "broken", ("train.py\n", "train.py; rm model.bin\n"))
    before = git("--git-dir", bare, "for-each-ref")
    assert pipeline.run("repro", version="r2", params={}, stages=[]).fault == (
        "The stage train has ended without making its output model.bin."
    )
    assert git("--git-dir", bare, "for-each-ref") == before


def test_a_stage_that_has_never_run_runs(pipeline, bare, tmp_path):
    assert pipeline.run("repro", version="r1", params={}, stages=[]).code == 0
    change(bare, tmp_path, "more", ("stages:\n", "stages:\n  more:\n    cmd: echo making; echo 1 > made\n    outs: [made]\n"))
    ended = pipeline.run("repro", version="r2", params={}, stages=[])
    assert ended.code == 0 and "  making\n" in ended.log and "training" not in ended.log, ended.log
    assert pipeline.download("r2", location="made", path="made").outputs["size"] == 2


def test_a_pipeline_that_dvc_cannot_read(pipeline, bare, tmp_path):
    assert pipeline.run("repro", params={"dvc.yaml:stages.clean.cmd": "true"}, stages=[]).fault == (
        "dvc.params: dvc.yaml:stages.clean.cmd: there is no file dvc.yaml of parameters in the repository."
    )
    change(bare, tmp_path, "broken", ("stages:\n", "stages: [\n"))
    fault = pipeline.run("repro", params={}, stages=[]).fault
    assert fault.startswith("dvc repro failed: './dvc.yaml' is invalid; "), fault
