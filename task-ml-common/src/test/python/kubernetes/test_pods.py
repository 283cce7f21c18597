# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Pods as their kubelets and controllers describe them: who speaks first, whose log matters, what has failed."""

import pytest

from dolphinml.kubernetes import pods

JOB = {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "x"}}


def pod(name="x-a", phase="Running", created="10:00", labels=None, containers=(), inits=(), names=("main",)):
    return {
        "kind": "Pod",
        "metadata": {"name": name, "uid": name + created, "creationTimestamp": created, "labels": labels or {}},
        "spec": {"containers": [{"name": each} for each in names]},
        "status": {"phase": phase, "containerStatuses": list(containers), "initContainerStatuses": list(inits)},
    }


def replica(kind, index, **more):
    labels = {"training.kubeflow.org/replica-type": kind, "training.kubeflow.org/replica-index": str(index)}
    return pod("x-%s-%d" % (kind, index), labels=labels, **more)


def running(name="main", **more):
    return dict({"name": name, "state": {"running": {"startedAt": "10:00"}}}, **more)


def ended(code, name="main", at="10:01", **more):
    return {"name": name, "state": {"terminated": dict({"exitCode": code, "finishedAt": at}, **more)}}


def with_sidecar(found):
    found["spec"]["initContainers"] = [{"name": "proxy", "restartPolicy": "Always"}, {"name": "fetch"}]
    return found


def names(found):
    return [(each["metadata"]["name"], each["metadata"]["creationTimestamp"]) for each in found]


def test_the_leaders_value_wins_whichever_pod_started_first():
    found = [replica("worker", 0), replica("worker", 10), replica("worker", 2), replica("master", 0, created="10:05")]
    assert [name for name, _ in names(pods.by_authority(found, JOB))] == ["x-master-0", "x-worker-0", "x-worker-2", "x-worker-10"]


def test_without_a_leader_a_worker_speaks_before_those_that_only_help():
    found = [replica("ps", 0), replica("evaluator", 0), replica("worker", 0)]
    assert [name for name, _ in names(pods.by_authority(found, JOB))] == ["x-worker-0", "x-evaluator-0", "x-ps-0"]


def test_the_nodes_of_a_train_job_have_names_of_their_own():
    owner = {"apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "TrainJob", "metadata": {"name": "x"}}
    node = pod(labels={"jobset.sigs.k8s.io/replicatedjob-name": "node", "jobset.sigs.k8s.io/job-index": "0"})
    node["metadata"]["annotations"] = {"batch.kubernetes.io/job-completion-index": "3"}
    assert pods.replica(node, owner) == "node-0-3"


def test_of_a_replica_the_last_pod_counts_and_a_failed_one_last():
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}}
    found = [pod("x-aaaaa", "Failed"), pod("x-zzzzz", "Succeeded", "10:09")]
    assert names(pods.by_authority(found, job))[0] == ("x-zzzzz", "10:09")
    found = [replica("master", 0), replica("master", 0, created="10:07"), replica("worker", 0, created="10:08")]
    assert [when for _, when in names(pods.by_authority(found, JOB))] == ["10:07", "10:00", "10:08"]


@pytest.mark.parametrize(
    "found, expected",
    [
        (pod(containers=[running()]), ["main"]),
        (pod(containers=[{"name": "main", "state": {"waiting": {"reason": "PodInitializing"}}}]), []),
        (pod(inits=[ended(0, "fetch")], containers=[running()]), ["main"]),
        # What prepares the pod matters when it has failed, also where it is tried again.
        (pod(phase="Failed", inits=[ended(1, "fetch")]), ["fetch"]),
        (pod(inits=[{"name": "fetch", "state": {"waiting": {}}, "lastState": {"terminated": {"exitCode": 3}}}]), ["fetch"]),
        # What proposes the trials of a Katib Experiment, and what Argo runs beside a step.
        (pod(labels={"katib.kubeflow.org/suggestion": "x"}, containers=[running()]), []),
        (
            pod(labels={"workflows.argoproj.io/workflow": "x"}, names=("wait", "main"), containers=[running("wait"), running()]),
            ["main"],
        ),
    ],
)
def test_whose_log_matters(found, expected):
    assert pods.with_logs(found) == expected


@pytest.mark.parametrize(
    "found, expected",
    [
        (pod(phase="Pending"), True),
        (pod(phase="Pending", inits=[running("fetch")]), False),
        (pod(phase="Pending", inits=[ended(0, "fetch")], containers=[{"name": "main", "state": {"waiting": {}}}]), True),
        (pod(containers=[running()]), False),
        # A sidecar prepares nothing.
        (with_sidecar(pod(phase="Pending", inits=[running("proxy")])), True),
        (with_sidecar(pod(phase="Pending", inits=[running("proxy"), running("fetch")])), False),
    ],
)
def test_a_pod_that_is_prepared_does_not_wait(found, expected):
    assert pods.is_pending(found) == expected


@pytest.mark.parametrize(
    "status, by_signal",
    [(ended(4), False), (ended(143), True), (ended(137), True), (ended(137, reason="OOMKilled"), False)],
)
def test_what_was_ended_by_a_signal_is_seldom_the_cause(status, by_signal):
    [failure] = pods.failures(pod(phase="Failed", containers=[status]), JOB)
    assert failure.by_signal == by_signal


def test_the_submitter_of_a_ray_job_is_called_so():
    owner = {"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": {"name": "x"}}
    head = pod("x-1-head-abcde", labels={"ray.io/node-type": "head"})
    submitter = pod("x-mlv7m", labels={"job-name": "x"})
    assert [pods.replica(each, owner) for each in (head, submitter)] == ["head-abcde", "submitter"]
    assert pods.by_authority([head, submitter], owner)[0] is submitter


def causes(found, owner=JOB):
    return [(each.pod, each.words) for _, each in pods.all_failures(found, owner) if not each.overcome]


def test_the_failure_of_a_pod_that_another_one_has_replaced_is_not_the_cause():
    first = replica("worker", 0, phase="Failed", created="10:00", containers=[ended(137, at="10:01")])
    again = replica("worker", 0, phase="Failed", created="10:02", containers=[ended(1, at="10:05")])
    other = replica("worker", 1, phase="Failed", created="10:02", containers=[ended(2, at="10:06")])
    assert causes([first, again, other]) == [("x-worker-0", "exit code 1"), ("x-worker-1", "exit code 2")]


def test_the_failure_of_a_container_that_runs_again_is_not_the_cause():
    restarted = running(lastState=ended(3, at="10:01")["state"])
    looping = {"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended(4, at="10:05")["state"]}
    found = [replica("worker", 0, containers=[restarted]), replica("master", 0, containers=[looping])]
    assert causes(found) == [("x-master-0", "exit code 4")]
    # Where there is nothing else, it is what is known.
    [(_, only)] = pods.all_failures(found[:1], JOB)
    assert only.words == "exit code 3" and only.overcome


def test_what_is_ended_with_its_job_is_not_the_cause():
    failed = replica("master", 0, containers=[running(lastState=ended(3, at="10:01")["state"])])
    deleted = replica("worker", 0, containers=[ended(143, at="10:02")])
    deleted["metadata"]["deletionTimestamp"] = "10:02"
    assert pods.all_failures([deleted, failed], JOB)[0][1].pod == "x-master-0"


def test_an_attempt_at_a_step_that_has_succeeded_later_is_not_the_cause():
    nodes = {
        "r1": {"type": "Retry", "phase": "Succeeded", "children": ["a", "b"]},
        "r2": {"type": "Retry", "phase": "Failed", "children": ["c"]},
    }
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "x"}, "status": {"nodes": nodes}}
    found = []
    for node, at in (("a", "10:01"), ("c", "10:05")):
        found.append(pod("x-" + node, phase="Failed", containers=[ended(1, at=at)]))
        found[-1]["metadata"]["annotations"] = {"workflows.argoproj.io/node-id": node}
    assert causes(found, owner) == [("x-c", "exit code 1")]


@pytest.mark.parametrize(
    "condition, expected",
    [
        ({"status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}, "Unschedulable: 0/1 nodes"),
        ({"status": "False", "reason": "SchedulingGated", "message": "gates"}, "SchedulingGated: gates"),
        ({"status": "True"}, None),
    ],
)
def test_why_a_pod_has_no_node(condition, expected):
    found = pod(phase="Pending")
    found["status"]["conditions"] = [dict(condition, type="PodScheduled")]
    assert pods.trouble(found) == expected
