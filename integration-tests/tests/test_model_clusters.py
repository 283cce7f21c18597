# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow Models in a cluster, deployed by a real DolphinScheduler: a real API server with controllers that set the status of
KServe and Seldon, the real MLServer, and a registry whose tracking server hands out the files itself. The example that trains on
the cluster first, with Kubeflow's own training operator."""

import json
import os
import random
import shutil

import pytest

from dsharness import joint, models, places
from dsharness.finished import Finished
from dsharness.kubernetes import binaries, mlserver
from dsharness.kubernetes.clients import Clients, query
from dsharness.kubernetes.kserve import KServeOnKnative
from dsharness.kubernetes.seldon import Seldon
from dsharness.ports import free_port
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, deployment, given, shell

SERVICE = "iris-live"
HOST, PATH = "%s-default.models.test" % SERVICE, "/v2/models/%s/infer" % SERVICE
STORE = "mlflow-artifacts:/=pvc://models"
_FLOWER = models.ROW["dataframe_split"]
ROW = json.dumps(
    {
        "parameters": {"content_type": "pd"},
        "inputs": [
            {"name": column, "shape": [1, 1], "datatype": "FP64", "data": [value]}
            for column, value in zip(_FLOWER["columns"], _FLOWER["data"][0])
        ],
    }
).encode("utf-8")


@pytest.fixture(scope="module")
def program():
    try:
        return mlserver.program()
    except binaries.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def kserve(cluster, mlflow, program):
    with KServeOnKnative(cluster, mlflow.directory / "artifacts", program) as platform:
        yield platform


@pytest.fixture(scope="module")
def seldon(cluster, mlflow, program):
    with Seldon(cluster, mlflow.directory / "artifacts", program) as platform:
        yield platform


@pytest.fixture(scope="module")
def node(cluster, mlflow, environment, registered):
    """node(name, platform, version, *options) -> a node that deploys the iris model to the cluster."""

    def make(name, platform, version, *local, after=(), model=registered):
        kind = "KSERVE" if isinstance(platform, KServeOnKnative) else "SELDON"
        key = "models:/%s%s" % (model, version) if version else ""
        return deployment(
            name,
            key,
            7000,
            mlflow.address,
            environment,
            after=after,
            local=[
                given("mlflow.deployType", kind),
                given("mlflow.deploymentName", SERVICE if kind == "KSERVE" else "iris-graph"),
                given("mlflow.kubectl", binaries.kubectl()),
                given("mlflow.kubeconfig", str(cluster.kubeconfig("tasks"))),
                given("mlflow.ingress", platform.gateway.address),
                given("mlflow.storageMap", STORE),
                *local,
            ],
        )

    return make


@pytest.fixture(scope="module")
def first(run, node, kserve, seldon):
    """An alias becomes a service of KServe; beside it one of Seldon comes and goes."""
    shows = shell("shows", "echo 'served: ${mlflow.model_version} ${mlflow.endpoint} ${mlflow.revision}'", ["deploys"])
    return run(
        Workflow(
            "deploys models to a cluster",
            [
                node("deploys", kserve, "@champion"),
                shows,
                node("deploys a graph", seldon, "/2", given("mlflow.image", "light")),
                node("stops the graph", seldon, "", given("mlflow.deployAction", "stop"), after=["deploys a graph"]),
            ],
        )
    )


@pytest.fixture(scope="module")
def bad(run, node, kserve, first):
    """A version that does not load takes the place of a good one."""
    finished = run(Workflow("deploys a bad version", [node("deploys", kserve, "/1", model=models.NAME + "-broken")]))
    return finished, query(kserve, HOST, PATH, ROW)


def test_the_alias_becomes_a_service(first, cluster):
    assert first.task("deploys")["state"] == "SUCCESS", first.lines("deploys")
    assert first.printed("shows", "served: 1 http://%s %s-predictor-00001" % (HOST, SERVICE)), first.lines("shows")
    log = "\n".join(first.lines("deploys"))
    assert "storageUri: pvc://models/" in log and "Prediction of the model's input example" in log
    assert cluster.token("tasks") not in first.log("deploys")


def test_a_graph_of_seldon_comes_and_goes(first, cluster, seldon):
    assert first.task("deploys a graph")["state"] == "SUCCESS", first.lines("deploys a graph")
    assert first.outputs("deploys a graph")["mlflow.endpoint"] == seldon.gateway.address + "/seldon/default/iris-graph"
    assert first.task("stops the graph")["state"] == "SUCCESS", first.lines("stops the graph")
    assert cluster.get("seldondeployment", "iris-graph") is None


def test_a_bad_version_leaves_the_old_one(bad):
    finished, answer = bad
    assert finished.task("deploys")["state"] == "FAILURE"
    lines = finished.lines("deploys")
    assert "the weights are not there" in lines[-1], lines
    assert "Deployment '%s' serves models:/%s/1 as before" % (SERVICE, models.NAME) in "\n".join(lines)
    assert answer == ("1", 200)


def test_canary_roll_back_and_stop_under_load(bad, run, node, kserve, cluster):
    act = "mlflow.deployAction"
    with Clients(kserve, HOST, PATH, ROW) as clients:
        wait_until(lambda: ("1", 200) in clients.answers)
        finished = run(
            Workflow(
                "replaces by a canary",
                [
                    node("tries", kserve, "/2", given("mlflow.canary", "50%"), given("mlflow.canaryTime", "20")),
                    node("rolls back", kserve, "", given(act, "rollback"), after=["tries"]),
                    node("looks", kserve, "", given(act, "status"), after=["rolls back"]),
                ],
            )
        )
        for name in ("tries", "rolls back", "looks"):
            assert finished.task(name)["state"] == "SUCCESS", finished.lines(name)
        seen = len(clients.answers)
        wait_until(lambda: ("1", 200) in clients.answers[seen:])
    assert "Canary: the new version is as good as the old one" in "\n".join(finished.lines("tries"))
    assert finished.outputs("tries")["mlflow.model_version"] == "2"
    assert finished.outputs("rolls back")["mlflow.model_version"] == "1"
    # How many a busy MLServer drops while it ends is the platform's: test_shared_requests.py counts with servers that drop none.
    versions = [version for version, code in clients.answers if code == 200]
    assert versions[0] == versions[-1] == "1" and "2" in versions
    finished = run(Workflow("stops it", [node("stops", kserve, "", given(act, "stop"))]))
    assert finished.state == "SUCCESS", finished.lines("stops")
    assert cluster.get("inferenceservice", SERVICE) is None
    assert cluster.get("configmap", "dolphinml-deployment-" + SERVICE) is None


@pytest.fixture(scope="module")
def example(ds, client, cluster, kserve, mlflow, environment, place):
    """The finished workflow of examples/cluster-training. Its pods have a stand-in for PyTorch's communication; with
    DOLPHINML_TEST_TORCH, the python of an environment with torch, MLflow and scikit-learn, they have the real one."""
    folder = places.PROJECT / "examples" / "cluster-training"
    (place / "notebooks" / "cluster-training").mkdir(parents=True)
    shutil.copy(folder / "prepare.ipynb", place / "notebooks" / "cluster-training")
    python = place / "python"
    double = places.PROJECT / "integration-tests" / "harness" / "dsharness" / "kubernetes" / "torch_double"
    python.write_text("#!/bin/sh\nPYTHONPATH='%s' exec '%s' \"$@\"\n" % (double, environment / "bin" / "python"))
    python.chmod(0o755)
    done = joint.ds_client(ds.address, "--project", "cluster training", folder / "train-on-a-cluster.json")
    assert done.returncode == 0, done.stdout
    project = client.project("cluster training")
    instance = project.start(
        int(done.stdout.split()[-1]),
        {
            "environment": str(environment),
            "notebooks": str(place / "notebooks"),
            "output_directory": str(place / "runs"),
            "csv": str(flowers(place / "flowers.csv")),
            "tracking_uri": mlflow.address,
            "namespace": "default",
            "image": "any",
            "python": os.environ.get("DOLPHINML_TEST_TORCH") or str(python),
            "script": str(folder / "train.py"),
            "epochs": "60",
            "port": str(free_port()),
            "kubectl": binaries.kubectl(),
            "kubeconfig": str(cluster.kubeconfig("tasks")),
            "ingress": kserve.gateway.address,
            "storage_map": STORE,
        },
    )
    return Finished(project, instance, project.wait(instance))


def flowers(path):
    drawn = random.Random(1)
    kinds = {"setosa": (5.0, 3.4), "versicolor": (5.9, 2.8), "virginica": (6.6, 3.0)}
    rows = [
        "%.2f,%.2f,%s" % (drawn.gauss(length, 0.3), drawn.gauss(width, 0.2), kind)
        for kind, (length, width) in kinds.items()
        for _ in range(60)
    ]
    path.write_text("\n".join(["sepal_length,sepal_width,species", *rows]) + "\n")
    return path


def test_the_example_trains_on_three_replicas_and_serves_the_alias(example, cluster, mlflow):
    for name in ("prepare", "train", "serve", "ask"):
        assert example.task(name)["state"] == "SUCCESS", example.lines(name)
    lines = example.lines("train")
    for replica, number in (("master-0", 0), ("worker-0", 1), ("worker-1", 2)):
        assert "[%s] replica %d of 3: 36 of 108 rows" % (replica, number) in lines, lines
    outputs = example.outputs("train")
    assert outputs["kubeflow.state"] == "Succeeded" and float(outputs["accuracy"]) > 0.6
    # The job is removed, and the model belongs to the run that has its data.
    assert cluster.get("pytorchjob", outputs["kubeflow.name"]) is None
    recorded = mlflow.api("runs/get?run_id=" + example.outputs("prepare")["data_run_id"])["run"]["data"]
    assert {"replicas": "3", "epochs": "60"}.items() <= {each["key"]: each["value"] for each in recorded["params"]}.items()
    served = example.outputs("serve")
    assert (served["mlflow.model_name"], served["mlflow.model_version"]) == ("flowers-on-a-cluster", outputs["model_version"])
    assert example.outputs("ask")["prediction"] == "setosa"
