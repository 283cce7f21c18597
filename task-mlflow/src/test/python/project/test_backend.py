# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A backend elsewhere: a plugin as MLflow finds it, whose work is done by nobody who descends from the task."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest
from frame import ENOUGH, MAIN, PATIENT, make_project, wait_until

PLUGIN = """
import json, os, pathlib, time
from mlflow.entities import RunStatus
from mlflow.projects import utils
from mlflow.projects.backend.abstract_backend import AbstractBackend
from mlflow.projects.submitted_run import SubmittedRun


class Farm(AbstractBackend):
    def run(self, project_uri, entry_point, params, version, backend_config, tracking_uri, experiment_id):
        directory = utils.fetch_and_validate_project(project_uri, version, entry_point, params)
        run = utils.get_or_create_run(None, project_uri, experiment_id, directory, version, entry_point, params)
        command = utils.get_entry_point_command(utils.load_project(directory), entry_point, params, None)
        job = pathlib.Path(os.environ["FARM"]) / run.info.run_id
        variables = utils.get_run_env_vars(run.info.run_id, experiment_id)
        job.with_suffix(".part").write_text(json.dumps([command, directory, variables]))
        job.with_suffix(".part").rename(job.with_suffix(".job"))
        return Job(run.info.run_id, job)


class Job(SubmittedRun):
    def __init__(self, run_id, job):
        super().__init__()
        self._run_id, self._job = run_id, job

    @property
    def run_id(self):
        return self._run_id

    def wait(self):
        self._job.with_suffix(".awaited").touch()
        while not self._job.with_suffix(".end").exists():
            time.sleep(0.05)
        return self._job.with_suffix(".end").read_text() == "0"

    def cancel(self):
        self._job.with_suffix(".cancel").touch()

    def get_status(self):
        return RunStatus.RUNNING
"""


class Farm:
    """Does the jobs that it finds in its directory."""

    def __init__(self, directory, address):
        self.directory = directory
        self._variables = dict(os.environ, MLFLOW_TRACKING_URI=address)
        self.jobs = {}
        self._ended = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        while not self._ended:
            for job in self.directory.glob("*.job"):
                if job.stem not in self.jobs:
                    command, where, variables = json.loads(job.read_text())
                    self.jobs[job.stem] = subprocess.Popen(
                        ["bash", "-c", " ".join(command)],
                        cwd=where,
                        env=dict(self._variables, **variables),
                        start_new_session=True,
                    )
            for name, process in self.jobs.items():
                if (self.directory / (name + ".cancel")).exists():
                    process.kill()
                end = self.directory / (name + ".end")
                if process.poll() is not None and not end.exists():
                    (self.directory / (name + ".part")).write_text(str(process.returncode))
                    (self.directory / (name + ".part")).rename(end)
            time.sleep(0.05)

    def close(self):
        self._ended = True
        self._thread.join()
        for process in self.jobs.values():
            process.kill()
            process.wait()


@pytest.fixture
def farm(tmp_path, server):
    """farm.run(frame, main) -> a run of that program in the farm."""
    installed = tmp_path / "plugin"
    (installed / "farm-1.0.dist-info").mkdir(parents=True)
    (installed / "farm-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: farm\nVersion: 1.0\n")
    (installed / "farm-1.0.dist-info" / "entry_points.txt").write_text("[mlflow.project_backend]\nfarm = farm:Farm\n")
    (installed / "farm.py").write_text(PLUGIN)
    (tmp_path / "farm").mkdir()
    farm = Farm(tmp_path / "farm", server.address)

    def run(frame, main, name):
        make_project(tmp_path / name, main=main)
        return frame.project(
            name,
            backend="farm",
            outputs=["accuracy"],
            limits=PATIENT,
            environment={"PYTHONPATH": str(installed), "FARM": str(farm.directory)},
        )

    farm.run = run
    yield farm
    farm.close()


def test_the_work_is_waited_for_and_its_metrics_are_handed_on(frame, client, farm):
    good = farm.run(frame, "import time\ntime.sleep(1)\n" + MAIN, "good")
    bad = farm.run(frame, "raise SystemExit(3)", "bad")
    recorded = client.get_run(good.finish().run_id)
    assert list(farm.jobs) and good.run_id in farm.jobs
    assert good.outputs["mlflow.run_id"] == good.run_id and good.outputs["accuracy"] == 0.5
    assert recorded.info.status == "FINISHED" and recorded.data.tags["mlflow.project.backend"] == "farm"
    assert recorded.data.tags["dolphinscheduler.task"] == "a task"
    assert "trained with" not in good.log
    assert bad.finish().report["status"] == "failure"
    assert bad.last_line == "mlflow.backend: the work in 'farm' failed; what it printed is there"
    assert client.get_run(bad.run_id).info.status == "FAILED"


def test_a_kill_reaches_the_work(frame, client, farm):
    run = farm.run(frame, "import time\ntime.sleep(900)\n", "sleeps").until("Run ")
    wait_until(lambda: list(farm.directory.glob("*.awaited")) and farm.jobs)
    run.process.terminate()
    assert run.finish().report["status"] == "stopped"
    assert farm.jobs[run.run_id].wait(ENOUGH) == -9
    assert client.get_run(run.run_id).info.status == "KILLED"


class Submitted:
    def __init__(self):
        self.cancelled = 0

    def cancel(self):
        self.cancelled += 1


def test_work_that_is_just_handed_over_is_cancelled_too():
    """MLflow forgets it when it is interrupted between the backend's call and its own waiting."""
    from dolphinml.mlflow.project.interruption import Interruption

    former = signal.getsignal(signal.SIGTERM)
    submitted, waited = Submitted(), []
    try:
        wait = Interruption(elsewhere=True).waiting(waited.append)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            wait(submitted)
        assert submitted.cancelled == 1 and not waited
        with pytest.raises(KeyboardInterrupt):
            Interruption(elsewhere=False)
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, former)
