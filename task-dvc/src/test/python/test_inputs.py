# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Versions of data as inputs of other runs: fetched before, and in the tags of the runs of MLflow."""

import json
import os

from dolphinml.common import run_tags


def test_inputs_are_fetched_and_described(initialized, other, tmp_path, monkeypatch):
    uploaded = initialized.upload("1\n", version="v1").outputs
    initialized.upload({"a": "1"}, path="images", location="raw/images", version=None)
    inputs = [
        {
            "name": "train",
            "repository": initialized.repository,
            "location": "data/iris.csv",
            "version": "v1",
            "path": "data/train/iris.csv",
        },
        {
            "name": "images",
            "repository": initialized.repository,
            "location": "raw/images",
            "version": None,
            "path": "data/images/images",
        },
    ]
    ended = other.finish(other.start_program("data/fetch_inputs.py", {"inputs": inputs}))
    assert ended.code == 0, ended.log
    train = ended.report["outputs"]["train"]
    assert train == {
        "repository": initialized.repository,
        "location": "data/iris.csv",
        "version": "v1",
        "rev": uploaded["rev"],
        "md5": uploaded["md5"],
        "size": 2,
        "nfiles": 1,
        "url": uploaded["url"],
        "path": str(other.directory / "data/train/iris.csv"),
    }
    assert (other.directory / "data/images/images/a").read_text() == "1"
    report = tmp_path / "data-report.json"
    report.write_text(json.dumps(ended.report))
    monkeypatch.setenv("MLFLOW_RUN_CONTEXT", '{"team": "risk"}')
    run_tags.announce(str(report))
    tags = json.loads(os.environ["MLFLOW_RUN_CONTEXT"])
    assert tags["team"] == "risk"
    assert (tags["dvc.train.rev"], tags["dvc.train.md5"]) == (uploaded["rev"], uploaded["md5"])
    assert sorted(name for name in tags if name.startswith("dvc.images.")) == [
        "dvc.images." + fact for fact in ("location", "md5", "repository", "rev", "version")
    ]


def test_a_task_directory_that_its_user_may_not_write_into(initialized, tmp_path):
    """As that of a tenant from DolphinScheduler 3.2.2 on; into /proc nobody may write, not even root."""
    uploaded = initialized.upload("1\n", version="v1").outputs
    asked = {
        "action": "download",
        "repository": initialized.repository,
        "location": "data/iris.csv",
        "version": "v1",
        "path": str(tmp_path / "iris.csv"),
    }
    for program, parts in [
        ("dvc/run_dvc.py", {"data": asked}),
        ("data/fetch_inputs.py", {"inputs": [dict(asked, name="train")]}),
    ]:
        ended = initialized.finish(initialized.start_program(program, dict(parts, workdir="/proc")))
        assert ended.code == 0, ended.log
        assert (tmp_path / "iris.csv").read_text() == "1\n" and uploaded["rev"] in str(ended.report)
        (tmp_path / "iris.csv").unlink()


def test_an_input_that_is_not_there_is_the_reason(initialized):
    inputs = [
        {
            "name": "train",
            "repository": initialized.repository,
            "location": "data/iris.csv",
            "version": "v9",
            "path": "data/train/iris.csv",
        }
    ]
    fault = initialized.finish(initialized.start_program("data/fetch_inputs.py", {"inputs": inputs})).fault
    assert fault.startswith("data: %s: there is no tag, branch or commit v9 in it" % initialized.repository)


def test_a_secret_that_the_run_will_lack_is_said_before_anything_is_fetched(initialized):
    initialized.upload("1\n", version="v1")
    inputs = [
        {
            "name": "train",
            "repository": initialized.repository,
            "location": "data/iris.csv",
            "version": "v1",
            "path": "data/train/iris.csv",
        }
    ]
    later = {"notebook": {"parameters": {"p": {"secretReference": "env:NO_SUCH_SECRET", "field": "parameters"}}}}
    ended = initialized.finish(initialized.start_program("data/fetch_inputs.py", {"inputs": inputs}, later=later))
    assert ended.fault.startswith("parameters: there is no environment variable NO_SUCH_SECRET for the secret env:")
    assert not (initialized.directory / "data").exists()
