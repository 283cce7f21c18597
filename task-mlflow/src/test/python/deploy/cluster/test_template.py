# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""An own manifest of the node: what it must look like, and one sentence where it does not."""

import types

import pytest

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.cluster import template
from dolphinml.mlflow.deploy.engines.kserve import KServe
from dolphinml.mlflow.deploy.engines.seldon import Seldon

KSERVE = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n"
SELDON = "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\n"


def read(folder, text):
    engine = Seldon if text.startswith(SELDON) else KServe
    (folder / "own.yaml").write_text(text)
    settings = types.SimpleNamespace(cluster={"manifest": "own.yaml"})
    task = types.SimpleNamespace(request={"workdir": str(folder)})
    return template.read_manifest(task, settings, engine.API_VERSION, engine.KIND_OF_OBJECT, engine.FORMS)


@pytest.mark.parametrize(
    "text, fault",
    [
        ("[1, 2", "is not valid YAML: "),
        ("text", "holds 1 documents; one InferenceService"),
        ("", "holds 0 documents; one InferenceService"),
        ("apiVersion: v1\nkind: Pod\n", "is a Pod of v1; a InferenceService of serving.kserve.io/v1beta1"),
        (KSERVE + "spec: text\n", "spec is not an object"),
        (KSERVE + "metadata: {labels: [a]}\n", "metadata.labels is not an object"),
        (KSERVE + "spec: {predictor: null}\n", "spec.predictor is not an object"),
        (KSERVE + "spec: {predictor: {model: sklearn}}\n", "spec.predictor.model is not an object"),
        (KSERVE + "spec: {predictor: {containers: []}}\n", "spec.predictor.containers is not a list with entries"),
        (KSERVE + "spec: {predictor: {containers: [text]}}\n", "spec.predictor.containers[0] is not an object"),
        (KSERVE + "spec: {predictor: {containers: [{env: [A]}]}}\n", "spec.predictor.containers[0].env[0] is not an object"),
        (KSERVE + "spec: {weight: .nan}\n", "holds a value that JSON does not have: "),
        (KSERVE + "spec: &a {a: *a}\n", "holds a value that JSON does not have: "),
        (KSERVE + "spec: {a: !!binary aGFsbG8=}\n", "holds a value that JSON does not have: "),
        (SELDON + "spec: {predictors: []}\n", "spec.predictors is not a list with entries"),
        (SELDON + "spec: {predictors: [{name: a}]}\n", "spec.predictors[0].graph is not an object"),
        (SELDON + "spec: {predictors: [{graph: {}}]}\n", "spec.predictors[0].graph.name is not a text"),
        (
            SELDON + "spec: {predictors: [{graph: {name: a}, componentSpecs: [{metadata: 1}]}]}\n",
            "spec.predictors[0].componentSpecs[0].metadata is not an object",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_place(tmp_path, text, fault):
    with pytest.raises(TaskFailure) as failure:
        read(tmp_path, text)
    assert failure.value.summary.startswith("mlflow.manifest: 'own.yaml'") and fault in failure.value.summary


def test_what_looks_like_a_date_is_a_text(tmp_path):
    found = read(tmp_path, KSERVE + "metadata: {annotations: {built: 2026-11-30}}\n")
    assert found["metadata"]["annotations"] == {"built": "2026-11-30"}


@pytest.mark.parametrize(
    "predictor, announced",
    [
        ({"model": {"env": [{"name": "MLSERVER_MODEL_VERSION", "value": "7"}]}}, "7"),
        # Another server, or one to which the node's own manifest gives another name.
        ({"containers": [{"image": "triton"}]}, None),
        ({"model": {"env": [{"name": "MLSERVER_MODEL_VERSION", "value": "blue"}]}}, None),
    ],
)
def test_only_a_server_that_knows_its_version_has_to_answer_with_it(predictor, announced):
    engine = object.__new__(KServe)
    engine._candidate = types.SimpleNamespace(model=types.SimpleNamespace(version="7"))
    engine._manifest = {"spec": {"predictor": predictor}}
    assert engine._announced() == announced


PROBE = {"httpGet": {"path": "/v2/models/iris/ready", "port": 8080}, "periodSeconds": 5, "timeoutSeconds": 5}


def manifest_of(own=None, **cluster):
    """What KServe gets for a model 'iris'; `own` is spec.predictor of a manifest of the node's own."""
    engine = object.__new__(KServe)
    engine.settings = types.SimpleNamespace(name="iris", cluster=cluster, timeout=60, cpu_limit=None, memory_limit=None)
    engine._candidate = types.SimpleNamespace(model=types.SimpleNamespace(version="7"))
    engine._template = None if own is None else {"spec": {"predictor": own}}
    return template.merged(engine._template or {}, engine.generated(engine._candidate))["spec"]["predictor"]


@pytest.mark.parametrize(
    "own, cluster",
    [
        (None, {}),
        (None, {"runtime": "kserve-mlserver", "image": "mlserver:1.7"}),
        ({"model": {"env": [{"name": "MLSERVER_MODEL_VERSION", "value": "7"}]}}, {"readinessProbe": True}),
        ({"minReplicas": 2}, {}),
        ({"model": {"runtime": "kserve-mlserver", "modelFormat": {"name": "mlflow", "version": "2"}}}, {}),
    ],
)
def test_kserves_own_server_is_ready_when_the_model_is(own, cluster):
    assert manifest_of(own, **cluster)["model"]["readinessProbe"] == PROBE


@pytest.mark.parametrize(
    "own, cluster",
    [
        (None, {"readinessProbe": False}),
        (None, {"runtime": "my-runtime"}),
        ({"model": {"runtime": "my-runtime"}}, {}),
        ({"model": {"modelFormat": {"name": "onnx"}}}, {}),
        ({"model": {"ports": [{"containerPort": 9000}]}}, {}),
        ({"model": {"command": ["serve"]}}, {}),
        ({"model": {"env": [{"name": "MLSERVER_HTTP_PORT", "value": "9000"}]}}, {}),
        ({"model": {"env": [{"name": "MLSERVER_MODEL_NAME", "value": "lily"}]}}, {}),
    ],
)
def test_another_server_gets_no_probe_of_a_port_that_it_may_not_have(own, cluster):
    assert "readinessProbe" not in manifest_of(own, **cluster)["model"]


@pytest.mark.parametrize("probe", [{"tcpSocket": {"port": 8080}}, {"exec": {"command": ["true"]}}, None])
def test_a_probe_of_the_nodes_own_stays_as_it_is(probe):
    assert manifest_of({"model": {"readinessProbe": probe}})["model"]["readinessProbe"] == probe


def test_a_server_of_the_nodes_own_containers_gets_no_probe():
    assert manifest_of({"containers": [{"image": "triton"}]}) == {"timeout": 60, "containers": [{"image": "triton"}]}
