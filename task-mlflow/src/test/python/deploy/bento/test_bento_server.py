# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType BENTOML with real BentoML servers: what it has that MLflow's model server has not."""

import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from conftest import ENOUGH, EXAMPLE, alive, answers_at, free_port, predict, started_by, wait_until
from load import Load

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.bento import own, store

pytest.importorskip("bentoml", reason="NO BENTOML: its servers are not tested in this environment")

pytestmark = pytest.mark.bentoml

ROW = '{"inputs": [%s]}' % EXAMPLE[0]

#: How many deployments a test kills.
KILLS = int(os.environ.get("DOLPHINML_KILLS", "2"))


def asked(port, path, body=None, kind="application/json"):
    """(status, content type, body) of one answer."""
    request = urllib.request.Request("http://127.0.0.1:%d%s" % (port, path), body, {"Content-Type": kind} if body else {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=ENOUGH) as answer:
            return answer.status, answer.headers.get("content-type"), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("content-type"), error.read()


def stored(deployer, name, kind="models"):
    """The tags in the deployment's store."""
    folder = deployer.state / name / "bento-store" / kind
    return {"%s:%s" % path.parts[-3:-1] for path in folder.glob("*/*/*.yaml")}


@pytest.fixture
def bento(deployer, port):
    """bento(version, **more) -> the run of a deployment called 'it'."""

    def deploy(version, **more):
        return deployer.run(**dict({"model": "models:/answers/%s" % version, "port": port, "name": "it"}, **more))

    return deploy


@pytest.fixture
def users_store(tmp_path, monkeypatch):
    """The BentoML home of the task's user."""
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "users"))
    return tmp_path / "users"


def test_it_answers_as_mlflow_and_has_bentomls_own_pages(bento, deployer, port):
    # MLflow prints a set in one of its messages, whose order each process chooses otherwise.
    alike = {"environment": {"PYTHONHASHSEED": "0"}}
    run = bento(1, bento={"batchSize": 16, "batchLatency": 30000}, **alike)
    assert run.report["status"] == "success", run.log
    mlflow = free_port()
    assert bento(1, deployType="MLFLOW", port=mlflow, name="mlflow", **alike).report["status"] == "success"
    for path in ("/ping", "/health", "/version"):
        assert asked(port, path) == asked(mlflow, path)
    split = '{"dataframe_split": {"columns": ["a"], "data": [[1], [2]]}}'
    for body, kind in (
        (ROW, "application/json"),
        ("{", "application/json"),
        ("[]", "application/json"),
        ("x", "text/plain"),
        (split, "application/json"),
        ("a\n1\n", "text/csv"),
    ):
        assert asked(port, "/invocations", body.encode(), kind) == asked(mlflow, "/invocations", body.encode(), kind), body
    assert asked(port, "/invocations") == asked(mlflow, "/invocations")
    assert asked(port, "/readyz")[0] == 200
    assert json.loads(asked(port, "/predict", b'{"rows": [[1, 2, 3, 4]]}')[2]) == ["one"]
    assert "/predict" in json.loads(asked(port, "/docs.json")[2])["paths"]
    assert b"bentoml_service_request_total" in asked(port, "/metrics")[2]
    assert asked(port, "/")[1].startswith("text/html")
    # No usage statistics, and nothing of the user's own store.
    server = deployer.record("it")["serverPid"]
    environment = pathlib.Path("/proc/%d/environ" % server).read_bytes().split(b"\0")
    assert b"BENTOML_DO_NOT_TRACK=True" in environment
    assert ("BENTOML_HOME=%s" % (deployer.state / "it/model-1/home")).encode() in environment


def versions_stored(deployer):
    return sorted(tag.split("-")[0] for tag in stored(deployer, "it"))


def test_a_deployment_from_its_first_version_over_a_canary_to_its_stop(bento, deployer, port):
    watched = {"metricsPort": free_port()}
    assert "Imported model answers:1-" in bento(1, **watched).log
    before = deployer.record("it")
    assert "adopted, nothing is started" in bento(1, **watched).log and deployer.record("it") == before
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(10)
        run = bento(2, canary=0.5, canaryTime=8, canaryTolerance=10, **watched)
        load.wait_for(10, '{"predictions": ["two"]}')
    finally:
        load.stop()
    assert run.report["status"] == "success", run.log
    assert "Canary: the new version is as good as the old one" in run.log and "Imported model answers:2-" in run.log
    assert load.failures == []
    text = asked(watched["metricsPort"], "/metrics")[2].decode()
    assert 'dolphinml_serving_info{deployment="it",version="2",role="current"} 1' in text
    # What a roll-back would serve stays, and no more.
    assert versions_stored(deployer) == ["answers:1", "answers:2"]
    bento(3, **watched)
    wait_until(lambda: versions_stored(deployer) == ["answers:2", "answers:3"])
    run = deployer.run(action="rollback", name="it")
    assert run.report["outputs"]["mlflow.model_version"] == "2", run.log
    assert "is in the deployment's model store already" in run.log
    assert predict(port) == ["two"]
    server = deployer.record("it")["serverPid"]
    workers = workers_of(server)
    assert "healthy, server process %d" % server in deployer.run(action="status", name="it").log
    assert deployer.run(action="stop", name="it").report["status"] == "success"
    wait_until(lambda: not any(map(alive, {server} | workers)))
    assert workers and answers_at(port) is None and deployer.record("it") is None
    assert [path.name for path in (deployer.state / "it").glob("[bm]*")] == []


def test_what_dies_is_restarted_or_cleaned_up(bento, deployer, port):
    """A worker of BentoML's, its first process, the front."""
    assert bento(1, workers=2).report["status"] == "success"
    first = deployer.record("it")["serverPid"]
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(20)
        workers = workers_of(first)
        assert len(workers) == 2
        os.kill(min(workers), signal.SIGKILL)
        wait_until(lambda: len(workers_of(first)) == 2 and min(workers) not in workers_of(first))
        met = len(load.failures)
        # From now on none is lost; those that the dead one had are.
        load.failures, answered = [], sum(load.answers.values())
        wait_until(lambda: sum(load.answers.values()) > answered + 20)
    finally:
        load.stop()
    assert load.failures == [] and met <= 10
    assert set(load.answers) == {'{"predictions": ["one"]}'}
    assert deployer.record("it").get("restarts") is None

    workers = workers_of(first)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: deployer.record("it").get("restarts") == 1, 300)
    assert predict(port) == ["one"]
    wait_until(lambda: not any(map(alive, workers)))

    before = deployer.record("it")
    workers = workers_of(before["serverPid"])
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: not alive(before["pid"]))
    assert bento(2, restartPolicy="no").report["status"] == "success"
    assert predict(port) == ["two"]
    wait_until(lambda: not any(map(alive, {before["serverPid"]} | workers)))

    last = deployer.record("it")
    os.kill(last["serverPid"], signal.SIGKILL)
    wait_until(lambda: not alive(last["pid"]))
    assert "its server ended by itself at" in deployer.run(action="status", name="it").last_line


def workers_of(server):
    """The living children of BentoML's first process."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = pathlib.Path("/proc/%s/stat" % name).read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == server and alive(int(name)):
            found.add(int(name))
    return found


def test_a_kill_at_any_moment_leaves_one_version_serving(bento, deployer, port):
    """Wherever a deployment is: what served serves, or what was about to."""
    began = time.monotonic()
    assert bento(1).report["status"] == "success"
    took, chance = time.monotonic() - began, random.Random()
    for turn in range(KILLS):
        serving = int(deployer.record("it")["model"]["version"])
        run = deployer.start(model="models:/answers/%d" % (3 - serving), port=port, name="it")
        moment = chance.uniform(0, took)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.process.wait(moment)
        run.process.send_signal(signal.SIGKILL if turn % 2 else signal.SIGTERM)
        run.process.wait(ENOUGH)
        said = "killed after %.2f s of %.2f\n%s" % (moment, took, run.log)

        def is_clean():
            known = deployer.record("it")
            return set(started_by(run)) <= {known["serverPid"]} | workers_of(known["serverPid"])

        wait_until(is_clean)
        assert predict(port) == [{"1": "one", "2": "two"}[deployer.record("it")["model"]["version"]]], said
    run = bento(3)
    assert run.report["status"] == "success", run.log
    assert predict(port) == ["three"]


@pytest.mark.parametrize("kind", ["models", "bentos"])
def test_what_is_half_imported_is_not_in_the_store(tmp_path, kind):
    """As a task leaves it that is killed in the middle of an import."""
    kept = store.BentoStore(str(tmp_path))
    with pytest.raises(KeyboardInterrupt), kept.incoming(str(tmp_path)) as home:
        (pathlib.Path(home.path) / kind / "it" / "1").mkdir(parents=True)
        raise KeyboardInterrupt()
    with kept.incoming(str(tmp_path)) as home:
        whole = pathlib.Path(home.path) / kind / "it" / "1"
        whole.mkdir(parents=True)
        (whole / {"models": "model.yaml", "bentos": "bento.yaml"}[kind]).write_text("{}")
        assert not (kept.has_model("it:1") or kept.has_bento("it:1"))
    assert (kept.has_model("it:1"), kept.has_bento("it:1")) == (kind == "models", kind == "bentos")
    kept.keep(kind, set())
    assert not (kept.has_model("it:1") or kept.has_bento("it:1"))


OWN = """
import os
import bentoml
import numpy

@bentoml.service(workers=1)
class Own:
    def __init__(self):
        self.model = bentoml.mlflow.load_model(os.environ["DOLPHINML_MODEL"])

    @bentoml.api(route="/invocations")
    def invocations(self, inputs: numpy.ndarray) -> dict:
        return {"predictions": ["own " + each for each in self.model.predict(inputs)]}
"""


@pytest.mark.parametrize("layout", ["file", "bentofile"])
def test_a_service_of_ones_own(bento, deployer, port, tmp_path, layout):
    folder = tmp_path / "my service"
    folder.mkdir()
    (folder / "other.py").write_text(OWN)
    if layout == "bentofile":
        (folder / "bentofile.yaml").write_text("service: 'other:Own'\n")
    named = str(folder / "other.py") if layout == "file" else str(folder)
    run = bento(1, bento={"service": named})
    assert run.report["status"] == "success", run.log
    assert "Prediction of the model's input example" in run.log and "own one" in run.log
    assert predict(port) == ["own one"]
    if layout == "file":
        assert "adopted, nothing is started" in bento(1, bento={"service": named}).log
        (folder / "other.py").write_text(OWN.replace("own ", "changed "))
        assert bento(2, bento={"service": named}).report["status"] == "success"
        assert predict(port) == ["changed two"]
        # Its node need not have the file any more.
        (folder / "other.py").unlink()
        run = deployer.run(action="rollback", name="it")
        assert run.report["status"] == "success", run.log
        assert predict(port) == ["changed one"]


def test_another_service_is_not_adopted(tmp_path):
    folder = tmp_path / "of its own"
    folder.mkdir()

    def identities():
        return [own.find_service("of its own" + path, str(tmp_path)).identity for path in ("", "/service.py")]

    (folder / "service.py").write_text("1")
    found = identities()
    assert identities() == found
    (folder / "service.py").write_text("2")
    found += identities()
    (folder / "more.py").write_text("")
    found += identities()[:1]
    assert len(set(found)) == 5


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("/nosuch/service", "mlflow.bento: '/nosuch/service' is neither a file or folder on this worker nor the tag of a Bento"),
        ("Name:1", "mlflow.bento: 'Name:1' is neither a file or folder on this worker nor the tag of a Bento"),
        ("empty", "mlflow.bento: the folder 'empty' has neither bentofile.yaml nor service.py"),
        ("text.txt", "mlflow.bento: the file 'text.txt' is not a Python file"),
        (".", "mlflow.bento: the folder '.' holds the task's own files; put the service into a folder of its own"),
        ("/", "mlflow.bento: the folder '/' holds the task's own files"),
    ],
)
def test_what_is_not_a_service(tmp_path, text, sentence):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("")
    with pytest.raises(TaskFailure) as failure:
        own.find_service(text, str(tmp_path)).check()
    assert str(failure.value).startswith(sentence)


def test_a_bento_that_is_not_there_is_reported_before_anything_starts(bento, users_store):
    run = bento(1, bento={"service": "nosuch:1"})
    assert run.report["status"] == "failure"
    assert run.last_line == (
        "mlflow.bento: no file, folder or Bento is called 'nosuch:1'; the Bentos in %s are: none" % users_store
    )
    assert "started on spare port" not in run.log


def test_a_bento_is_built_and_deployed_by_its_tag(bento, deployer, port, users_store, tmp_path, monkeypatch):
    # What BentoML makes of it with an engine, test_bento_image sees.
    monkeypatch.setenv("DOCKER_HOST", "unix://%s/none.sock" % tmp_path)
    run = bento(1, bento={"build": True, "batchSize": 8})
    assert run.report["status"] == "success", run.log
    assert "No container image of the Bento: " in run.log
    tag = run.report["outputs"]["mlflow.bento_tag"]
    listed = subprocess.run(
        [sys.executable, "-m", "bentoml", "list", "--output", "json"],
        stdout=subprocess.PIPE,
        check=True,
        env=dict(os.environ, BENTOML_DO_NOT_TRACK="True"),
    )
    assert [each["tag"] for each in json.loads(listed.stdout)] == [tag]
    assert stored(deployer, "it", "bentos") == set()
    assert deployer.run(action="stop", name="it").report["status"] == "success"
    # It has its model with it, which is not the node's here and stays as long as the Bento does.
    run = bento(2, bento={"service": tag})
    assert run.report["status"] == "success", run.log
    assert predict(port) == ["one"]
    run = bento(2, bento={"service": tag}, force=True)
    assert run.report["status"] == "success", run.log
    assert versions_stored(deployer) == ["answers:1", "answers:2"]
    assert deployer.run(action="stop", name="it").report["status"] == "success"
    assert [path.name for path in (users_store / "bentos").glob("*/*/bento.yaml")] == ["bento.yaml"]


def test_a_bad_version_leaves_the_old_one_serving_and_no_bento(bento, deployer, registry, port, users_store):
    assert bento(1).report["status"] == "success"
    before = deployer.record("it")
    run = bento(1, model=registry.refusing, bento={"build": True})
    assert "cannot predict the model's own input example: HTTP 400" in run.last_line
    assert "petal length is missing" in run.last_line
    assert list(users_store.glob("bentos/*/*")) == []
    run = bento(1, model="models:/dies/1")
    assert run.last_line == (
        "The BentoML server of models:/dies/1 could not start its service before it was healthy: ValueError:"
        " the weights are not there"
    )
    run = bento(1, model="models:/lacks/1", workers=2)
    assert run.last_line.endswith(
        "before it was healthy: ModuleNotFoundError: No module named 'nosuchpackage'; install 'nosuchpackage' in %s" % sys.prefix
    )
    assert "serves models:/answers/1 as before" in run.log
    assert answers_at(port) == ["one"] and deployer.record("it") == before
    assert [path.name for path in (deployer.state / "it").glob("model-*")] == ["model-1"]


def test_an_environment_without_bentoml_is_one_sentence(deployer, port, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as m\n"
        "found = m.version\n"
        "def version(name):\n"
        "    if name == 'bentoml':\n"
        "        raise m.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "m.version = version\n"
    )
    run = deployer.start(model="models:/answers/1", port=port, environment={"PYTHONPATH": str(tmp_path)}).finish()
    assert run.last_line == (
        "mlflow.environment: %s lacks the package 'bentoml'; install bentoml 1.3 or newer there, or name a requirements file, to"
        " which it is added" % sys.prefix
    )
