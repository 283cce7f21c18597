# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType BENTOML with real BentoML servers: what it has that MLflow's model server has not."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from conftest import ENOUGH, EXAMPLE, alive, answers_at, free_port, predict, wait_until
from load import Load

pytest.importorskip("bentoml", reason="NO BENTOML: its servers are not tested in this environment")

pytestmark = pytest.mark.bentoml

ROW = '{"inputs": [%s]}' % EXAMPLE[0]


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
    own = free_port()
    assert bento(1, deployType="MLFLOW", port=own, name="own", **alike).report["status"] == "success"
    for path in ("/ping", "/health", "/version"):
        assert asked(port, path) == asked(own, path)
    split = '{"dataframe_split": {"columns": ["a"], "data": [[1], [2]]}}'
    for body, kind in ((ROW, "application/json"), ("{", "application/json"), ("[]", "application/json"), ("x", "text/plain"),
                       (split, "application/json"), ("a\n1\n", "text/csv")):
        assert asked(port, "/invocations", body.encode(), kind) == asked(own, "/invocations", body.encode(), kind), body
    assert asked(port, "/invocations") == asked(own, "/invocations")
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


def test_a_version_is_imported_once_and_goes_with_the_deployment(bento, deployer, port):
    assert "Imported model answers:1-" in bento(1).log
    run = bento(1, force=True)
    assert run.report["status"] == "success" and "is in the deployment's model store already" in run.log
    assert "Imported model answers:2-" in bento(2).log
    # What a roll-back would serve stays, and no more.
    assert sorted(tag.split("-")[0] for tag in stored(deployer, "it")) == ["answers:1", "answers:2"]
    bento(3)
    wait_until(lambda: sorted(tag.split("-")[0] for tag in stored(deployer, "it")) == ["answers:2", "answers:3"])
    assert deployer.run(action="stop", name="it").report["status"] == "success"
    assert not (deployer.state / "it/bento-store").exists()
    assert [path.name for path in (deployer.state / "it").glob("model-*")] == []


def test_a_worker_that_dies_is_restarted_and_many_share_the_requests(bento, deployer, port):
    assert bento(1, workers=2).report["status"] == "success"
    load = Load("http://127.0.0.1:%d" % port, rate=20, body=ROW).start()
    try:
        load.wait_for(20)
        workers = workers_of(deployer.record("it")["serverPid"])
        assert len(workers) == 2
        os.kill(min(workers), signal.SIGKILL)
        wait_until(lambda: len(workers_of(deployer.record("it")["serverPid"])) == 2 and min(workers) not in workers_of(
            deployer.record("it")["serverPid"]))
        met = len(load.failures)
        # From now on none is lost; those that the dead one had are.
        load.failures, answered = [], sum(load.answers.values())
        wait_until(lambda: sum(load.answers.values()) > answered + 20)
    finally:
        load.stop()
    assert load.failures == [] and met <= 10
    assert set(load.answers) == {'{"predictions": ["one"]}'}
    assert deployer.record("it").get("restarts") is None


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


def test_a_canary_and_the_metrics(bento, deployer, port):
    metrics = free_port()
    bento(1, metricsPort=metrics)
    load = Load("http://127.0.0.1:%d" % port, rate=40, body=ROW).start()
    try:
        load.wait_for(10)
        run = bento(2, metricsPort=metrics, canary=0.5, canaryTime=8, canaryTolerance=10)
        load.wait_for(10, '{"predictions": ["two"]}')
    finally:
        load.stop()
    assert run.report["status"] == "success", run.log
    assert "Canary: the new version is as good as the old one" in run.log
    assert load.failures == []
    text = asked(metrics, "/metrics")[2].decode()
    assert 'dolphinml_serving_info{deployment="it",version="2",role="current"} 1' in text


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


@pytest.mark.parametrize("layout", ["file", "folder", "bentofile"])
def test_a_service_of_ones_own(bento, port, tmp_path, layout):
    folder = tmp_path / "my service"
    folder.mkdir()
    (folder / ("other.py" if layout != "folder" else "service.py")).write_text(OWN)
    if layout == "bentofile":
        (folder / "bentofile.yaml").write_text("service: 'other:Own'\n")
    named = str(folder / "other.py") if layout == "file" else str(folder)
    run = bento(1, bento={"service": named})
    assert run.report["status"] == "success", run.log
    assert 'Prediction of the model\'s input example' in run.log and "own one" in run.log
    assert predict(port) == ["own one"]


@pytest.mark.parametrize("text, sentence", [
    ("/nosuch/service", "mlflow.bento: '/nosuch/service' is neither a file or folder on this worker nor the tag of a Bento"),
    ("nosuch:1", "mlflow.bento: no file, folder or Bento is called 'nosuch:1'; the Bentos in "),
    ("{tmp}", "has neither bentofile.yaml nor service.py"),
])
def test_what_is_not_a_service_is_reported_before_anything_starts(bento, deployer, users_store, tmp_path, text, sentence):
    run = bento(1, bento={"service": text.format(tmp=tmp_path)})
    assert run.report["status"] == "failure" and sentence in run.last_line
    assert "started on spare port" not in run.log


def test_a_bento_is_built_and_deployed_by_its_tag(bento, deployer, port, users_store):
    bento(2)
    run = bento(1, bento={"build": True, "batchSize": 8})
    assert run.report["status"] == "success", run.log
    tag = run.report["outputs"]["mlflow.bento_tag"]
    listed = subprocess.run([sys.executable, "-m", "bentoml", "list", "--output", "json"], stdout=subprocess.PIPE, check=True,
                            env=dict(os.environ, BENTOML_DO_NOT_TRACK="True"))
    assert [each["tag"] for each in json.loads(listed.stdout)] == [tag]
    assert stored(deployer, "it", "bentos") == set()
    # It has its model with it.
    run = bento(2, bento={"service": tag})
    assert run.report["status"] == "success", run.log
    assert predict(port) == ["one"]
    assert deployer.run(action="stop", name="it").report["status"] == "success"
    assert [path.name for path in (users_store / "bentos").glob("*/*/bento.yaml")] == ["bento.yaml"]


def test_a_failed_deployment_leaves_no_bento(bento, registry, port, users_store):
    assert bento(1).report["status"] == "success"
    run = bento(1, model=registry.refusing, bento={"build": True})
    assert run.report["status"] == "failure"
    assert list(users_store.glob("bentos/*/*")) == []
    assert answers_at(port) == ["one"]


def test_an_environment_without_bentoml_is_one_sentence(deployer, port, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as m\n"
        "found = m.version\n"
        "def version(name):\n"
        "    if name == 'bentoml':\n"
        "        raise m.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "m.version = version\n")
    run = deployer.start(model="models:/answers/1", port=port, environment={"PYTHONPATH": str(tmp_path)}).finish()
    assert run.last_line == (
        "mlflow.environment: %s lacks the package 'bentoml'; install bentoml 1.3 or newer there, or name a requirements file, to"
        " which it is added" % sys.prefix)
