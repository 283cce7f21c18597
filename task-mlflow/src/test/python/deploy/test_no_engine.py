# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deployments in containers where there is no engine, or where it would refuse what is asked: no engine is needed."""

import os
import shutil

import pytest


def failed(run):
    assert run.finish().report["status"] == "failure"
    return run.last_line


def test_a_worker_without_docker(deployer, port, tmp_path):
    (tmp_path / "bin").mkdir()
    run = deployer.start(model="models:/answers/1", port=port, deployType="DOCKER", environment={"PATH": str(tmp_path / "bin")})
    assert failed(run).startswith("deployType: there is no 'docker' on this worker's PATH (%s); install" % (tmp_path / "bin"))


@pytest.mark.skipif(shutil.which("docker") is None, reason="NO DOCKER CLIENT: an engine that is down is not tested")
def test_an_engine_that_does_not_answer(deployer, port, tmp_path):
    run = deployer.start(
        model="models:/answers/1", port=port, deployType="DOCKER", environment={"DOCKER_HOST": "unix://%s/none.sock" % tmp_path}
    )
    assert failed(run).startswith("deployType: the Docker engine does not answer: ")


def test_limits_that_this_machine_does_not_have(deployer, port):
    run = deployer.start(model="models:/answers/1", port=port, deployType="DOCKER", cpuLimit="4096", memoryLimit="900t")
    assert failed(run).startswith("memoryLimit: '900t' is more than the ")
    assert "cpuLimit: '4096' is out of range; from 0.01 to the %d of this machine" % os.cpu_count() in run.log


def test_neither_form_of_compose(deployer, port, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "docker").write_text('#!/bin/sh\n[ "$1" = version ] && echo 20.10 && exit\nexit 1\n')
    (tools / "docker").chmod(0o755)
    run = deployer.start(model="models:/answers/1", port=port, deployType="DOCKER COMPOSE", environment={"PATH": str(tools)})
    assert "this worker has neither 'docker compose' nor 'docker-compose'" in failed(run), run.log
