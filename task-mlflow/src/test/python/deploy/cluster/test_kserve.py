# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType KSERVE: a real API server with its controllers, a controller that sets KServe's status, and the real MLServer."""

import json
import signal

import pytest
from conftest import Deployer, models
from platforms import Services

from dsharness.kubernetes.documented import role
from dsharness.kubernetes.fixtures import new_namespace
from dsharness.kubernetes.kserve import BAD_MOMENT
from dsharness.waiting import wait_until


def service(kserve, namespace, name="answers"):
    return kserve.api.request("GET", kserve.path_of({"metadata": {"namespace": namespace, "name": name}}))


def memory(kserve, namespace, name="answers"):
    """What the cluster knows of a deployment; None if that is nothing."""
    return kserve.api.request("GET", "/api/v1/namespaces/%s/configmaps/dolphinml-deployment-%s" % (namespace, name))


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


@pytest.fixture(scope="module")
def lasting(tmp_path_factory, registry, cluster, artifacts, kserve):
    """Services of one namespace, whose deployment 'answers' stays from one test to the next."""
    deployer = Deployer(tmp_path_factory.mktemp("lasting"), registry.uri)
    with new_namespace(cluster, "t-lasting") as namespace:
        yield Services(deployer, cluster, namespace, artifacts, kserve, "KSERVE")
    deployer.clean()


@pytest.fixture
def versions(lasting, kserve):
    """(the version that 'answers' of `lasting` serves, the other one); a test leaves either of them."""
    if served(kserve, lasting.namespace) is None:
        run = lasting.light(model="models:/answers/1")
        assert run.report["status"] == "success", run.log
    now, _ = served(kserve, lasting.namespace)
    return now, {"1": "2", "2": "1"}[now]


def manifest(path, name="own.yaml", **annotations):
    """An own manifest of the node that says what is to go wrong, or is KServe's alone."""
    (path / name).write_text(
        json.dumps(
            {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": {"annotations": annotations}}
        )
    )
    return str(path / name)


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
    [container] = cluster.get("deployment", "answers-predictor", "-n", namespace)["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/v2/models/answers/ready"

    run = services.run(model="models:/answers/2", cpuLimit="0.5", memoryLimit="2g")
    assert run.report["outputs"]["mlflow.revision"] == "answers-predictor-2", run.log
    assert served(kserve, namespace) == ("2", "two")
    before = service(kserve, namespace)["spec"]
    assert before["predictor"]["model"]["resources"]["limits"] == {"cpu": "500m", "memory": "2147483648"}

    # One restart suffices here: each takes MLServer seconds.
    run = services.run(model="models:/dies/1", name="answers", limits={"RESTARTS": 1})
    assert run.report["status"] == "failure"
    assert "the weights are not there" in run.last_line, run.log
    assert "Deployment 'answers' serves models:/answers/2 as before" in run.log
    assert service(kserve, namespace)["spec"] == before
    assert served(kserve, namespace) == ("2", "two")
    wait_until(lambda: len(kserve.pods(namespace, "component=predictor")) == 1)

    again = services.run(model="models:/answers/2", cpuLimit="0.5", memoryLimit="2g")
    assert "adopted, nothing is started" in again.log, again.log

    run = services.run(action="status", model="models:/answers/2")
    assert run.report["status"] == "success" and "InferenceService %s/answers: Ready" % namespace in run.log, run.log
    run = services.run(action="stop", model="models:/answers/2")
    assert run.report["status"] == "success", run.log
    assert service(kserve, namespace) is None and cluster.get("pods", "-n", namespace) is None
    assert memory(kserve, namespace) is None
    run = services.run(action="status", model="models:/answers/2")
    assert run.report["status"] == "failure" and "there is no deployment 'answers'" in run.last_line


def test_neither_a_missing_generation_nor_the_failure_of_the_version_before_counts(services, kserve, namespace, tmp_path):
    silent = manifest(tmp_path, **{BAD_MOMENT: "no-generation"})
    run = services.light(model="models:/answers/1", manifest=silent)
    assert run.report["status"] == "success", run.log
    stale = manifest(tmp_path, **{BAD_MOMENT: "no-generation stale"})
    run = services.light(model="models:/answers/2", manifest=stale, limits={"SECONDS_OF_A_FAILURE": 90.0})
    assert run.report["status"] == "success", run.log
    status = service(kserve, namespace)["status"]
    assert "observedGeneration" not in status and status["modelStatus"]["transitionStatus"] == "BlockedByFailedLoad"
    run = services.light(action="status", name="answers")
    assert run.report["status"] == "success", run.log
    assert served(kserve, namespace) == ("2", "2")


def test_an_unknown_runtime_fails_early(services, kserve, namespace):
    run = services.light(model="models:/answers/1", runtime="missing", limits={"SECONDS_OF_A_FAILURE_WITHOUT_PODS": 3.0})
    assert run.report["status"] == "failure"
    assert "RuntimeNotRecognized" in run.last_line, run.log
    assert "No deployment 'answers' existed before, and none exists now" in run.log
    assert service(kserve, namespace) is None
    assert memory(kserve, namespace) is None


def test_what_another_client_made_is_left_alone(services, cluster, kserve, namespace):
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
    assert "storageUri" not in service(kserve, namespace)["spec"]["predictor"]["model"]


def test_the_requirements_are_checked_before_anything_is_changed(services, cluster, namespace, tmp_path, registry):
    packages = tmp_path / "packages.txt"
    packages.write_text("mlflow==1.0\nnumpy==1.0\n")
    import mlflow.pyfunc

    answers, files = models()[0], registry.artifacts / "needs"
    mlflow.pyfunc.save_model(str(files), python_model=answers("needs"), pip_requirements=["numpy>=2", "scikit-learn==1.9.1"])
    run = services.light(model=str(files), name="needs", runtimePackages=str(packages))
    assert run.report["status"] == "failure"
    assert "numpy>=2, and it has 1.0" in run.last_line and "scikit-learn==1.9.1 is missing" in run.last_line, run.log
    assert cluster.get("inferenceservice", "-n", namespace) is None


def test_files_that_the_cluster_cannot_fetch_are_reported_before(services, kserve, namespace):
    run = services.light(model="models:/answers/1", storageMap={})
    assert run.last_line.startswith("mlflow.storageMap: the model's files are at file://"), run.log
    assert service(kserve, namespace) is None


def test_with_the_rights_of_the_documentation_any_worker_can_deploy_the_next_version(
    services, cluster, kserve, namespace, tmp_path
):
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
    assert service(kserve, namespace) is None and cluster.get("configmap", "-n", namespace) is None

    cluster.bind("models", documented)
    other = {"kubeconfig": kubeconfig, "stateDir": str(tmp_path / "other-worker")}
    for version, worker in (("1", {"kubeconfig": kubeconfig}), ("2", other)):
        run = services.light(model="models:/answers/" + version, **worker)
        assert run.report["status"] == "success", run.log
        assert "not shown" not in run.log
    run = services.light(action="rollback", name="answers", **other)
    assert run.report["outputs"]["mlflow.model_version"] == "1", run.log
    assert served(kserve, namespace) == ("1", "1")
    third = {"kubeconfig": kubeconfig, "stateDir": str(tmp_path / "third-worker")}
    assert services.light(action="status", name="answers", **third).report["status"] == "success"
    run = services.light(action="stop", name="answers", **third)
    assert run.report["status"] == "success", run.log
    run = services.light(action="status", name="answers", kubeconfig=kubeconfig)
    assert "there is no deployment 'answers'" in run.last_line, run.log


def test_what_a_login_program_prints_is_hidden(services, cluster, namespace, tmp_path):
    described = json.loads(cluster.kubeconfig(namespace=namespace).read_text())
    login = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "sh"}
    login.update(args=["-c", 'echo "$LOGIN is refused" >&2; exit 3'], env=[{"name": "LOGIN", "value": "l0gin-variable"}])
    described["users"][0]["user"] = {"exec": login}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(described))
    run = services.light(model="models:/answers/1", kubeconfig=kubeconfig, limits={"PATIENCE_BEFORE": 1.0})
    assert "****** is refused" in run.last_line and "l0gin-variable" not in run.log + json.dumps(run.report), run.log


def test_a_service_of_another_platform_is_refused(lasting, versions, tmp_path):
    run = lasting.light(model="models:/answers/1", deployType="SELDON", stateDir=str(tmp_path / "other-worker"))
    assert "deployment 'answers' runs as KSERVE, not as SELDON" in run.last_line, run.log


def test_without_knative_there_is_no_canary(lasting, versions, kserve):
    now, other = versions
    run = lasting.light(model="models:/answers/" + other, canary=0.3)
    assert run.last_line.startswith("mlflow.canary: KServe shares requests between versions with Knative only"), run.log
    assert served(kserve, lasting.namespace) == (now, now)


def test_ready_in_a_crash_loop_is_a_failure(lasting, versions, kserve, tmp_path):
    now, other = versions
    lying = manifest(tmp_path, **{BAD_MOMENT: "always-ready"})
    run = lasting.light(model="models:/answers/" + other, manifest=lying, storageMap={"file://": "pvc://nowhere"})
    assert run.report["status"] == "failure"
    assert "had a container that ended again and again" in run.last_line, run.log
    assert "there is no model at /nowhere" in run.log
    assert served(kserve, lasting.namespace) == (now, now)


def test_a_version_that_loads_and_cannot_predict_is_taken_back(lasting, versions, kserve, tmp_path):
    now, other = versions
    own = tmp_path / "refuses.yaml"
    own.write_text(
        """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
spec:
  predictor:
    model:
      env:
        - {name: REFUSES, value: petal length is missing}
        - {name: MLSERVER_MODEL_VERSION, value: "%s"}
"""
        % other
    )
    run = lasting.light(model="models:/answers/" + other, manifest=str(own))
    assert run.report["status"] == "failure"
    assert run.last_line.endswith("HTTP 500: petal length is missing"), run.log
    assert "Deployment 'answers' serves models:/answers/%s as before" % now in run.log
    assert served(kserve, lasting.namespace) == (now, now)


def test_of_two_workers_at_once_the_later_one_counts(lasting, versions, kserve, tmp_path):
    now, other = versions
    first = lasting.start(model="models:/answers/" + now, image="missing/server").until("has been applied")
    second = lasting.light(model="models:/answers/" + other, stateDir=str(tmp_path / "other-worker"))
    first.finish()
    assert second.report["status"] == "success", second.log
    assert "Another task began to deploy models:/answers/%s" % now in second.log
    assert first.report["status"] == "failure" and "was changed by another task" in first.log, first.log
    assert served(kserve, lasting.namespace) == (other, other)
    assert "candidate" not in memory(kserve, lasting.namespace)["data"]
    assert lasting.light(action="status", name="answers").report["status"] == "success"


def test_a_kill_in_the_middle_brings_the_former_version_back(lasting, versions, kserve, tmp_path):
    now, other = versions
    before = service(kserve, lasting.namespace)
    late = manifest(tmp_path, **{BAD_MOMENT: "slow"})
    run = lasting.start(model="models:/answers/" + other, image="light", manifest=late).until("has been applied")
    run.process.send_signal(signal.SIGKILL)
    run.finish()
    wait_until(lambda: service(kserve, lasting.namespace)["metadata"]["annotations"] == before["metadata"]["annotations"], 180)
    assert service(kserve, lasting.namespace)["spec"] == before["spec"]
    wait_until(lambda: "candidate" not in memory(kserve, lasting.namespace)["data"], 180)
    assert served(kserve, lasting.namespace) == (now, now)
    # The next task waits although the status, which is that of the version before, says that all is well.
    run = lasting.light(model="models:/answers/" + other, manifest=late)
    assert run.report["status"] == "success", run.log
    assert "its controller has not begun to roll out this version yet" in run.log
    assert served(kserve, lasting.namespace) == (other, other)
