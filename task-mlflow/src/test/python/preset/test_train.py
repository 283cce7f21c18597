# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The program: `python train.py REQUEST.json RESULT.json`, by hand and with a run that somebody else has made."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

import dolphinml.common.waiting
import dolphinml.mlflow.preset
from dsharness.processes import python_path

PROGRAM = pathlib.Path(dolphinml.mlflow.preset.__file__).with_name("train.py")
COMMON = pathlib.Path(dolphinml.common.waiting.__file__).parents[2]


@pytest.fixture
def start(experiment, tmp_path):
    """start(request, ENVIRONMENT=...) -> a process; `finish(process)` -> (exit code, log, result)."""
    processes = []

    def begin(request, **environment):
        (tmp_path / "request.json").write_text(json.dumps(request), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(tmp_path / "request.json"), str(tmp_path / "result.json")],
            cwd=str(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A worker has both in one folder.
            env=dict(os.environ, PYTHONPATH=python_path(COMMON), **environment),
            text=True,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def finish(tmp_path):
    def end(process):
        log = process.communicate(timeout=300)[0]
        return process.returncode, log, json.loads((tmp_path / "result.json").read_text("utf-8"))

    return end


def test_trains_by_hand_from_any_directory(start, finish, client, experiment, csv):
    code, log, result = finish(start({"jobType": "BasicAlgorithm", "algorithm": "lr", "dataPath": csv("iris")}))
    assert (code, result["error"]) == (0, None), log
    (run,) = client.search_runs([experiment])
    assert run.info.status == "FINISHED"
    assert result["outputs"] == {"mlflow.model_uri": "runs:/%s/model" % run.info.run_id}
    assert result["metrics"] == pytest.approx(run.data.metrics)


def test_continues_the_run_of_the_frame(start, finish, client, experiment, csv):
    run = client.create_run(experiment)
    client.log_param(run.info.run_id, "data_path", "as the frame wrote it")
    process = start({"jobType": "BasicAlgorithm", "algorithm": "lr", "dataPath": csv("iris")}, MLFLOW_RUN_ID=run.info.run_id)
    code, log, _ = finish(process)
    assert code == 0, log
    (found,) = client.search_runs([experiment])
    assert found.info.run_id == run.info.run_id
    assert found.data.params["data_path"] == "as the frame wrote it" and "View run" not in log


def test_a_failure_is_one_sentence_at_the_end_and_in_the_result(start, finish, client, experiment, csv):
    code, log, result = finish(start({"algorithm": "svm", "dataPath": csv("iris"), "params": "C=-1"}))
    assert code == 1
    assert result["error"].startswith("svm cannot be trained with these parameters and data: ")
    assert "C" in result["error"].partition("data: ")[2]
    assert log.rstrip().split("\n")[-1] == result["error"] and "Traceback" not in log
    assert [run.info.status for run in client.search_runs([experiment])] == ["FAILED"]


def test_the_frame_says_the_sentence_itself(start, finish, csv):
    code, log, result = finish(start({"algorithm": "svm", "dataPath": csv("iris"), "params": "D=1"}, DOLPHINML_RUN="x"))
    assert (code, log) == (1, "")
    assert result["error"].startswith("params: svm has no parameter 'D'; it has C, break_ties, ")


def test_a_stopped_training_leaves_a_killed_run(start, finish, client, experiment, csv):
    values = list(range(1, 400))
    process = start({"algorithm": "svm", "dataPath": csv("cancer"), "searchParams": "C=%s" % values})
    deadline = time.monotonic() + 600
    for line in iter(process.stdout.readline, ""):
        assert time.monotonic() < deadline
        if line.startswith("Candidate 2 "):
            break
    process.send_signal(signal.SIGTERM)
    code, _, result = finish(process)
    assert (code, result["error"]) == (1, "Stopped before the end.")
    assert [run.info.status for run in client.search_runs([experiment])] == ["KILLED"]
