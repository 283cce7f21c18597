# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Model servers that are processes, with real ones: one test is one thing that a user relies on."""

import os
import pathlib
import signal
import socket
import sys

import pytest
from conftest import (
    ENOUGH,
    EXAMPLE,
    Deployer,
    alive,
    answers_at,
    free_port,
    is_free,
    predict,
    processes_of,
    served_version,
    started_by,
    wait_until,
)
from load import REDEPLOYS, Load

from dolphinml.mlflow.deploy.serving import crash_loop
from dolphinml.mlflow.deploy.state import record

ROW = '{"inputs": [%s]}' % EXAMPLE[0]
ANSWERS = {"1": "one", "2": "two"}


class LastingProcess:
    """The deployment 'it', which one test leaves to the next: with either version of the model 'answers' serving."""

    def __init__(self, directory, registry):
        self.deployer = Deployer(directory, registry.uri)
        self.port = free_port()

    @property
    def version(self):
        return served_version(self.port)

    @property
    def other(self):
        return {"1": "2", "2": "1"}[self.version]

    @property
    def record(self):
        return self.deployer.record("it")

    @property
    def files(self):
        return sorted(path.name for path in (self.deployer.state / "it").glob("model-*"))

    def start(self, version=None, **more):
        given = {"port": self.port, "name": "it", **({"model": "models:/answers/" + version} if version else {})}
        return self.deployer.start(**dict(given, **more))

    def run(self, version=None, **more):
        return self.start(version, **more).finish()


@pytest.fixture(scope="module")
def lasting_deployment(tmp_path_factory, registry):
    made = LastingProcess(tmp_path_factory.mktemp("lasting"), registry)
    yield made
    made.deployer.clean()


@pytest.fixture
def lasting(lasting_deployment):
    if lasting_deployment.version is None:
        run = lasting_deployment.run("1")
        assert run.report["status"] == "success", run.log
    return lasting_deployment


def test_a_model_is_served_and_outlives_the_task(deployer, port):
    run = deployer.run(model="models:/answers/1", port=port)
    assert run.report == {
        "status": "success",
        "outputs": {
            "mlflow.endpoint": "http://127.0.0.1:%d" % port,
            "mlflow.model_name": "answers",
            "mlflow.model_version": "1",
            "mlflow.deployment_name": "answers-%d" % port,
        },
    }, run.log
    assert predict(port) == ["one"]
    assert "Prediction of the model's input example" in run.log
    record = deployer.record("answers-%d" % port)
    assert record["by"]["workflowInstanceId"] == 12
    assert record["model"]["uri"] == "models:/answers/1"
    # Neither the marker nor the session of the task: the worker's clean-up does not reach the service.
    for pid in (record["pid"], record["serverPid"]):
        assert alive(pid)
        assert run.marker.encode() not in open("/proc/%d/environ" % pid, "rb").read()
        assert os.getsid(pid) != run.process.pid
        assert b"s3cret-value" not in open("/proc/%d/cmdline" % pid, "rb").read()
    assert "s3cret-value" not in run.log
    assert oct(os.stat(str(deployer.state / record["name"])).st_mode)[-3:] == "700"
    # One process imports MLflow and serves: no command line with a server below it.
    server = record["serverPid"]
    assert b"mlflow_server.py" in pathlib.Path("/proc/%d/cmdline" % server).read_bytes()
    assert [pid for pid, parent, _ in crash_loop.descendants(server) if parent == server] == []
    # The front reaches it through a socket that is its user's alone; it logs its start and no requests.
    assert oct(os.stat(str(deployer.state / record["name"] / "server-1.sock")).st_mode)[-3:] == "600"
    log = pathlib.Path(record["log"]).read_text()
    assert "Uvicorn running on" in log and "/invocations" not in log
    run = deployer.run(action="stop", model="models:/answers/1", port=port)
    assert run.report["status"] == "success", run.log
    assert answers_at(port) is None and deployer.record(record["name"]) is None


@pytest.mark.servers
def test_a_redeploy_under_load_loses_no_request(deployer, port):
    # Version 3 takes 0.3 s a prediction: there are always some that began before the switch.
    deployer.run(model="models:/answers/3", port=port)
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    expected = {"three"}
    try:
        load.wait_for(10, '{"predictions": ["three"]}')
        for turn in range(REDEPLOYS):
            version = "12"[turn % 2]
            run = deployer.run(model="models:/answers/" + version, port=port)
            assert run.report["outputs"]["mlflow.model_version"] == version, run.log
            load.wait_for(10, '{"predictions": ["%s"]}' % ANSWERS[version])
            expected.add(ANSWERS[version])
            assert load.failures == []
    finally:
        load.stop()
        print("%d requests during %d redeploys: %s" % (load.sent, REDEPLOYS, dict(load.answers)))
    assert load.failures == []
    assert {'{"predictions": ["%s"]}' % answer for answer in expected} == set(load.answers)
    assert predict(port) == [ANSWERS[version]]


def test_the_same_version_is_adopted_and_another_one_is_not(lasting):
    before, version = lasting.record, lasting.version
    run = lasting.run(version)
    assert "adopted, nothing is started" in run.log
    assert run.report["outputs"]["mlflow.endpoint"] == before["endpoint"]
    assert lasting.record == before
    assert lasting.run(version, force=True).report["status"] == "success"
    assert lasting.record["generation"] == before["generation"] + 1
    wait_until(lambda: not alive(before["serverPid"]))


def test_a_model_that_dies_leaves_the_old_one_serving(lasting):
    before, version = lasting.record, lasting.version
    run = lasting.run(model="models:/dies/1")
    assert run.report["status"] == "failure"
    assert run.process.returncode == 1
    assert "ValueError: the weights are not there" in run.log
    assert "serves models:/answers/%s as before" % version in run.log
    assert run.last_line == (
        "The model server of models:/dies/1 ended with exit code 1 before it was healthy: ValueError: the weights are not there"
    )
    assert lasting.version == version
    assert lasting.record == before
    wait_until(lambda: lasting.files == ["model-%d" % before["generation"]])


def test_a_missing_package_is_the_last_line_with_what_to_do(deployer, port):
    run = deployer.run(model="models:/lacks/1", port=port)
    assert run.report["status"] == "failure"
    assert run.last_line.endswith(
        "before it was healthy: ModuleNotFoundError: No module named 'nosuchpackage'; install 'nosuchpackage' in %s, or have"
        " MLflow make an environment of the model's requirements (mlflow.envManager)" % sys.prefix
    )


def test_workers_that_die_again_and_again_are_a_failed_server(deployer, port):
    run = deployer.run(model="models:/dies/1", port=port, workers=2, limits={"DEATHS_PER_WORKER": 1})
    assert run.report["status"] == "failure"
    assert run.last_line == (
        "The model server of models:/dies/1 had worker processes that died again and again before it was healthy: ValueError: the"
        " weights are not there"
    )
    wait_until(lambda: not started_by(run))


@pytest.mark.parametrize(
    "model, sentence",
    [
        ("runs:/{run}/nosuch", "run '{run}' has no 'nosuch'; "),
        ("runs:/" + "0" * 32 + "/model", "the tracking server has no run '" + "0" * 32 + "'"),
        ("models:/m-" + "0" * 32, "the tracking server has no logged model 'm-" + "0" * 32 + "'"),
        ("foo://host/model", "Could not find a registered artifact repository for: foo://host/"),
    ],
)
def test_missing_files_are_reported_each_in_its_way(deployer, registry, port, model, sentence):
    run_id = registry.client().get_model_version("answers", "1").run_id
    run = deployer.run(model=model.format(run=run_id), port=port)
    assert run.last_line.startswith("deployModelKey: ") and sentence.format(run=run_id) in run.last_line
    assert "Traceback" not in run.log


def test_an_artifact_store_whose_package_is_missing_names_it(deployer, registry, port, tmp_path):
    (tmp_path / "botocore").mkdir()
    (tmp_path / "botocore/__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'botocore'\", name='botocore')")
    run = deployer.start(model="s3://bucket/model", port=port, environment={"PYTHONPATH": str(tmp_path)}).finish()
    assert run.last_line == (
        "deployModelKey: the files of 's3://bucket/model' cannot be fetched: this environment lacks the package 'botocore', which"
        " reads such an artifact store; install it in " + sys.prefix
    )


def test_every_address_is_one_of_both_kinds(deployer, port):
    run = deployer.run(model="models:/answers/1", port=port, host="::")
    assert run.report["status"] == "success", run.log
    assert run.report["outputs"]["mlflow.endpoint"] == "http://127.0.0.1:%d" % port
    with socket.create_connection(("127.0.0.1", port), ENOUGH):
        pass
    if not pathlib.Path("/proc/net/if_inet6").exists():
        pytest.skip("NO IPV6: the address :: is tested with IPv4 only")
    with socket.create_connection(("::1", port), ENOUGH):
        pass


def test_a_rollback_puts_the_version_before_back(deployer, port):
    run = deployer.run(action="rollback", name="it")
    assert "there is no deployment 'it'" in run.last_line
    deployer.run(model="models:/answers/1", port=port, name="it")
    run = deployer.run(action="rollback", name="it")
    assert run.report["status"] == "failure"
    assert run.last_line == (
        "Deployment 'it' serves models:/answers/1, and no version before it is known; deploy the one that is wanted"
    )
    deployer.run(model="models:/answers/2", port=port, name="it", timeout=50, accessLog=True)
    # By its name alone: the port is the deployment's.
    run = deployer.run(action="rollback", name="it", port=7000)
    assert run.report["outputs"]["mlflow.model_version"] == "1", run.log
    assert run.report["outputs"]["mlflow.endpoint"].endswith(":%d" % port)
    known = deployer.record("it")
    assert predict(port) == ["one"] and known["sameAs"]["timeout"] == 50
    wait_until(lambda: '"POST /invocations HTTP/1.1" 200' in pathlib.Path(known["log"]).read_text())
    assert deployer.run(action="rollback", name="it").report["status"] == "failure"


def test_a_model_that_cannot_predict_its_example_leaves_the_old_one_serving(lasting, registry):
    version = lasting.version
    run = lasting.run(model=registry.refusing)
    assert run.report["status"] == "failure"
    assert "cannot predict the model's own input example: HTTP 400" in run.last_line
    assert "petal length is missing" in run.last_line
    assert lasting.version == version


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_in_the_middle_restores_what_was_there(lasting, number):
    before, version = lasting.record, lasting.version
    run = lasting.start(model="models:/hangs/1").until("started on spare port")
    wait_until(lambda: b"sleep" in started_by(run).values(), 300)
    os.kill(run.process.pid, number)
    run.finish()
    wait_until(lambda: not started_by(run))
    assert lasting.version == version
    wait_until(lambda: lasting.files == ["model-%d" % before["generation"]])


def test_a_kill_of_the_first_deployment_leaves_nothing(deployer, port):
    run = deployer.start(model="models:/hangs/1", port=port, name="it").until("started on spare port")
    wait_until(lambda: b"sleep" in started_by(run).values(), 300)
    os.kill(run.process.pid, signal.SIGKILL)
    run.finish()
    wait_until(lambda: not processes_of(deployer.state) and not started_by(run))
    assert deployer.record("it") is None
    # The kernel closes what a process held after it has taken it out of what can be seen in /proc.
    wait_until(lambda: is_free(port))


def test_a_server_that_is_never_healthy_is_given_up(deployer, port):
    run = deployer.run(model="models:/hangs/1", port=port, startTimeout=15)
    assert run.report["status"] == "failure"
    assert "did not answer GET /ping within 15 s (mlflow.startTimeout)" in run.last_line
    assert "Waiting for GET /ping of the model server (" in run.log
    wait_until(lambda: not processes_of(deployer.state))


def test_the_port_of_another_user_is_refused_with_its_holder(deployer):
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen(1)
        port = other.getsockname()[1]
        run = deployer.run(model="models:/answers/1", port=port)
    assert run.report["status"] == "failure"
    assert "deployPort: %d is held by process %d of user" % (port, os.getpid()) in run.last_line


def test_a_port_of_another_deployment_is_refused_with_its_name(lasting):
    version = lasting.version
    run = lasting.run(lasting.other, name="second")
    assert "deployPort: %d is the port of deployment 'it' (models:/answers/%s" % (lasting.port, version) in run.last_line
    assert "mlflow.deploymentName=it to replace it" in run.last_line


def test_a_deployment_moves_to_another_port(lasting):
    left, other = lasting.port, lasting.other
    lasting.port = free_port()
    run = lasting.run(other)
    assert run.report["outputs"]["mlflow.endpoint"].endswith(":%d" % lasting.port), run.log
    assert lasting.version == other
    assert answers_at(left) is None


def test_host_limits_where_it_listens(deployer, port):
    deployer.run(model="models:/answers/1", port=port, host="127.0.0.2")
    with socket.create_connection(("127.0.0.2", port), ENOUGH):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), ENOUGH)


def test_a_server_that_dies_later_is_started_again(lasting):
    before, version = lasting.record, lasting.version
    os.kill(before["serverPid"], signal.SIGKILL)
    wait_until(lambda: lasting.record.get("restarts") == before.get("restarts", 0) + 1, 300)
    assert lasting.version == version
    assert lasting.record["serverPid"] != before["serverPid"]


def test_a_server_that_dies_later_is_reported_without_the_restart_policy(deployer, port):
    deployer.run(model="models:/answers/1", port=port, name="it", restartPolicy="no")
    before = deployer.record("it")
    os.kill(before["serverPid"], signal.SIGKILL)
    wait_until(lambda: not alive(before["pid"]))
    run = deployer.run(action="status", name="it")
    assert "its server ended by itself at" in run.last_line
    assert deployer.run(model="models:/answers/1", port=port, name="it").report["status"] == "success"
    assert predict(port) == ["one"]


def test_a_front_that_was_killed_is_cleaned_up_and_replaced(lasting):
    before, other = lasting.record, lasting.other
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: not alive(before["pid"]))
    run = lasting.run(other)
    assert run.report["status"] == "success", run.log
    assert lasting.version == other
    wait_until(lambda: not alive(before["serverPid"]))


def test_an_endpoint_that_leads_elsewhere_is_refused_and_the_old_one_serves(lasting):
    version, other = lasting.version, lasting.other
    # The worker is known as 127.0.0.1, where nothing would listen.
    run = lasting.run(other, host="127.0.0.1", task={"host": "nosuch.invalid:1234"})
    assert run.report["status"] == "success", run.log
    run = lasting.run(version, task={"host": "nosuch.invalid:1234"})
    assert run.report["status"] == "failure"
    assert run.last_line.startswith("mlflow.host: no client would reach http://nosuch.invalid:%d" % lasting.port)
    assert lasting.version == other


def test_a_front_that_is_silent_is_not_gone(lasting):
    before, version = lasting.record, lasting.version
    os.kill(before["pid"], signal.SIGSTOP)
    try:
        for action in ("stop", "status"):
            run = lasting.run(action=action, limits={"SECONDS_FOR_THE_FRONT": 1.0})
            assert run.report["status"] == "failure"
            assert "its front, process %d, does not answer" % before["pid"] in run.last_line
        assert lasting.record == before
    finally:
        os.kill(before["pid"], signal.SIGCONT)
    assert lasting.version == version


def test_status_and_stop(lasting):
    """The last test of this deployment, which it stops."""
    run = lasting.run(action="status", name="that")
    assert run.report["status"] == "failure" and "there is no deployment 'that'" in run.last_line
    before, version = lasting.record, lasting.version
    run = lasting.run(action="status")
    assert run.report["outputs"]["mlflow.model_version"] == version
    assert "healthy, server process %d" % before["serverPid"] in run.log
    run = lasting.run(action="stop")
    assert run.report["status"] == "success", run.log
    wait_until(lambda: not alive(before["pid"]) and not alive(before["serverPid"]))
    assert lasting.version is None and lasting.record is None
    run = lasting.run(action="stop")
    assert run.report["status"] == "success" and "nothing to stop" in run.log


def test_in_the_foreground_the_task_is_the_service(deployer, port):
    run = deployer.start(model="models:/answers/1", port=port, serveMode="foreground", workers=2)
    run.until("The task is the service now")
    assert predict(port) == ["one"]
    os.kill(run.process.pid, signal.SIGKILL)
    run.finish()
    wait_until(lambda: not processes_of(deployer.state))
    assert answers_at(port) is None
    assert deployer.record("answers-%d" % port) is None


def test_a_foreground_service_that_dies_fails_with_its_log(deployer, port):
    run = deployer.start(model="models:/answers/1", port=port, serveMode="foreground")
    run.until("The task is the service now")
    os.kill(deployer.record("answers-%d" % port)["serverPid"], signal.SIGKILL)
    run.finish()
    assert run.report["status"] == "failure"
    assert run.last_line == "The model server ended by itself, exit code -9"
    assert "  | INFO:     Started server process" in run.log
    wait_until(lambda: not processes_of(deployer.state))


def test_a_foreground_service_hands_over_to_the_next(deployer, port):
    first = deployer.start(model="models:/answers/1", port=port, serveMode="foreground")
    first.until("The task is the service now")
    second = deployer.start(model="models:/answers/2", port=port, serveMode="foreground")
    second.until("The task is the service now")
    assert first.finish().report["status"] == "success"
    assert "Replaced by models:/answers/2" in first.log
    assert predict(port) == ["two"]
    second.process.terminate()
    second.finish()
    wait_until(lambda: answers_at(port) is None)


def test_two_tasks_at_once_deploy_one_after_the_other(deployer, port):
    lock = record.lock(record.open_directory(str(deployer.state), "it"))
    lock.acquire()
    runs = [deployer.start(model="models:/answers/%d" % number, port=port, name="it") for number in (1, 2)]
    for run in runs:
        run.until("Another task changes deployment 'it'; waiting for it")
    lock.release()
    for run in runs:
        assert run.finish().report["status"] == "success", run.log
    known = deployer.record("it")
    last = int(known["model"]["version"])
    assert known["history"] == [{"uri": "models:/answers/%d" % (3 - last)}]
    assert predict(port) == [["one"], ["two"]][last - 1]


def test_a_model_in_a_folder_needs_no_tracking_server(deployer, registry, port):
    run = deployer.run(
        model=registry.refusing, port=port, name="folder", trackingUri="http://127.0.0.1:9/", checkPrediction=False
    )
    assert run.report["status"] == "success", run.log
    assert deployer.record("folder")["model"]["uri"] == registry.refusing


def test_a_tracking_store_that_cannot_be_opened_is_one_sentence(deployer, port):
    run = deployer.run(trackingUri="nosuch://user:s3cret-value@store", model="models:/answers/1", port=port)
    assert run.report["status"] == "failure"
    assert run.last_line.startswith("mlflowTrackingUri: MLflow ")
    assert "cannot open 'nosuch://" in run.last_line and "s3cret-value" not in run.log
    assert "Traceback" not in run.log
