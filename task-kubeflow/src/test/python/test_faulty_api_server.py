# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The API server hangs, restarts, and answers 500: nothing is made twice, and nothing is given up too soon."""

import pytest
from manifests import job

from dsharness.kubernetes.faulty_api import FaultyApi
from dsharness.waiting import wait_until


@pytest.fixture
def proxy(cluster):
    made = FaultyApi(cluster)
    yield made
    made.close()


def waits_for(path):
    return "echo begun; until [ -e %s ]; do sleep 0.2; done; echo over" % path


def test_answers_500_are_waited_out(runs, cluster, namespace, proxy, tmp_path):
    go = tmp_path / "go"
    run = runs(
        [job("train", waits_for(go))], kubeconfig=cluster.kubeconfig(namespace=namespace, address=proxy.address), logs="none"
    ).until("Running")
    proxy.broken = "500"
    go.touch()
    run.until("The API server gives no definite answer; the request is repeated")
    wait_until(lambda: proxy.refused > 3)
    proxy.broken = None
    run.wait()
    assert run.report["status"] == "success", run.text
    assert any(line.startswith("The API server answers again, after") for line in run.lines)


def test_a_lost_answer_does_not_make_a_job_twice_nor_a_fault(runs, cluster, namespace, proxy):
    proxy.broken = "lost answer"
    run = runs([job("train", "true")], kubeconfig=cluster.kubeconfig(namespace=namespace, address=proxy.address)).wait()
    assert proxy.refused == 1
    assert run.report["status"] == "success", run.text
    assert "Job %s/train has been created." % namespace in run.lines


def test_an_api_server_that_stays_away_fails_the_task_and_a_retry_continues(runs, cluster, namespace, proxy, tmp_path):
    go = tmp_path / "go"
    kubeconfig = cluster.kubeconfig(namespace=namespace, address=proxy.address)
    run = runs([job("train", waits_for(go))], kubeconfig=kubeconfig, unreachableTimeout=3).until("Running")
    proxy.broken = "500"
    run.wait()
    assert run.report["status"] == "failure"
    assert "Job %s/train may continue in the cluster, and a retry of this task takes it up" % namespace in run.lines[-1]
    proxy.broken = None
    go.touch()
    retry = runs([job("train", waits_for(go))], kubeconfig=kubeconfig).wait()
    assert retry.report["status"] == "success" and any("earlier attempt" in line for line in retry.lines), retry.text


def test_a_hang_and_a_restart_lose_no_line_of_a_log(runs, cluster, namespace, tmp_path):
    go = tmp_path / "go"
    script = "for n in 1 2 3; do echo line $n; done; until [ -e %s ]; do sleep 0.2; done; echo line 4" % go
    run = runs([job("train", script)]).until("line 3")
    cluster.pause_api_server()
    try:
        go.touch()
        wait_until(lambda: not cluster.node.processes(pod_of(cluster)), what="the pod has ended")
    finally:
        cluster.pause_api_server(False)
    cluster.restart_api_server()
    run.wait()
    assert run.report["status"] == "success", run.text
    assert [line.rpartition("] ")[2] for line in run.lines if "] line " in line] == ["line 1", "line 2", "line 3", "line 4"]


def pod_of(cluster):
    return next((each.name for each in cluster.node.pods() if each.name.startswith("train-")), "")


def test_an_address_where_no_server_listens(runs, cluster, namespace):
    run = runs(
        [job("train", "true")],
        kubeconfig=cluster.kubeconfig(namespace=namespace, address="https://127.0.0.1:1"),
        unreachableTimeout=2,
    ).wait()
    assert run.report["status"] == "failure"
    assert "the API server has not answered for" in run.lines[-1] and "nothing has been created" in run.lines[-1], run.text
