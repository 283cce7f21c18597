# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType DOCKER and DOCKER COMPOSE on a real engine; skipped where none answers."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest
from conftest import EXAMPLE, Deployer, answers_at, free_port, predict, processes_of, served_version, wait_until
from docker_engine import base_image, docker  # noqa: F401
from load import Load

from dolphinml.mlflow.deploy.containers import composing

EMPTY_ARCHIVE = b"\0" * 1024
ROW = '{"inputs": [%s]}' % EXAMPLE[0]
#: How many times a test under load deploys again; an engine takes its time for each.
REDEPLOYS = int(os.environ.get("DOLPHINML_REDEPLOYS", "1"))
ANSWERS = {"1": "one", "2": "two"}
OTHER = {"1": "2", "2": "1"}


def inspected(container):
    return json.loads(docker("container", "inspect", container))[0]


def containers(name):
    return sorted(
        docker("ps", "-a", "--format", "{{.Names}}", "--filter", "label=io.github.dolphinml.deployment=" + name).split()
    )


@contextlib.contextmanager
def removed(name):
    """A deployment's name; all that bears it is removed when the block ends."""
    yield name
    for container in containers(name):
        docker("rm", "-f", "-v", container)
    docker("network", "rm", "dolphinml-" + name)


def new_name():
    return "test-%d-%d" % (os.getpid(), time.monotonic_ns() % 10**9)


@pytest.fixture
def name():
    with removed(new_name()) as name:
        yield name


def starter(deployer, base_image, **deployment):
    """start(**more): a run with the base image of the tests and what is given."""
    given = dict({"baseImage": base_image, "buildOptions": ["--network", "host"]}, **deployment)
    return lambda **more: deployer.start(**dict(given, **more))


@pytest.fixture
def deploy(deployer, base_image, port, name):
    return starter(deployer, base_image, port=port, name=name)


class LastingContainers:
    """A deployment that one test leaves to the next: with `version` of the model 'answers' serving."""

    def __init__(self, deployer, base_image, name, kind):
        self.deployer = deployer
        self.name = name
        self.kind = kind
        self.port = free_port()
        self.deploy = starter(deployer, base_image, port=self.port, name=name, deployType=kind)

    @property
    def containers(self):
        return containers(self.name)

    @property
    def version(self):
        return served_version(self.port)

    def begin(self):
        if self.version is None:
            run = self.deploy(model="models:/answers/1").finish()
            assert run.report["status"] == "success", run.log
        return self


@pytest.fixture(scope="module")
def lasting_deployments(tmp_path_factory, registry, base_image):
    """{kind: a LastingContainers}"""
    with contextlib.ExitStack() as names:
        deployers = [Deployer(tmp_path_factory.mktemp("lasting"), registry.uri) for _ in range(2)]
        yield {
            kind: LastingContainers(deployer, base_image, names.enter_context(removed(new_name())), kind)
            for kind, deployer in zip(("DOCKER", "DOCKER COMPOSE"), deployers)
        }
        for deployer in deployers:
            deployer.clean()


@pytest.fixture
def lasting(request, lasting_deployments):
    """The deployment of the kind that the test is parametrized with."""
    return lasting_deployments[request.param].begin()


RUN, COMPOSED, BOTH = (
    pytest.mark.parametrize("lasting", kinds, indirect=True)
    for kinds in (["DOCKER"], ["DOCKER COMPOSE"], ["DOCKER", "DOCKER COMPOSE"])
)


@pytest.fixture(scope="module", autouse=True)
def older_images(base_image):
    """Images of the model 'answers' that were made before: by this user, and by another user of this engine."""
    made = {"dolphinml/answers:0": os.geteuid(), "other-user/answers:0": os.geteuid() + 1}
    for image, user in made.items():
        labels = {"model": "answers", "version": "0", "user": str(user)}
        changes = ["--change=LABEL io.github.dolphinml.%s=%s" % each for each in labels.items()]
        subprocess.run(["docker", "import", *changes, "-", image], input=EMPTY_ARCHIVE, stdout=subprocess.DEVNULL, check=True)
    yield list(made)
    for image in made:
        docker("image", "rm", image)


def test_redeploys_lose_no_request_and_a_rollback_has_the_limits(deploy, deployer, base_image, older_images, name, port):
    given = {"deployType": "DOCKER", "cpuLimit": "0.7", "memoryLimit": "600m", "pruneImages": True, "keepImages": 1}
    run = deploy(model="models:/answers/1", **given).finish()
    assert run.report["outputs"]["mlflow.model_version"] == "1", run.log
    assert predict(port) == ["one"]
    made = inspected("dolphinml-%s-1" % name)
    assert (made["HostConfig"]["NanoCpus"], made["HostConfig"]["Memory"]) == (700000000, 600 * 1024**2)
    assert made["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert made["Config"]["Labels"]["io.github.dolphinml.version"] == "1"
    assert "8000/ping" in made["Config"]["Healthcheck"]["Test"][1]
    assert not made["HostConfig"]["PortBindings"]
    assert "Removed old image %s" % older_images[0] in run.log
    assert docker("image", "ls", "--quiet", older_images[1])
    version = "1"
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        for _ in range(REDEPLOYS):
            version = OTHER[version]
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
    # That of version 1 is in use: the front was made from it.
    assert sorted(docker("image", "ls", "--format", "{{.Tag}}", "dolphinml/answers").split()) == ["1", "2"]
    run = deploy(model="models:/answers/" + version, **given).finish()
    assert "adopted, nothing is started" in run.log
    # Another registry's model of the same name takes the name away.
    docker("tag", base_image, "dolphinml/answers:" + OTHER[version])
    run = deployer.run(action="rollback", name=name)
    assert run.report["outputs"]["mlflow.model_version"] == OTHER[version], run.log
    assert "was built before: reused" in run.log
    assert predict(port) == [ANSWERS[OTHER[version]]]
    assert inspected("dolphinml-%s-%d" % (name, REDEPLOYS + 2))["HostConfig"]["Memory"] == 600 * 1024**2
    run = deployer.run(action="status", name=name)
    assert run.report["status"] == "success" and "container dolphinml-%s-%d" % (name, REDEPLOYS + 2) in run.log, run.log
    run = deployer.run(action="stop", name=name)
    assert run.report["status"] == "success", run.log
    assert containers(name) == [] and answers_at(port) is None
    assert "dolphinml-" + name not in docker("network", "ls")


@BOTH
def test_a_model_that_dies_leaves_the_old_container_serving(lasting):
    before, version = lasting.containers, lasting.version
    run = lasting.deploy(model="models:/dies/1").finish()
    assert run.report["status"] == "failure"
    assert "ValueError: the weights are not there" in run.log
    # What MLflow's image ends with is 0 whatever was wrong.
    assert run.last_line.endswith("before it was healthy: ValueError: the weights are not there")
    assert lasting.version == version
    assert lasting.containers == before and len(before) == 2
    assert lasting.deployer.record(lasting.name)["model"]["uri"] == "models:/answers/" + version


@pytest.mark.parametrize(
    "lasting, number", [("DOCKER", signal.SIGKILL), ("DOCKER COMPOSE", signal.SIGTERM)], indirect=["lasting"]
)
def test_a_kill_in_the_middle_restores_what_was_there(lasting, number):
    before, version = lasting.containers, lasting.version
    run = lasting.deploy(model="models:/hangs/1")
    run.until("Waiting for GET /ping")
    assert lasting.containers != before
    os.kill(run.process.pid, number)
    run.finish()
    wait_until(lambda: lasting.containers == before, pause=0.5)
    assert lasting.version == version


def test_a_kill_of_the_first_deployment_leaves_nothing(deploy, deployer, name, port):
    run = deploy(model="models:/hangs/1", deployType="DOCKER")
    run.until("Waiting for GET /ping")
    os.kill(run.process.pid, signal.SIGKILL)
    wait_until(lambda: containers(name) == [] and "dolphinml-" + name not in docker("network", "ls"), pause=0.5)
    assert deployer.record(name) is None


@RUN
def test_the_service_survives_a_restart_of_its_containers(lasting):
    version = lasting.version
    docker("restart", *lasting.containers)
    wait_until(lambda: lasting.version == version, 600)


def test_too_little_memory_is_reported_as_such(deploy, name, port):
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


@RUN
def test_another_type_under_the_same_name_is_refused(lasting):
    version = lasting.version
    run = lasting.deploy(model="models:/answers/1", deployType="MLFLOW").finish()
    assert "runs as DOCKER, not as MLFLOW; stop it first" in run.last_line
    assert lasting.version == version


def test_a_base_image_that_is_not_there_fails_with_the_builds_last_lines(deploy, name):
    run = deploy(model="models:/answers/1", deployType="DOCKER", baseImage="localhost:1/none:1").finish()
    assert run.report["status"] == "failure"
    assert "set mlflow.baseImage and mlflow.buildOptions" in run.last_line
    assert containers(name) == []


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


#: A service that starts and never answers.
SILENT_FILE = (
    OWN_FILE
    + """    entrypoint: [sh, -c, "echo the weights are not there; exec sleep 900"]
    stop_signal: SIGKILL
"""
)


def refused_beside(run, lasting_name):
    assert run.report["status"] == "failure"
    assert "deployType: deployment '%s' runs as DOCKER COMPOSE" % lasting_name in run.last_line
    assert "stop it first" in run.last_line


def test_an_own_compose_file_replaces_ours_and_comes_back(deploy, deployer, tmp_path, name, port):
    own, silent = tmp_path / "own.yml", tmp_path / "silent.yml"
    own.write_text(OWN_FILE)
    silent.write_text(SILENT_FILE)
    given = {"deployType": "DOCKER COMPOSE", "composeFile": str(own), "cpuLimit": "0.5", "memoryLimit": "500m"}
    run = deploy(model="models:/answers/1", **given).finish()
    assert run.report["status"] == "success", run.log
    assert predict(port) == ["one"]
    made = inspected(containers(name)[0])
    assert (made["HostConfig"]["NanoCpus"], made["HostConfig"]["Memory"]) == (500000000, 500 * 1024**2)
    run = deploy(model="models:/answers/1", startTimeout=5, **dict(given, composeFile=str(silent))).finish()
    assert run.report["status"] == "failure" and "the weights are not there" in run.log, run.log
    assert "serves models:/answers/1 as before" in run.log
    wait_until(lambda: answers_at(port) == ["one"], 600)
    before = containers(name)
    refused_beside(deploy(model="models:/answers/2", deployType="DOCKER COMPOSE").finish(), name)
    assert containers(name) == before and predict(port) == ["one"]
    assert "adopted" in deploy(model="models:/answers/1", **given).finish().log
    run = deployer.run(action="stop", name=name)
    assert run.report["status"] == "success", run.log
    assert containers(name) == []


@COMPOSED
def test_an_own_compose_file_does_not_replace_a_generated_one(lasting, tmp_path):
    own = tmp_path / "own.yml"
    own.write_text(OWN_FILE)
    before, version = lasting.containers, lasting.version
    refused_beside(lasting.deploy(model="models:/answers/2", composeFile=str(own)).finish(), lasting.name)
    assert lasting.containers == before and lasting.version == version


@COMPOSED
def test_names_that_differ_in_case_dots_or_dashes_are_different_deployments(lasting):
    names = [lasting.name, lasting.name.replace("-", "."), lasting.name.replace("-", ".").upper()]
    assert len({composing.project(each) for each in names}) == 3
    before, version, port = lasting.containers, lasting.version, free_port()
    with removed(names[2]) as other:
        run = lasting.deploy(model="models:/answers/1", name=other, port=port).finish()
        assert run.report["status"] == "success", run.log
        assert predict(port) == ["one"] and lasting.version == version
        assert lasting.deployer.run(action="stop", name=other).report["status"] == "success"
        assert containers(other) == [] and answers_at(port) is None
    assert lasting.containers == before and lasting.version == version


def test_workers_in_a_container_that_die_again_and_again_are_a_failed_server(deploy, name):
    run = deploy(model="models:/dies/1", deployType="DOCKER", workers=2, limits={"DEATHS_PER_WORKER": 1}).finish()
    assert run.report["status"] == "failure"
    assert run.last_line.endswith("before it was healthy: ValueError: the weights are not there"), run.log
    assert containers(name) == []


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


def until_on_trial(load, run):
    """Waits until the candidate, which is version 3, answers some of the requests; the task is killed then."""
    run.until("Canary: the new version gets")
    load.wait_for(10, '{"predictions": ["three"]}')
    os.kill(run.process.pid, signal.SIGKILL)
    run.finish()


def only_these_serve(load, lasting, before):
    wait_until(lambda: lasting.containers == before, pause=0.5)
    tried = load.answers['{"predictions": ["three"]}']
    load.wait_for(40)
    assert load.answers['{"predictions": ["three"]}'] == tried
    assert load.failures == []


CANARY = {"model": "models:/answers/3", "canary": 0.5, "canaryTime": 900}


@COMPOSED
def test_a_kill_in_the_middle_of_a_canary_leaves_the_old_container(lasting):
    before = lasting.containers
    load = Load("http://127.0.0.1:%d" % lasting.port, rate=20, body=ROW).start()
    try:
        until_on_trial(load, lasting.deploy(**CANARY))
        only_these_serve(load, lasting, before)
    finally:
        load.stop()


@RUN
def test_a_canary_that_was_not_undone_ends_with_the_next_task(lasting):
    before, version = lasting.containers, lasting.version
    load = Load("http://127.0.0.1:%d" % lasting.port, rate=20, body=ROW).start()
    try:
        run = lasting.deploy(**CANARY)
        run.until("Canary: the new version gets")
        undoes = [
            pid
            for pid in processes_of(lasting.deployer.state / lasting.name)
            if b"undo.py" in pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()
        ]
        assert len(undoes) == 1
        os.kill(undoes[0], signal.SIGKILL)
        until_on_trial(load, run)
        (left,) = set(lasting.containers) - set(before)
        run = lasting.deploy(model="models:/answers/" + version).finish()
        assert "Removing container %s, left by a previous task" % left in run.log
        assert "adopted, nothing is started" in run.log
        only_these_serve(load, lasting, before)
    finally:
        load.stop()


@RUN
def test_a_canary_is_compared_in_containers_too(lasting):
    before, other = lasting.containers, OTHER[lasting.version]
    answer = '{"predictions": ["%s"]}' % ANSWERS[other]
    load = Load("http://127.0.0.1:%d" % lasting.port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        # Version 3 takes 0.3 s longer for each prediction.
        given = {"canary": 0.5, "canaryTime": 8}
        run = lasting.deploy(model="models:/answers/3", **dict(given, canaryTolerance=0.0)).finish()
        assert run.report["status"] == "failure"
        assert run.last_line.startswith("mlflow.canary: the new version does not take over: the "), run.log
        assert "of its latency is" in run.last_line
        assert lasting.containers == before
        run = lasting.deploy(model="models:/answers/" + other, **dict(given, canaryTolerance=1000.0)).finish()
        load.wait_for(10, answer)
    finally:
        load.stop()
    assert run.report["status"] == "success", run.log
    assert load.failures == [] and load.answers['{"predictions": ["three"]}'] > 20


def reached(port, host="127.0.0.1"):
    try:
        with socket.create_connection((host, port), 10):
            return True
    except OSError:
        return False


@RUN
def test_a_deployment_moves_to_another_address_or_stays_where_it_is(lasting):
    """The last test of this deployment, which it stops."""
    before, version, port = lasting.containers, lasting.version, lasting.port
    model, other_model = ("models:/answers/" + each for each in (version, OTHER[version]))
    other = free_port()
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        # No address of this machine: Docker refuses when the new front is started.
        run = lasting.deploy(model=other_model, port=other, host="203.0.113.7").finish()
        assert run.report["status"] == "failure"
        assert "serves %s as before" % model in run.log
        load.wait_for(10)
    finally:
        load.stop()
    assert load.failures == []
    run = lasting.deploy(model=other_model, host="203.0.113.7").finish()
    assert run.report["status"] == "failure" and "serves %s as before" % model in run.log, run.log
    assert lasting.version == version and lasting.containers == before
    run = lasting.deploy(model=other_model, port=other).finish()
    assert run.report["outputs"]["mlflow.endpoint"].endswith(":%d" % other), run.log
    assert predict(other) == [ANSWERS[OTHER[version]]] and not reached(port)
    run = lasting.deploy(model=model, port=other, host="127.0.0.1").finish()
    assert run.report["status"] == "success", run.log
    assert predict(other) == [ANSWERS[version]] and not reached(other, "127.0.0.2")
    assert len(lasting.containers) == 2
    run = lasting.deployer.run(action="stop", name=lasting.name)
    assert run.report["status"] == "success" and lasting.containers == [], run.log
