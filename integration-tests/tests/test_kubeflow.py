# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""KUBEFLOW tasks of a real DolphinScheduler on a real API server with Kubeflow's own training operator."""

import re

import pytest

from dsharness.kubernetes.faulty_api import FaultyApi
from dsharness.kubernetes.training import container, pytorch_job, reach
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, given, manifest, out

AT_ONCE = 20

#: What a parameter may hold without anything running, and without a key or a document more.
HOSTILE = [
    "$(touch MARK)",
    "`touch MARK`",
    "'; touch MARK; '",
    '"; touch MARK; "',
    "a\nkey: added",
    "a\n---\nkind: Secret",
    "{{ x }} ${HOME} $[1+1]",
    "&a *a !!python/object x",
    "中文 \\ \t end",
]


@pytest.fixture(scope="module")
def node(cluster):
    """node(name, objects, ...) -> a node whose task reaches the cluster as `user`."""

    def make(name, objects, user="administrator", local=(), kubeconfig=None, **options):
        return manifest(name, objects, local=[*reach(kubeconfig or cluster.kubeconfig(user)), *local], **options)

    return make


@pytest.fixture(scope="module", autouse=True)
def timed_out(start, node):
    """Started first: a time-out of DolphinScheduler is at least a minute long."""
    return start(Workflow("times out", [node("too slow", [pytorch_job("too-slow", "sleep 900")], timeout_minutes=1)]))


@pytest.fixture(scope="module")
def ran(run, node, place):
    wrong = pytorch_job("wrong", "true")
    wrong["spec"]["pytorchReplicaSpecs"]["Master"]["replicas"] = "many"
    hostile = [{"name": "V%d" % number, "value": "${p%d}" % number} for number in range(len(HOSTILE))]
    show = "for n in $(seq 0 %d); do printenv V$n; echo .; done" % (len(HOSTILE) - 1)
    values = [given("p%d" % number, text.replace("MARK", str(place / "MARK"))) for number, text in enumerate(HOSTILE)]
    return run(
        Workflow(
            "jobs",
            [
                node(
                    "succeeds",
                    [pytorch_job("succeeds", "echo rank $RANK of $WORLD_SIZE; echo '${setValue(loss=0.25)}'", "echo rank $RANK")],
                    local=[out("loss", "DOUBLE")],
                ),
                node("fails", [pytorch_job("fails", "echo no data; exit 3")]),
                node("wrong field", [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "never-made"}}, wrong]),
                node("broken YAML", "kind: [Job"),
                node("no rights", [pytorch_job("no-rights", "true")], user="without-rights"),
                node("hostile values", [pytorch_job("hostile", container(show, env=hostile))], local=values),
            ],
        )
    )


def test_a_distributed_job_succeeds_with_logs_and_outputs(ran):
    assert ran.task("succeeds")["state"] == "SUCCESS", ran.lines("succeeds")
    lines = ran.lines("succeeds")
    assert "[master-0] rank 0 of 2" in lines and "[worker-0] rank 1" in lines, lines
    outputs = ran.outputs("succeeds")
    assert outputs["loss"] == "0.25" and outputs["kubeflow.name"] == "succeeds" and outputs["kubeflow.state"] == "Succeeded"


def test_a_failure_ends_with_the_pods_exit_code(ran):
    assert ran.task("fails")["state"] == "FAILURE"
    lines = ran.lines("fails")
    assert "(master-0, container pytorch): exit code 3" in lines[-1] and "[master-0] no data" in lines, lines


def test_a_wrong_manifest_makes_nothing_and_names_document_and_line(ran, cluster):
    lines = ran.lines("wrong field")
    assert ran.task("wrong field")["state"] == "FAILURE"
    assert re.match(r"yamlContent: document 2, line \d+, PyTorchJob wrong: .*replicas", lines[-1]), lines
    assert cluster.get("configmap", "never-made") is None
    assert ran.lines("broken YAML")[-1].startswith("yamlContent: line 1 is not YAML: "), ran.lines("broken YAML")


def test_a_missing_right_is_a_sentence(ran):
    assert ran.task("no rights")["state"] == "FAILURE"
    assert "do not let without-rights get pytorchjobs.kubeflow.org in namespace default" in ran.lines("no rights")[-1]


def test_hostile_values_arrive_and_add_nothing(ran, cluster, place):
    assert ran.task("hostile values")["state"] == "SUCCESS", ran.lines("hostile values")
    found = cluster.get("pytorchjob", "hostile")
    container = found["spec"]["pytorchReplicaSpecs"]["Master"]["template"]["spec"]["containers"][0]
    expected = [text.replace("MARK", str(place / "MARK")) for text in HOSTILE]
    assert [each["value"] for each in container["env"]] == expected
    assert not (place / "MARK").exists()
    assert set(found) == {"apiVersion", "kind", "metadata", "spec", "status"}


def test_no_log_has_a_token(ran, cluster, ds):
    for name in ("succeeds", "fails", "no rights"):
        for user in ("administrator", "without-rights"):
            assert cluster.token(user) not in ran.log(name)
    assert cluster.token("administrator") not in ds.log()


def started(cluster, pod):
    wait_until(lambda: cluster.node.processes(pod), 300, "pod %s runs" % pod)


def test_a_kill_deletes_the_job_and_its_pods(cluster, start, finish, project, node):
    instance = start(Workflow("killed", [node("killed", [pytorch_job("killed", "sleep 900", "sleep 900")])]))
    started(cluster, "killed-worker-0")
    project.kill(instance)
    wait_until(lambda: cluster.get("pytorchjob", "killed") is None, what="the job is deleted")
    wait_until(lambda: not cluster.node.processes("killed-master-0") and not cluster.node.processes("killed-worker-0"))
    finished = finish(instance)
    assert finished.task("killed")["state"] == "KILL"
    assert finished.printed("killed", "PyTorchJob default/killed has been deleted"), finished.lines("killed")


def test_a_job_over_its_time_is_deleted(cluster, timed_out, finish):
    finished = finish(timed_out)
    assert finished.task("too slow")["state"] == "FAILURE"
    wait_until(lambda: cluster.get("pytorchjob", "too-slow") is None, what="the job is deleted")


@pytest.fixture
def faulty_api(cluster):
    made = FaultyApi(cluster)
    yield made
    made.close()


def test_an_api_server_that_hangs_restarts_and_answers_500_is_waited_for(cluster, faulty_api, start, finish, node, place):
    go = place / "go"
    script = "echo begun; until [ -e %s ]; do sleep 0.2; done; echo over" % go
    instance = start(
        Workflow(
            "patient",
            [
                node("patient", [pytorch_job("patient", script)]),
                node(
                    "refused",
                    [pytorch_job("refused", script)],
                    kubeconfig=cluster.kubeconfig(address=faulty_api.address),
                    local=[given("kubeflow.logs", "none")],
                ),
            ],
        )
    )
    for pod in ("patient-master-0", "refused-master-0"):
        started(cluster, pod)
    faulty_api.broken = "500"
    wait_until(lambda: faulty_api.refused > 3, what="requests that are answered with 500")
    cluster.pause_api_server()
    try:
        go.touch()
        wait_until(lambda: not cluster.node.processes("patient-master-0"), what="the pod has ended")
    finally:
        cluster.pause_api_server(False)
    cluster.restart_api_server()
    faulty_api.broken = None
    finished = finish(instance)
    assert finished.task("refused")["state"] == "SUCCESS", finished.lines("refused")
    assert any("gives no definite answer; the request is repeated" in line for line in finished.lines("refused"))
    assert finished.task("patient")["state"] == "SUCCESS", finished.lines("patient")
    assert finished.lines("patient").count("[master-0] over") == 1, finished.lines("patient")


def test_twenty_at_once(run, node):
    names = ["one-of-many-%d" % number for number in range(AT_ONCE)]
    finished = run(Workflow("many", [node(name, [pytorch_job(name, "echo %s" % name)]) for name in names]))
    assert finished.state == "SUCCESS"
    for name in names:
        assert "[master-0] %s" % name in finished.lines(name), finished.lines(name)
