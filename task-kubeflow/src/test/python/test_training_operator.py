# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorchJobs under Kubeflow's own training operator."""

import signal

from manifests import job

from dsharness.kubernetes.cluster import wait_for
from dsharness.kubernetes.documented import role
from dsharness.kubernetes.training import pytorch_job

RANK = 'echo "rank $RANK of $WORLD_SIZE at $MASTER_ADDR"'


def test_a_distributed_job_is_followed_to_its_success(operator, runs, namespace):
    run = runs([pytorch_job("train", RANK + "; echo '#{setValue(loss=0.25)}'", RANK, workers=2)], outputs=["loss"]).wait()
    assert run.report["status"] == "success", run.text
    ranks = sorted(line.rpartition(" at ")[0] for line in run.lines if " rank " in line)
    assert ranks == ["[master-0] rank 0 of 3", "[worker-0] rank 1 of 3", "[worker-1] rank 2 of 3"], run.text
    assert run.report["outputs"]["kubeflow.state"] == "Succeeded" and run.report["outputs"]["loss"] == "0.25"
    assert run.report["outputs"]["kubeflow.end"]


def test_the_worker_that_failed_is_the_reason(operator, runs):
    run = runs([pytorch_job("train", "sleep 60", "echo no data; exit 4")]).wait()
    assert run.report["status"] == "failure"
    assert "(worker-0, container pytorch): exit code 4" in run.lines[-1], run.text
    assert "[worker-0] no data" in run.lines


def test_a_job_that_another_client_deletes_is_a_failure(operator, runs, namespace):
    run = runs([pytorch_job("train", "echo started; sleep 600")]).until("started")
    operator.kubectl("delete", "pytorchjob", "train", "-n", namespace)
    run.wait()
    assert run.report["status"] == "failure" and "it was deleted while the task followed it" in run.lines[-1], run.text


def test_a_kill_ends_all_replicas(operator, runs, namespace):
    run = runs([pytorch_job("train", "echo started; sleep 600", "echo started; sleep 600")])
    run.until("[worker-0] started").kill(signal.SIGKILL).undo()
    assert operator.get("pytorchjob", "train", "-n", namespace) is None, run.text
    assert operator.get("pods", "-n", namespace) is None
    assert operator.node.processes("train-worker-0") == []


def test_the_ttl_is_set_and_clean_up_deletes(operator, runs, namespace):
    run = runs([pytorch_job("train", "true")], ttl=3600).wait()
    assert operator.get("pytorchjob", "train", "-n", namespace)["spec"]["runPolicy"]["ttlSecondsAfterFinished"] == 3600, run.text
    run = runs([pytorch_job("other", "true")], cleanup="success").wait()
    assert run.report["status"] == "success" and operator.get("pytorchjob", "other", "-n", namespace) is None, run.text
    run = runs([pytorch_job("broken", "exit 1")], cleanup="success").wait()
    assert run.report["status"] == "failure" and operator.get("pytorchjob", "broken", "-n", namespace) is not None


def test_the_rights_of_the_documentation_suffice(operator, runs, namespace):
    kubeconfig = operator.user("limited", namespace=namespace)
    run = runs([pytorch_job("train", "true")], kubeconfig=kubeconfig).wait()
    assert run.report["status"] == "failure"
    assert ("the cluster's rules do not let limited get pytorchjobs.kubeflow.org in namespace %s" % namespace) in run.lines[-1]
    operator.bind("limited", role(operator, "kubeflow.md", "tasks", namespace))
    run = runs([pytorch_job("train", "echo seen")], kubeconfig=kubeconfig, cleanup="always").wait()
    assert run.report["status"] == "success", run.text
    assert "[master-0] seen" in run.lines and not any("not shown" in line for line in run.lines), run.text
    assert "has been deleted" in run.lines[-1]
    run = runs([job("batch", "echo started; sleep 600")], kubeconfig=kubeconfig).until("started").kill().undo()
    assert operator.get("job", "batch", "-n", namespace) is None, run.text


def test_without_rights_to_pods_and_events_the_task_runs_and_says_so(operator, runs, namespace):
    kubeconfig = operator.user("blind", ("kubeflow.org", "pytorchjobs", "get create patch delete"), namespace=namespace)
    run = runs([pytorch_job("train", "true")], kubeconfig=kubeconfig).wait()
    assert run.report["status"] == "success", run.text
    assert sum("Pods and their logs are not shown" in line for line in run.lines) == 1
    assert sum("Events are not shown" in line for line in run.lines) == 1


def test_without_the_right_to_logs_the_task_says_so_once(operator, runs, namespace, tmp_path):
    kubeconfig = operator.user(
        "deaf", ("kubeflow.org", "pytorchjobs", "get create patch delete"), ("core", "pods", "get list"), namespace=namespace
    )
    waits = "until [ -e %s ]; do sleep 0.2; done" % (tmp_path / "go")
    run = runs([pytorch_job("train", waits, waits)], kubeconfig=kubeconfig).until("Logs of pods are not shown: ")
    (tmp_path / "go").touch()
    run.wait()
    assert run.report["status"] == "success", run.text
    [said] = [line for line in run.lines if line.startswith("Logs of pods are not shown: ")]
    assert "do not let deaf get pods/log in namespace %s" % namespace in said, run.text


def test_an_image_that_cannot_be_pulled_is_reported_at_once(operator, runs, namespace):
    lost = pytorch_job("train", "true")
    lost["spec"]["pytorchReplicaSpecs"]["Master"]["template"]["spec"]["containers"][0]["image"] = "missing/train:1"
    runs([lost]).until('Failed to pull image "missing/train:1": not found').kill().undo()
    assert wait_for(operator, lambda pods: True, "namespace", namespace) and operator.get("pods", "-n", namespace) is None


def test_a_right_that_only_the_end_needs_is_missed_before_anything_is_created(operator, runs, namespace):
    kubeconfig = operator.user("cannot-end", ("kubeflow.org", "pytorchjobs", "get create"), namespace=namespace)
    run = runs([pytorch_job("train", "true")], kubeconfig=kubeconfig).wait()
    assert run.report["status"] == "failure"
    for verb, line in zip(("delete", "patch"), run.lines[-2:]):
        assert "the cluster's rules do not let the kubeconfig's user %s pytorchjob.v1.kubeflow.org" % verb in line, run.text
    assert operator.get("pytorchjob", "train", "-n", namespace) is None
