# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType DOCKER and DOCKER COMPOSE on a real engine; skipped where none answers."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest
from conftest import EXAMPLE, answers_at, free_port, models, predict, processes_of, wait_until
from docker_engine import base_image, docker  # noqa: F401
from load import Load

EMPTY_ARCHIVE = b"\0" * 1024
ROW = '{"inputs": [%s]}' % EXAMPLE[0]
#: How many times a test under load deploys again; an engine takes its time for each.
REDEPLOYS = int(os.environ.get("DOLPHINML_REDEPLOYS", "1"))
ANSWERS = {"1": "one", "2": "two"}
BOTH = pytest.mark.parametrize("kind", ["DOCKER", "DOCKER COMPOSE"])


def inspected(container):
    return json.loads(docker("container", "inspect", container))[0]


def containers(name):
    return sorted(
        docker("ps", "-a", "--format", "{{.Names}}", "--filter", "label=io.github.dolphinml.deployment=" + name).split()
    )


@pytest.fixture
def name():
    """A deployment's name; all that bears it is removed afterwards."""
    name = "test-%d-%d" % (os.getpid(), time.monotonic_ns() % 10**9)
    yield name
    for container in containers(name):
        docker("rm", "-f", "-v", container)
    docker("network", "rm", "dolphinml-" + name)


@pytest.fixture
def deploy(deployer, base_image, port, name):
    def start(**deployment):
        given = {"port": port, "name": name, "baseImage": base_image, "buildOptions": ["--network", "host"]}
        return deployer.start(**dict(given, **deployment))

    return start


def test_redeploys_lose_no_request_and_limits_are_in_force(deploy, deployer, base_image, name, port):
    given = {"deployType": "DOCKER", "cpuLimit": "0.7", "memoryLimit": "600m"}
    run = deploy(model="models:/answers/1", **given).finish()
    assert run.report["outputs"]["mlflow.model_version"] == "1", run.log
    assert predict(port) == ["one"]
    made = inspected("dolphinml-%s-1" % name)
    assert (made["HostConfig"]["NanoCpus"], made["HostConfig"]["Memory"]) == (700000000, 600 * 1024**2)
    assert made["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert made["Config"]["Labels"]["io.github.dolphinml.version"] == "1"
    assert "8000/ping" in made["Config"]["Healthcheck"]["Test"][1]
    assert not made["HostConfig"]["PortBindings"]
    version = "1"
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        for _ in range(REDEPLOYS):
            version = {"1": "2", "2": "1"}[version]
            run = deploy(model="models:/answers/" + version, **given).finish()
            assert run.report["outputs"]["mlflow.model_version"] == version, run.log
            load.wait_for(10, '{"predictions": ["%s"]}' % ANSWERS[version])
            assert load.failures == []
    finally:
        load.stop()
        print("%d requests during %d redeploys: %s" % (load.sent, REDEPLOYS, dict(load.answers)))
    assert load.failures == []
    assert {'{"predictions": ["one"]}', '{"predictions": ["two"]}'} == set(load.answers)
    assert containers(name) == ["dolphinml-%s-%d" % (name, REDEPLOYS + 1), "dolphinml-%s-front" % name]
    run = deploy(model="models:/answers/" + version, **given).finish()
    assert "adopted, nothing is started" in run.log
    # Another registry's model of the same name takes the name away.
    docker("tag", base_image, "dolphinml/answers:1")
    run = deploy(model="models:/answers/1", force=True, **given).finish()
    assert "was built before: reused" in run.log
    assert predict(port) == ["one"]
    run = deployer.run(action="status", name=name)
    assert run.report["status"] == "success" and "container dolphinml-%s-%d" % (name, REDEPLOYS + 2) in run.log, run.log
    run = deployer.run(action="stop", name=name)
    assert run.report["status"] == "success", run.log
    assert containers(name) == [] and answers_at(port) is None
    assert "dolphinml-" + name not in docker("network", "ls")


@BOTH
def test_a_model_that_dies_leaves_the_old_container_serving(deploy, deployer, name, port, kind):
    deploy(model="models:/answers/1", deployType=kind).finish()
    run = deploy(model="models:/dies/1", deployType=kind).finish()
    assert run.report["status"] == "failure"
    assert "ValueError: the weights are not there" in run.log
    # What MLflow's image ends with is 0 whatever was wrong.
    assert run.last_line.endswith("before it was healthy: ValueError: the weights are not there")
    assert predict(port) == ["one"]
    assert containers(name) == ["dolphinml-%s-1" % name, "dolphinml-%s-front" % name]
    assert deployer.record(name)["model"]["uri"] == "models:/answers/1"


@pytest.mark.parametrize("kind, number", [("DOCKER", signal.SIGKILL), ("DOCKER COMPOSE", signal.SIGTERM)])
def test_a_kill_in_the_middle_restores_what_was_there(deploy, name, port, kind, number):
    deploy(model="models:/answers/1", deployType=kind).finish()
    run = deploy(model="models:/hangs/1", deployType=kind)
    run.until("Waiting for GET /ping")
    os.kill(run.process.pid, number)
    run.finish()
    wait_until(lambda: containers(name) == ["dolphinml-%s-1" % name, "dolphinml-%s-front" % name])
    assert predict(port) == ["one"]


def test_a_kill_of_the_first_deployment_leaves_nothing(deploy, deployer, name, port):
    run = deploy(model="models:/hangs/1", deployType="DOCKER")
    run.until("Waiting for GET /ping")
    os.kill(run.process.pid, signal.SIGKILL)
    wait_until(lambda: containers(name) == [] and "dolphinml-" + name not in docker("network", "ls"))
    assert deployer.record(name) is None


def test_the_service_survives_a_restart_of_its_containers(deploy, name, port):
    deploy(model="models:/answers/1", deployType="DOCKER").finish()
    docker("restart", "dolphinml-%s-front" % name, "dolphinml-%s-1" % name)
    wait_until(lambda: answers_at(port) == ["one"], 600)


def test_too_little_memory_is_told_as_such(deploy, name, port):
    run = deploy(model="models:/answers/1", deployType="DOCKER", memoryLimit="30m").finish()
    assert run.report["status"] == "failure"
    assert "raise memoryLimit" in run.last_line
    assert containers(name) == [] and "dolphinml-" + name not in docker("network", "ls")


def test_a_port_of_another_container_is_refused_with_its_name(deploy, base_image, port):
    other = "other-%d" % os.getpid()
    docker("run", "-d", "--name", other, "-p", "%d:1" % port, "--entrypoint", "sleep", base_image, "900")
    try:
        run = deploy(model="models:/answers/1", deployType="DOCKER").finish()
        assert "deployPort: %d is published by container '%s'" % (port, other) in run.last_line
    finally:
        docker("rm", "-f", other)


def test_a_port_of_a_process_is_refused_with_its_holder(deploy, port):
    with socket.socket() as other:
        other.bind(("0.0.0.0", port))
        other.listen(1)
        run = deploy(model="models:/answers/1", deployType="DOCKER").finish()
    assert "deployPort: %d is held by process %d" % (port, os.getpid()) in run.last_line


def test_another_type_under_the_same_name_is_refused(deploy, deployer, name, port):
    deployer.run(model="models:/answers/1", port=port, name=name)
    run = deploy(model="models:/answers/1", deployType="DOCKER").finish()
    assert "runs as MLFLOW, not as DOCKER; stop it first" in run.last_line
    assert predict(port) == ["one"]


def test_a_base_image_that_is_not_there_fails_with_the_builds_last_lines(deploy, name):
    run = deploy(model="models:/answers/1", deployType="DOCKER", baseImage="localhost:1/none:1").finish()
    assert run.report["status"] == "failure"
    assert "set mlflow.baseImage and mlflow.buildOptions" in run.last_line
    assert containers(name) == []


@pytest.fixture
def image_of_another_user():
    """make(model): an image as a deployment of another user of this engine has left it; its name."""
    made = []

    def make(model):
        name = "other-user/%s:0" % model
        labels = {"model": model, "version": "0", "user": str(os.geteuid() + 1)}
        changes = ["--change=LABEL io.github.dolphinml.%s=%s" % each for each in labels.items()]
        subprocess.run(["docker", "import", *changes, "-", name], input=EMPTY_ARCHIVE, stdout=subprocess.DEVNULL, check=True)
        made.append(name)
        return name

    yield make
    for name in made:
        docker("image", "rm", name)


def test_old_images_are_pruned_by_option(deployer, deploy, registry, base_image, image_of_another_user, name, port):
    answers = models()[0]
    model = "pruned-%d" % os.getpid()
    others = image_of_another_user(model)
    for answer in ("a", "b", "c"):
        registry.log(model, answers(answer))
    for version in ("1", "2", "3"):
        prunes = {"pruneImages": True, "keepImages": 1} if version == "3" else {}
        run = deploy(model="models:/%s/%s" % (model, version), deployType="DOCKER", **prunes).finish()
        assert run.report["status"] == "success", run.log
    # That of version 1 is in use: the front was made from it.
    assert sorted(docker("image", "ls", "--format", "{{.Tag}}", "dolphinml/" + model).split()) == ["1", "3"]
    assert "Removed old image dolphinml/%s:2" % model in run.log
    assert predict(port) == ["c"]
    assert docker("image", "ls", "--quiet", others)


OWN_FILE = """
version: "2.4"
services:
  anything:
    image: ${DOLPHINML_IMAGE}
    restart: unless-stopped
    cpus: ${DOLPHINML_CPUS}
    mem_limit: ${DOLPHINML_MEMORY}
    ports: ["${DOLPHINML_HOST}:${DOLPHINML_PORT}:${DOLPHINML_CONTAINER_PORT}"]
    environment: {DISABLE_NGINX: "true", UVICORN_HOST: 0.0.0.0, MLFLOW_MODELS_WORKERS: "1"}
    labels: {io.github.dolphinml.deployment: "${DOLPHINML_DEPLOYMENT}"}
"""


def test_an_own_compose_file_replaces_ours_and_comes_back(deploy, deployer, tmp_path, name, port):
    own = tmp_path / "own.yml"
    own.write_text(OWN_FILE)
    given = {"deployType": "DOCKER COMPOSE", "composeFile": str(own), "cpuLimit": "0.5", "memoryLimit": "500m"}
    run = deploy(model="models:/answers/1", **given).finish()
    assert run.report["status"] == "success", run.log
    assert predict(port) == ["one"]
    made = inspected(containers(name)[0])
    assert (made["HostConfig"]["NanoCpus"], made["HostConfig"]["Memory"]) == (500000000, 500 * 1024**2)
    run = deploy(model="models:/dies/1", startTimeout=15, **dict(given, cpuLimit="1")).finish()
    assert run.report["status"] == "failure" and "the weights are not there" in run.log, run.log
    assert "serves models:/answers/1 as before" in run.log
    wait_until(lambda: answers_at(port) == ["one"], 600)
    assert "adopted" in deploy(model="models:/answers/1", **given).finish().log
    run = deployer.run(action="stop", name=name)
    assert run.report["status"] == "success", run.log
    assert containers(name) == []


def reached(port, host="127.0.0.1"):
    try:
        with socket.create_connection((host, port), 10):
            return True
    except OSError:
        return False


def test_a_deployment_moves_to_another_address_or_stays_where_it_is(deploy, deployer, name, port):
    deploy(model="models:/answers/1", deployType="DOCKER").finish()
    other = free_port()
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        # No address of this machine: Docker refuses when the new front is started.
        run = deploy(model="models:/answers/2", deployType="DOCKER", port=other, host="203.0.113.7").finish()
        assert run.report["status"] == "failure"
        assert "serves models:/answers/1 as before" in run.log
        load.wait_for(10)
    finally:
        load.stop()
    assert load.failures == []
    run = deploy(model="models:/answers/2", deployType="DOCKER", host="203.0.113.7").finish()
    assert run.report["status"] == "failure" and "serves models:/answers/1 as before" in run.log, run.log
    assert predict(port) == ["one"]
    assert containers(name) == ["dolphinml-%s-1" % name, "dolphinml-%s-front" % name]
    run = deploy(model="models:/answers/2", deployType="DOCKER", port=other).finish()
    assert run.report["outputs"]["mlflow.endpoint"].endswith(":%d" % other), run.log
    assert predict(other) == ["two"] and not reached(port)
    run = deploy(model="models:/answers/1", deployType="DOCKER", port=other, host="127.0.0.1").finish()
    assert run.report["status"] == "success", run.log
    assert predict(other) == ["one"] and not reached(other, "127.0.0.2")
    assert len(containers(name)) == 2
    run = deployer.run(action="stop", name=name)
    assert run.report["status"] == "success" and containers(name) == [], run.log


def test_a_generated_and_an_own_compose_file_do_not_replace_each_other(deploy, deployer, tmp_path, name, port):
    own = tmp_path / "own.yml"
    own.write_text(OWN_FILE)
    kinds = [{"deployType": "DOCKER COMPOSE"}, {"deployType": "DOCKER COMPOSE", "composeFile": str(own)}]
    for first, second in (kinds, kinds[::-1]):
        assert deploy(model="models:/answers/1", **first).finish().report["status"] == "success"
        before = containers(name)
        run = deploy(model="models:/answers/2", **second).finish()
        assert run.report["status"] == "failure"
        assert "deployType: deployment '%s' runs as DOCKER COMPOSE" % name in run.last_line
        assert "stop it first" in run.last_line
        assert containers(name) == before and predict(port) == ["one"]
        assert deployer.run(action="stop", name=name).report["status"] == "success"


def test_names_that_differ_in_case_dots_or_dashes_are_different_deployments(deploy, deployer, name):
    names = [name + end for end in ("-a", ".a", ".A")]
    ports = {each: free_port() for each in names}
    try:
        for each in names:
            run = deploy(model="models:/answers/1", deployType="DOCKER COMPOSE", name=each, port=ports[each]).finish()
            assert run.report["status"] == "success", run.log
        for each in names:
            assert deployer.run(action="stop", name=each).report["status"] == "success"
            left = names[names.index(each) + 1 :]
            assert [other for other in names if answers_at(ports[other])] == left
    finally:
        for each in names:
            for container in containers(each):
                docker("rm", "-f", "-v", container)
            docker("network", "rm", "dolphinml-" + each)


def test_workers_in_a_container_that_die_again_and_again_are_a_failed_server(deploy, name):
    run = deploy(model="models:/dies/1", deployType="DOCKER", workers=2).finish()
    assert run.report["status"] == "failure"
    assert run.last_line.endswith("before it was healthy: ValueError: the weights are not there"), run.log
    assert containers(name) == []


def test_a_rollback_of_containers(deploy, deployer, name, port):
    deploy(model="models:/answers/1", deployType="DOCKER", memoryLimit="600m").finish()
    deploy(model="models:/answers/2", deployType="DOCKER", memoryLimit="600m").finish()
    run = deployer.run(action="rollback", name=name)
    assert run.report["outputs"]["mlflow.model_version"] == "1", run.log
    assert predict(port) == ["one"]
    assert inspected("dolphinml-%s-3" % name)["HostConfig"]["Memory"] == 600 * 1024**2


@pytest.fixture
def mlflows_base(base_image):
    """The tests' base image under the name that MLflow writes after FROM, as where a registry can be reached."""
    named = "python:%d.%d.%d-slim" % sys.version_info[:3]
    if docker("image", "ls", "--quiet", named):
        yield named
        return
    docker("tag", base_image, named)
    yield named
    docker("image", "rm", named)


def test_mlflows_own_image_with_nginx_serves_and_is_replaced(deploy, deployer, mlflows_base, name, port):
    # A front finds the model by nginx's port, which is the front's own inside of its container.
    run = deploy(model="models:/answers/1", deployType="DOCKER", baseImage=None).finish()
    assert run.report["status"] == "success", run.log
    assert "apt-get install -y --no-install-recommends nginx" in run.log
    assert deployer.record(name)["containerPort"] == 8080
    assert predict(port) == ["one"]
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        run = deploy(model="models:/answers/1", deployType="DOCKER", baseImage=None, force=True).finish()
        load.wait_for(10)
    finally:
        load.stop()
    assert run.report["status"] == "success", run.log
    assert load.failures == [] and "dolphinml-%s-2" % name in containers(name)


def test_a_canary_is_compared_in_containers_too(deploy, deployer, name, port):
    deploy(model="models:/answers/1", deployType="DOCKER").finish()
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        # Version 3 takes 0.3 s longer for each prediction.
        given = {"deployType": "DOCKER", "canary": 0.5, "canaryTime": 12}
        run = deploy(model="models:/answers/3", **dict(given, canaryTolerance=0.0)).finish()
        assert run.report["status"] == "failure"
        assert run.last_line.startswith("mlflow.canary: the new version does not take over: the "), run.log
        assert "of its latency is" in run.last_line
        assert containers(name) == ["dolphinml-%s-1" % name, "dolphinml-%s-front" % name]
        run = deploy(model="models:/answers/2", **dict(given, canaryTolerance=1000.0)).finish()
        load.wait_for(10, '{"predictions": ["two"]}')
    finally:
        load.stop()
    assert run.report["status"] == "success", run.log
    assert load.failures == [] and load.answers['{"predictions": ["three"]}'] > 20


def until_on_trial(load, run):
    """Waits until the candidate, which is version 3, answers some of the requests; the task is killed then."""
    run.until("Canary: the new version gets")
    load.wait_for(10, '{"predictions": ["three"]}')
    os.kill(run.process.pid, signal.SIGKILL)
    run.finish()


def only_the_first_serves(load, name):
    wait_until(lambda: containers(name) == ["dolphinml-%s-1" % name, "dolphinml-%s-front" % name])
    tried = load.answers['{"predictions": ["three"]}']
    load.wait_for(40)
    assert load.answers['{"predictions": ["three"]}'] == tried
    assert load.failures == []


CANARY = {"model": "models:/answers/3", "canary": 0.5, "canaryTime": 900}


def test_a_kill_in_the_middle_of_a_canary_leaves_the_old_container(deploy, name, port):
    deploy(model="models:/answers/1", deployType="DOCKER COMPOSE").finish()
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        until_on_trial(load, deploy(deployType="DOCKER COMPOSE", **CANARY))
        only_the_first_serves(load, name)
    finally:
        load.stop()


def test_a_canary_that_nobody_could_undo_ends_with_the_next_task(deploy, deployer, name, port):
    deploy(model="models:/answers/1", deployType="DOCKER").finish()
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        run = deploy(deployType="DOCKER", **CANARY)
        run.until("Canary: the new version gets")
        undoes = [
            pid
            for pid in processes_of(deployer.state / name)
            if b"undo.py" in pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()
        ]
        assert len(undoes) == 1
        os.kill(undoes[0], signal.SIGKILL)
        until_on_trial(load, run)
        assert "dolphinml-%s-2" % name in containers(name)
        run = deploy(model="models:/answers/1", deployType="DOCKER").finish()
        assert "Removing container dolphinml-%s-2, which a former task left" % name in run.log
        assert "adopted, nothing is started" in run.log
        only_the_first_serves(load, name)
    finally:
        load.stop()
