# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Projects with a docker_env on a real engine; skipped where none answers."""

import pytest
from docker_engine import base_image, docker  # noqa: F401
from frame import ENOUGH, PATIENT, make_project

MLPROJECT = "name: own\ndocker_env: {image: '%s'}\nentry_points: {main: {command: \"%s\"}}\n"
MEASURES = "python -c 'import mlflow; mlflow.start_run(); mlflow.log_metric(\\\"accuracy\\\", 0.5)'"
IGNORES_SIGTERM = "sh -c 'trap \\\"\\\" TERM; echo I ignore $((40+2)); sleep 900'"


def containers_of(run):
    return "ps", "--all", "--quiet", "--filter", "label=io.github.dolphinml.run=" + run.marker


@pytest.fixture
def project(frame, tmp_path, base_image):
    def start(name, command, words):
        make_project(tmp_path / name, mlproject=MLPROJECT % (base_image, command))
        return frame.project(name, words, outputs=["accuracy"], limits=PATIENT)

    yield start
    for run in frame.runs:
        for container in docker(*containers_of(run)).split():
            docker("rm", "--force", container)


def test_the_container_is_the_project(project, client):
    run = project("measures", MEASURES, ["-A", "network=host", "-A", "label=a=b"]).finish()
    assert run.outputs["accuracy"] == 0.5, run.log
    assert client.get_run(run.run_id).data.tags["mlflow.project.env"] == "docker"


def test_a_kill_leaves_no_container(project, client):
    run = project("ignores", IGNORES_SIGTERM, []).until("I ignore 42")
    assert len(docker(*containers_of(run)).split()) == 1
    run.process.terminate()
    assert run.finish(ENOUGH).report["status"] == "stopped"
    assert docker(*containers_of(run)) == ""
    assert client.get_run(run.run_id).info.status == "KILLED"
