# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Which of a namespace's warnings are about a task's objects."""

from types import SimpleNamespace

from dolphinml.kubernetes.events import Events

TRAIN_JOB = {"kind": "TrainJob", "metadata": {"name": "train", "namespace": "n", "creationTimestamp": "2026-11-30T10:00:00Z"}}


def event(kind, name, reason, message, when="2026-11-30T10:00:05Z", uid="?"):
    about = {"kind": kind, "name": name, "uid": uid}
    return {"involvedObject": about, "reason": reason, "message": message, "lastTimestamp": when}


def shown(*events):
    lines = []
    kubectl = SimpleNamespace(get=lambda *arguments: {"items": list(events)})
    found = Events(kubectl, SimpleNamespace(line=lines.append))
    for _ in range(2):
        found.show("n", {"1": "TrainJob n/train", "2": "node-0-0"}, [TRAIN_JOB])
    return lines, found.last("TrainJob n/train")


def test_what_an_objects_own_job_may_not_create_is_reported_as_the_objects():
    lines, last = shown(
        event("Job", "train-node-0", "FailedCreate", 'pods "train-node-0-0-aaaaa" is forbidden: exceeded quota: few'),
        event("Job", "train-node-0", "FailedCreate", 'pods "train-node-0-0-bbbbb" is forbidden: exceeded quota: few'),
        event("Job", "train-node-0", "FailedCreate", "of the run before", when="2026-11-30T09:59:59Z"),
        event("Job", "other-node-0", "FailedCreate", "exceeded quota: few"),
        event("Job", "train-node-0", "BackoffLimitExceeded", "told by the object itself"),
        event("Pod", "train-node-0-0-abcde", "FailedScheduling", "0/1 nodes are available", uid="2"),
    )
    assert sorted(lines) == [
        '[TrainJob n/train] FailedCreate: pods "train-node-0-0-aaaaa" is forbidden: exceeded quota: few',
        "[node-0-0] FailedScheduling: 0/1 nodes are available",
    ]
    assert last is not None and last.endswith("exceeded quota: few")


def test_what_was_reported_before_is_left_out_until_it_is_reported_again():
    lines = []
    former = dict(event("TrainJob", "train", "InternalError", "no runtime", uid="1"), metadata={"uid": "e1"}, count=1)
    found = [former]
    events = Events(SimpleNamespace(get=lambda *arguments: {"items": found}), SimpleNamespace(line=lines.append))
    events.skip("n")
    events.show("n", {"1": "TrainJob n/train"})
    assert lines == [] and events.last("TrainJob n/train") is None
    found[:] = [dict(former, count=2)]
    events.show("n", {"1": "TrainJob n/train"})
    assert lines == ["[TrainJob n/train] InternalError: no runtime"]


def test_what_was_reported_of_a_job_that_is_taken_up_is_shown():
    lines = []
    found = [
        dict(event("Job", "train", "Slow", "of the job", uid="1"), metadata={"uid": "e1"}),
        dict(event("Pod", "train-abc", "FailedScheduling", "of its pod", uid="2"), metadata={"uid": "e2"}),
        dict(event("Deployment", "web", "Old", "of the service", uid="3"), metadata={"uid": "e3"}),
    ]
    kubectl = SimpleNamespace(get=lambda *arguments: {"items": found if "n" in arguments else []})
    events = Events(kubectl, SimpleNamespace(line=lines.append))
    job = {"kind": "Job", "metadata": {"name": "train", "uid": "1", "creationTimestamp": "2026-11-30T10:00:00Z"}}
    events.skip("n", [job])
    events.skip("other")
    events.show("n", {"1": "Job train", "2": "train-abc", "3": "Deployment web"})
    assert lines == ["[Job train] Slow: of the job", "[train-abc] FailedScheduling: of its pod"]


def test_the_last_warning_is_the_newest_one_also_if_it_has_been_there_before():
    lines = []
    first = dict(event("Job", "x", "FailedCreate", "quota", uid="1"), metadata={"uid": "a"})
    second = dict(event("Job", "x", "Slow", "webhook", when="2026-11-30T10:00:06Z", uid="1"), metadata={"uid": "b"})
    found = [first, second]
    events = Events(SimpleNamespace(get=lambda *arguments: {"items": found}), SimpleNamespace(line=lines.append))
    events.show("n", {"1": "Job n/x"})
    assert events.last("Job n/x") == "Slow: webhook"
    found[0] = dict(first, lastTimestamp="2026-11-30T10:00:07Z")
    events.show("n", {"1": "Job n/x"})
    assert events.last("Job n/x") == "FailedCreate: quota" and len(lines) == 2
