# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType SELDON: a real API server with its controllers, a controller that sets Seldon's status, and the real MLServer."""

import json

from dsharness.kubernetes import kinds
from dsharness.kubernetes.kserve import BAD_MOMENT


def served(seldon, namespace, name="answers"):
    """The version that the model's clients get, and its answer."""
    body = json.dumps({"inputs": [{"name": "input-0", "shape": [1, 4], "datatype": "FP64", "data": [1, 2, 3, 4]}]})
    port, path = seldon.route("", "/seldon/%s/%s/v2/models/%s/infer" % (namespace, name, name))
    code, answer = seldon.gateway.query("POST", port, path, body.encode("utf-8"))
    said = json.loads(answer)
    return (said["model_version"], said["outputs"][0]["data"][0]) if code == 200 else None


def test_deploy_redeploy_with_bad_versions_and_stop(seldon_services, cluster, seldon, namespace, tmp_path):
    run = seldon_services.run(model="models:/answers/1", cpuLimit="1")
    assert run.report["status"] == "success", run.log
    assert run.report["outputs"] == {
        "mlflow.endpoint": "%s/seldon/%s/answers" % (seldon.gateway.address, namespace),
        "mlflow.model_name": "answers",
        "mlflow.model_version": "1",
        "mlflow.deployment_name": "answers",
        "mlflow.revision": "answers-default-0-answers-1",
    }
    assert served(seldon, namespace) == ("1", "one")

    run = seldon_services.light(model="models:/answers/2", storageMap={"file://": "pvc://nowhere"})
    assert run.report["status"] == "failure"
    assert "had a container that ended again and again" in run.last_line, run.log
    assert "there is no model at /nowhere" in run.log and "Deployment 'answers' serves models:/answers/1 as before" in run.log
    assert served(seldon, namespace) == ("1", "one")

    own = tmp_path / "own.yaml"
    own.write_text(
        json.dumps(
            {
                "apiVersion": "machinelearning.seldon.io/v1",
                "kind": "SeldonDeployment",
                "metadata": {"annotations": {BAD_MOMENT: "fails"}},
            }
        )
    )
    run = seldon_services.light(model="models:/answers/2", manifest=str(own), limits={"SECONDS_OF_A_FAILURE_WITHOUT_PODS": 3.0})
    assert run.report["status"] == "failure"
    assert "failed (Failed: the graph is wrong)" in run.last_line, run.log
    assert "Deployment 'answers' serves models:/answers/1 as before" in run.log

    run = seldon_services.light(model="models:/answers/2")
    assert run.report["status"] == "success", run.log
    assert served(seldon, namespace)[0] == "2"
    run = seldon_services.light(action="stop", model="models:/answers/2")
    assert run.report["status"] == "success", run.log
    assert cluster.get("seldondeployment", "answers", "-n", namespace) is None


def test_without_its_kind_the_cluster_is_named_for_what_it_has(seldon_services, cluster, seldon):
    kind = "seldondeployments.machinelearning.seldon.io"
    cluster.kubectl("delete", "crd", kind)
    try:
        run = seldon_services.light(model="models:/answers/1")
        assert run.last_line == (
            "deployType: the cluster has no kind SeldonDeployment in machinelearning.seldon.io/v1; install Seldon Core there, or"
            " use another deployType"
        ), run.log
        kinds.define(cluster, "mlops.seldon.io", "v1alpha1", "Model", "models")
        run = seldon_services.light(model="models:/answers/1")
        assert "it has Seldon Core 2 (mlops.seldon.io), and SELDON is Seldon Core 1" in run.last_line, run.log
    finally:
        seldon.define()
