# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A tracking server that hangs, resets, answers 500 or is slow; what is expected is in docs/en/faults.md."""

import pathlib
import sys
import time

import pytest
from frame import ENOUGH, MAIN, MLPROJECT, Frame, make_project

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[5] / "integration-tests/harness/dsharness"))

from faulty_http import FaultyServer  # noqa: E402

# As an operator may set them; without them the frame has seconds where MLflow has minutes.
QUICK = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "2", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


@pytest.fixture
def behind(server, tmp_path):
    """behind(rules) -> runs whose tracking server has these faults."""
    servers, frames = [], []

    def faulty(*rules):
        servers.append(FaultyServer(int(server.address.rpartition(":")[2]), rules))
        frames.append(Frame(tmp_path, "http://" + servers[-1].address))
        frames[-1].server = servers[-1]
        return frames[-1]

    make_project(tmp_path / "proj")
    yield faulty
    for frame in frames:
        frame.end()
    for each in servers:
        each.close()


def recorded(client, run):
    return client.get_run(run.run_id)


@pytest.mark.parametrize(
    "fault, words",
    [
        ("hang", "does not answer (no answer"),
        ("reset", "does not answer (Connection reset"),
        ("503", "does not answer (HTTP 503"),
    ],
)
def test_before_the_run_the_task_fails_within_seconds(behind, fault, words):
    frame = behind({"fault": fault})
    began = time.monotonic()
    run = frame.project("proj").finish()
    # MLflow itself would ask again for a quarter of an hour.
    assert time.monotonic() - began < 120
    assert run.report["status"] == "failure"
    assert run.lines[-1].startswith("mlflowTrackingUri: the tracking server http://127.0.0.1:")
    assert words in run.lines[-1]
    assert "Traceback" not in run.log


def test_a_server_that_answers_500_to_everything(behind):
    run = behind({"fault": "500"}).project("proj", environment=QUICK).finish()
    assert run.report["status"] == "failure"
    assert run.lines[-1].startswith("mlflowTrackingUri: the tracking server http://127.0.0.1:")
    assert "500" in run.lines[-1] and "Traceback" not in run.log


def test_a_slow_server_is_waited_for(behind, client):
    run = behind({"match": "runs/create", "fault": "slow"}, {"match": "log-metric", "fault": "slow"}).project("proj").finish()
    assert run.report["status"] == "success", run.log
    assert recorded(client, run).info.status == "FINISHED"


def test_short_faults_in_the_run_are_survived(behind, client):
    rules = [{"match": "log-metric", "fault": "reset", "times": 1}, {"match": "runs/update", "fault": "500", "times": 1}]
    run = behind(*rules).project("proj").finish()
    assert run.report["status"] == "success", run.log
    ended = recorded(client, run)
    assert ended.info.status == "FINISHED" and ended.data.metrics == {"accuracy": 0.5, "rows": 150.0}


def test_a_server_that_hangs_at_the_end_fails_the_task(behind, tmp_path):
    """The training did well; whether its run is closed is unknown."""
    waits = "\nprint('recorded', flush=True)\nwhile not os.path.exists(os.environ['GATE']): time.sleep(0.05)\n"
    make_project(tmp_path / "long", main="import os, time" + MAIN + waits, mlproject=MLPROJECT)
    frame = behind()
    run = frame.project("long", environment=dict(QUICK, GATE=str(tmp_path / "open"))).until("recorded")
    frame.server.add(fault="hang")
    (tmp_path / "open").touch()
    run.finish()
    assert run.report["status"] == "failure", run.log
    assert run.lines[-1].startswith("mlflowTrackingUri: the tracking server http://127.0.0.1:")
    assert "does not answer any more" in run.lines[-1]
    assert "Traceback" not in run.log


def test_a_kill_is_quick_although_the_server_hangs(behind, tmp_path):
    make_project(tmp_path / "sleeps", main="import time\nprint('I sleep', flush=True)\ntime.sleep(900)\n")
    run = behind({"match": "runs/update", "fault": "hang"}).project("sleeps").until("I sleep")
    run.process.terminate()
    # MLflow itself would wait for two minutes, several times.
    run.finish(ENOUGH)
    assert run.report["status"] == "stopped"
    assert "could not be closed as KILLED" in run.log
