# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType KSERVE: a real API server with its controllers, a controller that sets KServe's status, and the real MLServer."""

import json
import signal

from dsharness.kubernetes.documented import role
from dsharness.kubernetes.kserve import BAD_MOMENT
from dsharness.waiting import wait_until


def service(cluster, namespace, name="answers"):
    return cluster.get("inferenceservice", name, "-n", namespace)


def served(kserve, namespace, name="answers"):
    """The version that the model's clients get, and its answer; None while there is none."""
    host = "%s-%s.models.test" % (name, namespace)
    found = kserve.route(host, "/v2/models/%s/infer" % name)
    if found is None or found[0] is None:
        return None
    body = json.dumps({"inputs": [{"name": "input-0", "shape": [1, 4], "datatype": "FP64", "data": [1, 2, 3, 4]}]})
    code, answer = kserve.gateway.query("POST", found[0], found[1], body.encode("utf-8"))
    said = json.loads(answer)
    return (said["model_version"], said["outputs"][0]["data"][0]) if code == 200 else None


def test_deploy_redeploy_status_and_stop_with_a_real_model_server(services, cluster, kserve, namespace):
    run = services.run(model="models:/answers/1")
    assert run.report["status"] == "success", run.log
    outputs = run.report["outputs"]
    assert outputs == {
        "mlflow.endpoint": "http://answers-%s.models.test" % namespace,
        "mlflow.model_name": "answers",
        "mlflow.model_version": "1",
        "mlflow.deployment_name": "answers",
        "mlflow.revision": "answers-predictor-1",
    }
    assert served(kserve, namespace) == ("1", "one")
    assert "storageUri: pvc://models" in run.log and "Prediction of the model's input example" in run.log

    run = services.run(model="models:/answers/2", cpuLimit="0.5", memoryLimit="2g")
    assert run.report["outputs"]["mlflow.revision"] == "answers-predictor-2", run.log
    assert served(kserve, namespace) == ("2", "two")
    resources = service(cluster, namespace)["spec"]["predictor"]["model"]["resources"]
    assert resources["limits"] == {"cpu": "500m", "memory": "2147483648"}

    again = services.run(model="models:/answers/2", cpuLimit="0.5", memoryLimit="2g")
    assert "adopted, nothing is started" in again.log, again.log

    run = services.run(action="status", model="models:/answers/2")
    assert run.report["status"] == "success" and "InferenceService %s/answers: Ready" % namespace in run.log, run.log
    run = services.run(action="stop", model="models:/answers/2")
    assert run.report["status"] == "success", run.log
    assert service(cluster, namespace) is None and cluster.get("pods", "-n", namespace) is None
    assert cluster.get("configmap", "dolphinml-deployment-answers", "-n", namespace) is None
    run = services.run(action="status", model="models:/answers/2")
    assert run.report["status"] == "failure" and "there is no deployment 'answers'" in run.last_line


def test_a_model_that_does_not_load_leaves_the_former_version(services, cluster, kserve, namespace, registry):
    assert services.run(model="models:/answers/1", name="answers").report["status"] == "success"
    before = service(cluster, namespace)["spec"]
    run = services.run(model="models:/dies/1", name="answers")
    assert run.report["status"] == "failure"
    assert "the weights are not there" in run.last_line, run.log
    assert "Deployment 'answers' serves models:/answers/1 as before" in run.log
    assert service(cluster, namespace)["spec"] == before
    assert served(kserve, namespace) == ("1", "one")
    wait_until(lambda: len(kserve.pods(namespace, "component=predictor")) == 1)


def manifest(path, name="own.yaml", **annotations):
    """An own manifest of the node that says what is to go wrong, or is KServe's alone."""
    (path / name).write_text(
        json.dumps(
            {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": {"annotations": annotations}}
        )
    )
    return str(path / name)


def test_the_status_of_the_version_before_is_not_taken_for_the_new_one(services, kserve, namespace, tmp_path):
    late = manifest(tmp_path, **{BAD_MOMENT: "slow"})
    services.light(model="models:/answers/1", manifest=late)
    run = services.light(model="models:/answers/2", manifest=late)
    assert run.report["status"] == "success", run.log
    assert "its controller has not begun to roll out this version yet" in run.log
    assert served(kserve, namespace) == ("2", "2")


def test_a_status_without_a_generation_is_enough_with_pods_of_this_start(services, kserve, namespace, tmp_path):
    silent = manifest(tmp_path, **{BAD_MOMENT: "no-generation"})
    for version in ("1", "2"):
        run = services.light(model="models:/answers/" + version, manifest=silent)
        assert run.report["status"] == "success", run.log
        assert served(kserve, namespace) == (version, version)


def test_ready_in_a_crash_loop_is_a_failure(services, kserve, namespace, tmp_path):
    services.light(model="models:/answers/1")
    lying = manifest(tmp_path, **{BAD_MOMENT: "always-ready"})
    run = services.light(model="models:/answers/2", manifest=lying, storageMap={"file://": "pvc://nowhere"})
    assert run.report["status"] == "failure"
    assert "had a container that ended again and again" in run.last_line, run.log
    assert "there is no model at /nowhere" in run.log
    assert served(kserve, namespace) == ("1", "1")


def test_a_failure_of_the_version_before_is_not_taken_for_one_of_the_new(services, kserve, cluster, namespace, tmp_path):
    stale = manifest(tmp_path, **{BAD_MOMENT: "stale"})
    services.light(model="models:/answers/1", manifest=stale)
    cluster.set_status(
        "inferenceservice",
        "answers",
        {"modelStatus": {"transitionStatus": "BlockedByFailedLoad", "lastFailureInfo": {"message": "of the version before"}}},
        namespace,
    )
    run = services.light(model="models:/answers/2", manifest=stale)
    assert run.report["status"] == "success", run.log
    assert served(kserve, namespace) == ("2", "2")


def test_an_unknown_runtime_fails_early(services, cluster, namespace):
    run = services.light(model="models:/answers/1", runtime="missing")
    assert run.report["status"] == "failure"
    assert "RuntimeNotRecognized" in run.last_line, run.log
    assert "No deployment 'answers' was there before, and none is there now" in run.log
    assert service(cluster, namespace) is None
    assert cluster.get("configmap", "dolphinml-deployment-answers", "-n", namespace) is None


def test_a_version_that_loads_and_cannot_predict_is_taken_back(services, kserve, namespace, tmp_path):
    services.light(model="models:/answers/1")
    own = tmp_path / "refuses.yaml"
    own.write_text("""
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
spec:
  predictor:
    model:
      env:
        - {name: REFUSES, value: petal length is missing}
        - {name: MLSERVER_MODEL_VERSION, value: "2"}
""")
    run = services.light(model="models:/answers/2", manifest=str(own))
    assert run.report["status"] == "failure"
    assert run.last_line.endswith("HTTP 500: petal length is missing"), run.log
    assert "Deployment 'answers' serves models:/answers/1 as before" in run.log
    assert served(kserve, namespace) == ("1", "1")


def test_a_kill_in_the_middle_brings_the_former_version_back(services, cluster, kserve, namespace, tmp_path):
    services.light(model="models:/answers/1")
    before = service(cluster, namespace)
    late = manifest(tmp_path, **{BAD_MOMENT: "slow"})
    run = services.start(model="models:/answers/2", image="light", manifest=late).until("has been applied")
    run.process.send_signal(signal.SIGKILL)
    run.finish()
    wait_until(lambda: service(cluster, namespace)["metadata"]["annotations"] == before["metadata"]["annotations"], 180)
    assert service(cluster, namespace)["spec"] == before["spec"]
    wait_until(lambda: "candidate" not in cluster.get("configmap", "dolphinml-deployment-answers", "-n", namespace)["data"], 180)
    assert served(kserve, namespace) == ("1", "1")
    run = services.light(model="models:/answers/2")
    assert run.report["status"] == "success", run.log


def test_another_worker_goes_on_from_what_the_cluster_knows(services, kserve, namespace, tmp_path):
    services.light(model="models:/answers/1")
    other = {"stateDir": str(tmp_path / "other-worker")}
    run = services.light(model="models:/answers/2", **other)
    assert run.report["status"] == "success", run.log
    run = services.light(action="rollback", name="answers", **other)
    assert run.report["outputs"]["mlflow.model_version"] == "1", run.log
    assert served(kserve, namespace) == ("1", "1")
    third = {"stateDir": str(tmp_path / "third-worker")}
    assert services.light(action="status", name="answers", **third).report["status"] == "success"
    assert services.light(action="stop", name="answers", **third).report["status"] == "success"
    assert "there is no deployment 'answers'" in services.light(action="status", name="answers").last_line


def test_of_two_workers_at_once_the_later_one_counts(services, cluster, kserve, namespace, tmp_path):
    services.light(model="models:/answers/1")
    first = services.start(model="models:/answers/1", image="missing/server").until("has been applied")
    second = services.light(model="models:/answers/2", stateDir=str(tmp_path / "other-worker"))
    first.finish()
    assert second.report["status"] == "success", second.log
    assert "Another task began to deploy models:/answers/1" in second.log
    assert first.report["status"] == "failure" and "was changed by another task" in first.log, first.log
    assert served(kserve, namespace) == ("2", "2")
    assert "candidate" not in cluster.get("configmap", "dolphinml-deployment-answers", "-n", namespace)["data"]
    assert services.light(action="status", name="answers").report["status"] == "success"


def test_what_somebody_else_made_is_left_alone(services, cluster, namespace):
    cluster.apply(
        {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": {"name": "answers", "namespace": namespace},
            "spec": {"predictor": {"model": {"modelFormat": {"name": "mlflow"}, "runtime": "missing"}}},
        }
    )
    run = services.light(model="models:/answers/1")
    assert "there is InferenceService %s/answers already, and no task of this kind has made it" % namespace in run.last_line
    assert "storageUri" not in service(cluster, namespace)["spec"]["predictor"]["model"]


def test_the_requirements_are_checked_before_anything_is_changed(services, cluster, namespace, tmp_path, registry):
    packages = tmp_path / "packages.txt"
    packages.write_text("mlflow==1.0\nnumpy==1.0\n")
    import mlflow
    from sklearn.dummy import DummyClassifier

    files = registry.artifacts / "needs"
    mlflow.sklearn.save_model(DummyClassifier(), str(files), pip_requirements=["numpy>=2", "scikit-learn==1.9.1"])
    run = services.light(model=str(files), name="needs", runtimePackages=str(packages))
    assert run.report["status"] == "failure"
    assert "numpy>=2, and it has 1.0" in run.last_line and "scikit-learn==1.9.1 is missing" in run.last_line, run.log
    assert cluster.get("inferenceservice", "-n", namespace) is None


def test_files_that_the_cluster_cannot_fetch_are_told_before(services, cluster, namespace):
    run = services.light(model="models:/answers/1", storageMap={})
    assert run.last_line.startswith("mlflow.storageMap: the model's files are at file://"), run.log
    assert service(cluster, namespace) is None


def test_the_rights_of_the_documentation_suffice(services, cluster, kserve, namespace):
    kubeconfig = cluster.user("models", namespace=namespace)
    run = services.light(model="models:/answers/1", kubeconfig=kubeconfig)
    assert "do not let models get configmaps in namespace %s" % namespace in run.last_line, run.log
    # Without those that only a roll-back or the look at the pods needs, nothing is begun.
    documented = role(cluster, "mlflow-clusters.md", "tasks", namespace)
    some = dict(
        documented,
        rules=[
            dict(
                rule,
                verbs=[verb for verb in rule["verbs"] if verb != "delete"]
                if "inferenceservices" in rule["resources"]
                else rule["verbs"],
            )
            for rule in documented["rules"]
            if rule["resources"] != ["pods"]
        ],
    )
    cluster.bind("models", some)
    run = services.light(model="models:/answers/1", kubeconfig=kubeconfig)
    assert "let the kubeconfig's user delete inferenceservice.v1beta1.serving.kserve.io in namespace" in run.log, run.log
    assert "let the kubeconfig's user list pods in namespace %s" % namespace in run.last_line, run.log
    assert service(cluster, namespace) is None and cluster.get("configmap", "-n", namespace) is None
    cluster.bind("models", documented)
    for version in ("1", "2"):
        run = services.light(model="models:/answers/" + version, kubeconfig=kubeconfig)
        assert run.report["status"] == "success", run.log
        assert "not shown" not in run.log
    run = services.light(action="stop", name="answers", kubeconfig=kubeconfig)
    assert run.report["status"] == "success", run.log
