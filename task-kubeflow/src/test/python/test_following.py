# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""When what a status says counts, and who has waited too long, by a clock of the test's own."""

from types import SimpleNamespace

import pytest

from dolphinml.kubeflow import following
from dolphinml.kubeflow.following import Followed, Following
from dolphinml.kubernetes.contracts import APPLIED, FAILED, RUNNING, SUCCEEDED, WAITING, Verdict, contract_of

JOB = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x", "namespace": "n", "uid": "1"}}


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(following.time, "monotonic", lambda: now.seconds)
    return now


def followed(api_version, kind, renewed=False, **status):
    resource = dict(JOB, apiVersion=api_version, kind=kind, status=status, spec={})
    return Followed(SimpleNamespace(contract=contract_of(resource), resource=resource), resource, renewed)


def states(each, clock, *looks):
    """What becomes of a verdict at each of these seconds."""
    found = []
    for seconds, state in looks:
        clock.seconds = seconds
        found.append(following._certain(each, Verdict(state, "W")).state)
    return found


def test_the_failure_of_the_version_before_is_not_that_of_the_new_one(clock):
    each = followed("serving.kserve.io/v1beta1", "InferenceService", renewed=True, observedGeneration=2)
    assert states(each, clock, (0, FAILED), (2, RUNNING), (4, FAILED), (13, FAILED)) == [RUNNING, RUNNING, RUNNING, RUNNING]
    assert states(each, clock, (14, FAILED)) == [FAILED]


def test_a_status_without_a_generation_has_to_stay_where_the_object_was_there_before(clock):
    seldon = "machinelearning.seldon.io/v1", "SeldonDeployment"
    renewed = followed(*seldon, renewed=True)
    assert states(renewed, clock, (0, SUCCEEDED), (9, SUCCEEDED), (10, SUCCEEDED)) == [RUNNING, RUNNING, SUCCEEDED]
    renewed = followed(*seldon, renewed=True)
    looks = (0, SUCCEEDED), (2, WAITING), (12, SUCCEEDED), (22, SUCCEEDED)
    assert states(renewed, clock, *looks) == [RUNNING, WAITING, RUNNING, SUCCEEDED]
    assert states(followed(*seldon), clock, (0, SUCCEEDED)) == [SUCCEEDED]
    assert states(followed("apps/v1", "Deployment", True, observedGeneration=2), clock, (0, SUCCEEDED)) == [SUCCEEDED]


def test_the_end_of_a_job_and_of_what_only_exists_counts_at_once(clock):
    assert states(followed("batch/v1", "Job"), clock, (0, FAILED)) == [FAILED]
    config = followed("v1", "ConfigMap", renewed=True)
    assert config.document.contract is APPLIED and states(config, clock, (0, SUCCEEDED)) == [SUCCEEDED]


def pod(uid, phase="Pending"):
    return {"metadata": {"name": "x-" + uid, "uid": uid}, "spec": {"containers": []}, "status": {"phase": phase}}


@pytest.fixture
def start(clock):
    """start(each, second, pods): the verdict of an object that runs, with a limit of 60 s, when it has these pods."""
    watching = Following(SimpleNamespace(console=None), None, None, 5.0, 60)

    def look(each, second, present):
        clock.seconds, each.present = second, present
        each.pods.update({one["metadata"]["uid"]: one for one in present})
        each.verdict = Verdict(RUNNING, "Running")
        watching._limit_the_start(each)
        return each.verdict

    return look


def test_a_job_whose_pods_follow_one_another_may_always_have_one_that_waits(start):
    each = followed("batch/v1", "Job")
    for number in range(10):
        assert start(each, 50.0 * number, [pod("a%d" % number), pod("b", "Running")]).state == RUNNING
    # Between two of its pods, as while it waits for somebody's consent.
    for second in (600.0, 700.0):
        assert start(each, second, []).state == RUNNING


def test_one_pod_that_waits_for_too_long_is_enough(start):
    each = followed("batch/v1", "Job")
    start(each, 0.0, [pod("a"), pod("b", "Running")])
    verdict = start(each, 60.0, [pod("a"), pod("c")])
    assert verdict.word == "NotStarted"
    assert verdict.why == "did not start within 60 s: pod x-a: Pending; 1 other pods wait, too"


def test_an_object_that_never_has_a_pod_has_not_started(start):
    each = followed("batch/v1", "Job")
    each.resource["status"] = {}
    assert start(each, 0.0, []).state == RUNNING
    assert start(each, 61.0, []).word == "NotStarted"


@pytest.mark.parametrize(
    "status, word", [({}, "Deleted"), ({"conditions": [{"type": "Complete", "status": "True"}]}, "Complete")]
)
def test_what_is_being_deleted_has_no_other_end_to_wait_for(status, word):
    deleted = dict(JOB, metadata=dict(JOB["metadata"], deletionTimestamp="2026-11-30T10:00:00Z"), status=status)
    kubectl = SimpleNamespace(get=lambda kind, *arguments: {"items": []} if kind == "pods" else deleted)
    watching = Following(SimpleNamespace(console=SimpleNamespace(line=lambda text: None)), kubectl, None, 5.0, None)
    each = followed("batch/v1", "Job")
    watching._look(each)
    assert each.verdict.final and each.verdict.word == word


def test_pods_of_the_version_before_are_not_those_of_the_new_one():
    found = [dict(pod(uid), kind="Pod") for uid in ("old", "new")]
    kubectl = SimpleNamespace(get=lambda *arguments: {"items": found})
    logs = SimpleNamespace(follow=lambda *arguments, **named: None)
    watching = Following(SimpleNamespace(console=None), kubectl, logs, 5.0, None)
    each = followed("apps/v1", "Deployment", renewed=True)
    each.former, each.resource["spec"] = {"old"}, {"selector": {"matchLabels": {"app": "x"}}}
    watching._look_at_pods(each)
    assert list(each.pods) == ["new"] and [one["metadata"]["uid"] for one in each.present] == ["new"]
