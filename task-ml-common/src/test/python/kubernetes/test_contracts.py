# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What each kind's status means, row by row: the state of an object by what its controller has written so far."""

import pytest

from dolphinml.kubernetes.contracts import APPLIED, CONTRACTS, FAILED, RUNNING, START, SUCCEEDED, WAITING, contract_of


def thing(api_version, kind, status=None, spec=None, generation=1):
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "x", "namespace": "n", "generation": generation},
        "spec": spec or {},
        "status": status or {},
    }


def conditions(*pairs, **more):
    found = [{"type": name, "status": status, "reason": "R", "message": "m"} for name, status in pairs]
    return dict(more, conditions=found)


def state(resource, *parts):
    return contract_of(resource).verdict(resource, list(parts)).state


KUBEFLOW = ["PyTorchJob", "TFJob", "XGBoostJob", "MPIJob", "PaddleJob", "MXJob", "JAXJob"]


@pytest.mark.parametrize("kind", KUBEFLOW)
@pytest.mark.parametrize(
    "status, expected",
    [
        ({}, WAITING),
        (conditions(("Created", "True")), WAITING),
        (conditions(("Created", "True"), ("Running", "True")), RUNNING),
        (conditions(("Created", "True"), ("Running", "False"), ("Restarting", "True")), RUNNING),
        (conditions(("Created", "True"), ("Running", "False"), ("Succeeded", "True")), SUCCEEDED),
        (conditions(("Running", "True"), ("Succeeded", "False")), RUNNING),
        (conditions(("Succeeded", "False"), ("Failed", "False")), WAITING),
        (conditions(("Running", "False"), ("Failed", "True")), FAILED),
        (conditions(("Suspended", "True")), WAITING),
    ],
)
def test_kubeflows_jobs(kind, status, expected):
    assert state(thing("kubeflow.org/v1", kind, status)) == expected


@pytest.mark.parametrize(
    "status, expected",
    [
        ({}, WAITING),
        (conditions(("Suspended", "True")), WAITING),
        (conditions(("Suspended", "False"), ("Complete", "True")), SUCCEEDED),
        (conditions(("Complete", "False"), ("Failed", "True")), FAILED),
        # It has no condition while it runs.
        (conditions(("Suspended", "False"), jobsStatus=[{"name": "node", "active": 1}]), RUNNING),
        (conditions(("Suspended", "False"), jobsStatus=[{"name": "node", "active": 0, "ready": 0}]), WAITING),
        (conditions(("Failed", "True"), jobsStatus=[{"name": "node", "active": 1}]), FAILED),
    ],
)
def test_train_job(status, expected):
    assert state(thing("trainer.kubeflow.org/v1alpha1", "TrainJob", status)) == expected


@pytest.mark.parametrize(
    "status, expected",
    [
        ({}, WAITING),
        (conditions(("Created", "True"), ("Running", "True"), trialsRunning=3, trialsSucceeded=1), RUNNING),
        (conditions(("Running", "False"), ("Succeeded", "True")), SUCCEEDED),
        (conditions(("Succeeded", "True"), trialsSucceeded=1, trialsFailed=2), SUCCEEDED),
        (conditions(("Succeeded", "True"), trialsEarlyStopped=2, trialsKilled=1), SUCCEEDED),
        # All trials are over, and none of them is of any use.
        (conditions(("Succeeded", "True"), trialsFailed=2, trialMetricsUnavailable=1), FAILED),
        (conditions(("Running", "False"), ("Failed", "True")), FAILED),
    ],
)
def test_katib_experiment(status, expected):
    assert state(thing("kubeflow.org/v1beta1", "Experiment", status)) == expected


@pytest.mark.parametrize(
    "status, expected",
    [
        ({}, WAITING),
        ({"active": 1}, RUNNING),
        (conditions(("FailureTarget", "True"), active=1), RUNNING),
        (conditions(("SuccessCriteriaMet", "True"), active=1), RUNNING),
        (conditions(("Suspended", "True")), WAITING),
        (conditions(("Complete", "True")), SUCCEEDED),
        (conditions(("SuccessCriteriaMet", "True"), ("Complete", "True")), SUCCEEDED),
        (conditions(("FailureTarget", "True"), ("Failed", "True")), FAILED),
    ],
)
def test_batch_job(status, expected):
    assert state(thing("batch/v1", "Job", status)) == expected


@pytest.mark.parametrize(
    "phase, expected",
    [
        (None, WAITING),
        ("Pending", WAITING),
        ("Running", RUNNING),
        ("Unknown", WAITING),
        ("Succeeded", SUCCEEDED),
        ("Failed", FAILED),
    ],
)
def test_pod(phase, expected):
    assert state(thing("v1", "Pod", {"phase": phase} if phase else {})) == expected


@pytest.mark.parametrize("policy, fine", [("Never", True), ("OnFailure", True), ("Always", False), (None, False)])
def test_a_pod_needs_an_end(policy, fine):
    resource = thing("v1", "Pod", spec={"restartPolicy": policy} if policy else {})
    assert (contract_of(resource).objection(resource) is None) == fine


def rollout(observed=2, replicas=2, updated=2, available=2, *, wanted=2, found=(), paused=None):
    status = {"observedGeneration": observed, "replicas": replicas, "updatedReplicas": updated, "availableReplicas": available}
    if observed is None:
        del status["observedGeneration"]
    spec = {"replicas": wanted}
    if paused is not None:
        spec["paused"] = paused
    status["conditions"] = list(found)
    return thing("apps/v1", "Deployment", status, spec, generation=2)


DEADLINE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"}


@pytest.mark.parametrize(
    "resource, expected",
    [
        (rollout(), SUCCEEDED),
        (rollout(observed=1), RUNNING),
        (rollout(observed=None), RUNNING),
        (rollout(updated=1), RUNNING),
        (rollout(replicas=3), RUNNING),
        (rollout(available=1), RUNNING),
        (rollout(0, 0, 0, 0), RUNNING),
        (rollout(2, 0, 0, 0, wanted=0), SUCCEEDED),
        # The stock plugin's success: the last condition is named Available, and does not hold.
        (rollout(available=0, found=conditions(("Progressing", "True"), ("Available", "False"))["conditions"]), RUNNING),
        (rollout(available=1, found=[DEADLINE]), FAILED),
        (rollout(observed=1, available=1, found=[DEADLINE]), RUNNING),
        (rollout(available=0, found=conditions(("ReplicaFailure", "True"))["conditions"]), RUNNING),
    ],
)
def test_deployment(resource, expected):
    assert state(resource) == expected


def test_a_paused_deployment_is_refused():
    assert contract_of(rollout(paused=True)).objection(rollout(paused=True))
    assert contract_of(rollout(paused=False)).objection(rollout(paused=False)) is None


def pods(ready, updated, revision="a", former="a"):
    return {
        "observedGeneration": 1,
        "replicas": 2,
        "readyReplicas": ready,
        "updatedReplicas": updated,
        "updateRevision": revision,
        "currentRevision": former,
    }


KEPT = {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}


@pytest.mark.parametrize(
    "status, spec, expected",
    [
        (pods(2, 2), {"replicas": 2}, SUCCEEDED),
        (pods(2, 1, "b"), {"replicas": 2}, RUNNING),
        (pods(1, 2), {"replicas": 2}, RUNNING),
        (pods(2, 1, "b"), KEPT, SUCCEEDED),
        ({}, {"replicas": 2}, WAITING),
    ],
)
def test_stateful_set(status, spec, expected):
    assert state(thing("apps/v1", "StatefulSet", status, spec)) == expected


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_pods_that_are_only_replaced_by_hand_are_refused(kind):
    resource = thing("apps/v1", kind, spec={"updateStrategy": {"type": "OnDelete"}})
    assert contract_of(resource).objection(resource)
    assert contract_of(resource).objection(thing("apps/v1", kind)) is None


@pytest.mark.parametrize(
    "status, expected",
    [
        ({"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}, SUCCEEDED),
        ({"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2, "numberAvailable": 3}, RUNNING),
        ({"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 2}, RUNNING),
        ({}, WAITING),
    ],
)
def test_daemon_set(status, expected):
    assert state(thing("apps/v1", "DaemonSet", status)) == expected


def service(generation=1, observed=1, start=None, **status):
    if observed is not None:
        status["observedGeneration"] = observed
    made = thing("serving.kserve.io/v1beta1", "InferenceService", status, generation=generation)
    made["metadata"]["annotations"] = {START: start} if start else {}
    return made


def of_start(start, part):
    """The part with pods of that start."""
    return dict(part, spec=dict(part["spec"], template={"metadata": {"annotations": {START: start}}}))


READY = conditions(("Ready", "True"))["conditions"]


UP_TO_DATE = {"transitionStatus": "UpToDate"}
BLOCKED = {"transitionStatus": "BlockedByFailedLoad", "lastFailureInfo": {"reason": "ModelLoadFailed", "message": "no file"}}


IN_PROGRESS = {"transitionStatus": "InProgress"}
INVALID = {"transitionStatus": "InvalidSpec"}


def revisions(created, ready):
    return {"predictor": {"latestCreatedRevision": created, "latestReadyRevision": ready}}


REVISIONS = revisions("p-2", "p-2")


@pytest.mark.parametrize(
    "resource, parts, expected",
    [
        (service(), [], WAITING),
        (service(conditions=conditions(("Ready", "False"))["conditions"]), [], WAITING),
        # Not ready while the old version still serves is not a failure.
        (service(conditions=conditions(("Ready", "Unknown"))["conditions"]), [], WAITING),
        (service(conditions=READY, modelStatus=UP_TO_DATE), [rollout()], SUCCEEDED),
        (service(conditions=READY, modelStatus=IN_PROGRESS), [rollout()], RUNNING),
        # All conditions hold and the model is up to date, and the Deployment still rolls.
        (service(conditions=READY, modelStatus=UP_TO_DATE), [rollout(updated=1)], RUNNING),
        (service(conditions=READY, modelStatus=UP_TO_DATE), [rollout(), rollout(observed=1)], RUNNING),
        # The status is that of the former spec.
        (service(2, conditions=READY, modelStatus=UP_TO_DATE), [rollout()], WAITING),
        # A status that does not say which generation it is about may be that of the former spec.
        (service(observed=None, conditions=READY, modelStatus=UP_TO_DATE), [rollout()], WAITING),
        (service(observed=None, modelStatus={"transitionStatus": "InvalidSpec"}), [], FAILED),
        (service(conditions=READY, modelStatus=BLOCKED), [], FAILED),
        # KServe's generation is that of the Deployment: what its pods bear is certain, the number is not.
        (service(5, 1, "b", conditions=READY, modelStatus=UP_TO_DATE), [of_start("b", rollout())], SUCCEEDED),
        (service(1, 5, "b", conditions=READY, modelStatus=UP_TO_DATE), [of_start("a", rollout())], WAITING),
        (service(1, 5, "b", conditions=READY, modelStatus=BLOCKED), [of_start("a", rollout())], WAITING),
        (service(1, 5, "b", conditions=READY, modelStatus=BLOCKED), [of_start("b", rollout(updated=1))], FAILED),
        (service(1, 5, "b", modelStatus=BLOCKED), [of_start("b", rollout())], FAILED),
        # Without Knative the model's status may be that of a pod that has been taken back, and stays.
        (service(1, 5, "b", conditions=READY, modelStatus=BLOCKED), [of_start("b", rollout())], SUCCEEDED),
        (service(1, 5, "b", conditions=READY, modelStatus=IN_PROGRESS), [of_start("b", rollout())], SUCCEEDED),
        (service(1, 5, "b", conditions=READY, modelStatus=IN_PROGRESS), [of_start("b", rollout(updated=1))], RUNNING),
        (service(1, 5, "b", conditions=READY, modelStatus=INVALID), [of_start("b", rollout())], FAILED),
        (service(1, 5, "b", conditions=READY, modelStatus=BLOCKED, components=REVISIONS), [of_start("b", rollout())], FAILED),
        (service(1, 5, "b", conditions=READY, modelStatus=UP_TO_DATE), [of_start("b", rollout(updated=1))], RUNNING),
        # The former revision stays beside the new one, at whatever size.
        (service(1, 5, "b", conditions=READY), [of_start("a", rollout(updated=1)), of_start("b", rollout())], SUCCEEDED),
        # Without Knative the status has no ready revision.
        (service(conditions=READY, components={"predictor": {"latestCreatedRevision": "2"}}), [rollout()], SUCCEEDED),
        (service(modelStatus={"transitionStatus": "InvalidSpec"}), [], FAILED),
        (service(conditions=READY, components=revisions("p-2", "p-1")), [], RUNNING),
        (service(conditions=READY, components=revisions("p-2", "p-2")), [], SUCCEEDED),
    ],
)
def test_inference_service(resource, parts, expected):
    assert state(resource, *parts) == expected


@pytest.mark.parametrize("stopped, expected", [("False", RUNNING), ("True", SUCCEEDED)])
def test_an_inference_service_that_is_to_stop_has_ended_when_it_has_stopped(stopped, expected):
    status = conditions(("Ready", "False"), ("Stopped", stopped), observedGeneration=1)
    service = thing("serving.kserve.io/v1beta1", "InferenceService", status)
    service["metadata"]["annotations"] = {"serving.kserve.io/stop": "true", START: "1-a"}
    assert state(service) == expected
    service["metadata"]["annotations"]["serving.kserve.io/stop"] = "false"
    assert state(service) == WAITING


def test_each_component_of_an_inference_service_has_to_begin_its_roll_out():
    ready = service(1, 1, "b", conditions=READY, modelStatus=UP_TO_DATE)
    ready["spec"] = {"predictor": {}, "transformer": {}}
    predictor, transformer = of_start("b", rollout()), of_start("b", rollout())
    assert state(ready, predictor, of_start("a", rollout())) == WAITING
    assert state(ready, predictor, transformer) == SUCCEEDED


def seldon(generation=1, start=None, **status):
    pods_of_it = {"componentSpecs": [{"metadata": {"annotations": {START: start}}}]} if start else {}
    return thing("machinelearning.seldon.io/v1", "SeldonDeployment", status, {"predictors": [pods_of_it]}, generation)


@pytest.mark.parametrize(
    "resource, parts, expected",
    [
        (seldon(), [], WAITING),
        (seldon(state="Creating"), [], WAITING),
        (seldon(state="Available"), [rollout()], SUCCEEDED),
        # It stays Available while a new version rolls out.
        (seldon(state="Available"), [rollout(updated=1)], RUNNING),
        (seldon(state="Available", deploymentStatus={"d": {"replicas": 2, "availableReplicas": 1}}), [], RUNNING),
        (seldon(2, state="Available", observedGeneration=1), [rollout()], WAITING),
        (seldon(start="b", state="Available"), [of_start("a", rollout())], WAITING),
        (seldon(start="b", state="Failed"), [of_start("a", rollout())], FAILED),
        (seldon(start="b", state="Available"), [of_start("b", rollout())], SUCCEEDED),
        (seldon(state="Failed", description="no image"), [], FAILED),
    ],
)
def test_seldon_deployment(resource, parts, expected):
    assert state(resource, *parts) == expected


@pytest.mark.parametrize(
    "found, expected",
    [
        ([], WAITING),
        ([{"type": "ModelReady", "status": "False", "reason": "ModelProgressing"}], WAITING),
        ([{"type": "ModelReady", "status": "False", "reason": "ScheduleFailed"}], WAITING),
        ([{"type": "ModelReady", "status": "False", "reason": "ModelFailed", "message": "no"}], FAILED),
        ([{"type": "ModelReady", "status": "True"}, {"type": "Ready", "status": "True"}], SUCCEEDED),
        ([{"type": "ModelReady", "status": "True"}], SUCCEEDED),
    ],
)
def test_seldon_model(found, expected):
    assert state(thing("mlops.seldon.io/v1alpha1", "Model", {"conditions": found})) == expected


@pytest.mark.parametrize(
    "status, expected",
    [
        ({}, WAITING),
        ({"jobDeploymentStatus": "Initializing"}, WAITING),
        ({"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}, RUNNING),
        # KubeRay runs it again.
        ({"jobDeploymentStatus": "Retrying", "jobStatus": "FAILED"}, WAITING),
        # The job is done, and its cluster's clean-up has not been noted yet.
        ({"jobDeploymentStatus": "Running", "jobStatus": "SUCCEEDED"}, RUNNING),
        ({"jobDeploymentStatus": "Complete", "jobStatus": "SUCCEEDED"}, SUCCEEDED),
        ({"jobDeploymentStatus": "Complete", "jobStatus": "FAILED"}, FAILED),
        ({"jobDeploymentStatus": "Complete", "jobStatus": "STOPPED"}, FAILED),
        ({"jobDeploymentStatus": "Failed", "jobStatus": "", "reason": "DeadlineExceeded"}, FAILED),
        ({"jobDeploymentStatus": "ValidationFailed", "reason": "ValidationFailed", "message": "the name is too long"}, FAILED),
        ({"jobDeploymentStatus": "Suspended"}, WAITING),
    ],
)
def test_ray_job(status, expected):
    assert state(thing("ray.io/v1", "RayJob", status)) == expected


@pytest.mark.parametrize(
    "phase, expected",
    [
        ("", WAITING),
        ("Pending", WAITING),
        ("Running", RUNNING),
        ("Succeeded", SUCCEEDED),
        ("Failed", FAILED),
        ("Error", FAILED),
    ],
)
def test_argo_workflow(phase, expected):
    assert state(thing("argoproj.io/v1alpha1", "Workflow", {"phase": phase})) == expected


@pytest.mark.parametrize(
    "status, expected",
    [
        ({}, WAITING),
        (conditions(("Completed", "True")), SUCCEEDED),
        (conditions(("Failed", "True")), FAILED),
        ({"replicatedJobsStatus": [{"name": "node", "active": 2}]}, RUNNING),
    ],
)
def test_job_set(status, expected):
    assert state(thing("jobset.x-k8s.io/v1alpha2", "JobSet", status)) == expected


@pytest.mark.parametrize(
    "api_version, kind, known",
    [
        ("v1", "ConfigMap", True),
        ("v1", "Secret", True),
        ("batch/v1", "CronJob", True),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", True),
        ("v1", "Widget", False),
        ("test.io/v1", "Job", False),
        ("serving.kserve.io/v1alpha1", "InferenceGraph", False),
    ],
)
def test_what_has_no_end_exists_and_what_is_unknown_has_no_contract(api_version, kind, known):
    assert contract_of(thing(api_version, kind)) is (APPLIED if known else None)


@pytest.mark.parametrize(
    "resource",
    [thing("%s/v1" % group if group else "v1", kind) for group, kind in CONTRACTS],
    ids=lambda resource: resource["kind"],
)
def test_nothing_has_ended_before_its_controller_has_written_anything(resource):
    resource.pop("status")
    assert not contract_of(resource).verdict(resource, []).final


@pytest.mark.parametrize(
    "api_version, kind, spec, shortest",
    [
        ("batch/v1", "Job", {}, None),
        ("batch/v1", "Job", {"ttlSecondsAfterFinished": 0}, ("spec.ttlSecondsAfterFinished", 0)),
        (
            "kubeflow.org/v1",
            "TFJob",
            {"runPolicy": {"ttlSecondsAfterFinished": 5}},
            ("spec.runPolicy.ttlSecondsAfterFinished", 5),
        ),
        (
            "argoproj.io/v1alpha1",
            "Workflow",
            {"ttlStrategy": {"secondsAfterCompletion": 60, "secondsAfterFailure": 1}},
            ("spec.ttlStrategy.secondsAfterFailure", 1),
        ),
        # It is the Ray cluster that goes, and not the RayJob.
        ("ray.io/v1", "RayJob", {"ttlSecondsAfterFinished": 0}, None),
    ],
)
def test_the_shortest_time_after_which_the_cluster_deletes_an_object(api_version, kind, spec, shortest):
    resource = thing(api_version, kind, spec=spec)
    assert contract_of(resource).ttl.shortest(resource) == shortest


@pytest.mark.parametrize(
    "status, word",
    [
        ({"jobDeploymentStatus": "Failed", "jobStatus": "RUNNING", "reason": "DeadlineExceeded"}, "Failed"),
        ({"jobDeploymentStatus": "Failed", "jobStatus": "FAILED", "reason": "AppFailed"}, "FAILED"),
        ({"jobDeploymentStatus": "Complete", "jobStatus": "STOPPED"}, "STOPPED"),
    ],
)
def test_the_word_for_a_ray_job_that_failed_is_none_for_one_that_runs(status, word):
    verdict = contract_of(thing("ray.io/v1", "RayJob")).verdict(thing("ray.io/v1", "RayJob", status), [])
    assert (verdict.state, verdict.word) == (FAILED, word)


def test_the_pods_of_a_ray_job_are_its_clusters_and_what_submits_it():
    resource = thing("ray.io/v1", "RayJob", {"rayClusterName": "x-1"})
    assert contract_of(resource).pods(resource) == [{"ray.io/cluster": "x-1"}, {"job-name": "x"}]
    resource = thing("ray.io/v1", "RayJob", {}, {"submissionMode": "HTTPMode"})
    assert contract_of(resource).pods(resource) == []
