# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The program against a real API server, whose node runs the commands of pods as processes."""

import base64
import json
import signal
import time

import pytest
from conftest import NONE
from manifests import config_map, deployment, job, shell

from dolphinml.common import user
from dsharness.kubernetes import kinds
from dsharness.kubernetes.kserve import KServe
from dsharness.kubernetes.node import warning
from dsharness.kubernetes.seldon import Seldon
from dsharness.waiting import wait_until


def test_a_job_is_followed_to_its_success(runs, cluster, namespace):
    run = runs(
        [config_map("settings", a="1"), job("train", "echo epoch 1; echo '${setValue(accuracy=0.9 (ok)=x)}'")],
        outputs=["accuracy"],
    ).wait()
    assert run.report["status"] == "success", run.text
    assert "Job %s/train has been created." % namespace in run.lines
    assert any(line.endswith("epoch 1") and line.startswith("[") for line in run.lines), run.text
    outputs = run.report["outputs"]
    assert outputs["kubeflow.name"] == "train" and outputs["kubeflow.namespace"] == namespace
    assert outputs["kubeflow.uid"] == cluster.get("job", "train", "-n", namespace)["metadata"]["uid"]
    assert outputs["kubeflow.state"] == "Complete" and outputs["kubeflow.start"] < outputs["kubeflow.end"]
    assert outputs["accuracy"] == "0.9 (ok)=x"


def test_a_failed_pods_exit_code_and_log_are_the_last_lines(runs):
    run = runs([job("train", "echo loading; echo no such file: iris.csv >&2; exit 3")]).wait()
    assert run.report["status"] == "failure"
    assert run.lines[-1].startswith("Pod train-") and run.lines[-1].endswith("container main): exit code 3"), run.text
    assert run.lines[-3].endswith("no such file: iris.csv")
    assert "BackoffLimitExceeded" in run.lines[-2]


def test_what_fails_to_prepare_a_pod_is_the_reason(runs):
    unprepared = job("train", "echo never")
    fetch = dict(shell("echo no such bucket: data; exit 5"), name="fetch")
    unprepared["spec"]["template"]["spec"]["initContainers"] = [fetch]
    run = runs([unprepared]).wait()
    assert run.report["status"] == "failure"
    assert run.lines[-1].endswith("container fetch): exit code 5"), run.text
    assert run.lines[-3].endswith("] no such bucket: data") and not any("never" in line for line in run.lines), run.text


def test_a_second_run_of_the_same_name_is_a_fault_and_not_a_success(runs):
    first = runs([job("train", "true")]).wait()
    assert first.report["status"] == "success", first.text
    second = runs([job("train", "true")], runKey="8/train").wait()
    assert second.report["status"] == "failure"
    assert "there is one of this name already, and it belongs to task train of workflow instance 7" in second.lines[-1]
    third = runs([job("train", "true")], runKey="8/train", sameName="replace").wait()
    assert third.report["status"] == "success", third.text
    assert third.report["outputs"]["kubeflow.uid"] != first.report["outputs"]["kubeflow.uid"]


def test_a_repetition_of_a_run_that_ended_starts_the_job_again(runs):
    first = runs([job("train", "true")]).wait()
    again = runs([job("train", "true")]).wait()
    assert again.report["status"] == "success", again.text
    assert again.report["outputs"]["kubeflow.uid"] != first.report["outputs"]["kubeflow.uid"]


def test_a_retry_takes_up_the_job_of_the_lost_attempt(runs, tmp_path):
    go = tmp_path / "go"
    script = "echo started; while [ ! -e %s ]; do sleep 0.1; done; echo done" % go
    lost = runs([job("train", script)]).until("started").kill(signal.SIGKILL)
    retry = runs([job("train", script)], task={"instanceId": 42}).until("earlier attempt")
    go.touch()
    retry.wait()
    assert retry.report["status"] == "success", retry.text
    assert not any("created" in line for line in retry.lines)
    assert any(line.endswith("done") for line in retry.lines)
    assert lost.report is None


def test_a_kill_deletes_what_the_run_created_and_only_that(runs, cluster, namespace):
    cluster.kubectl("create", "configmap", "found", "-n", namespace, "--from-literal=a=0")
    run = runs([config_map("found", a="1"), config_map("made", a="1"), job("train", "echo started; sleep 600")])
    run.until("started").kill().undo()
    assert cluster.get("job", "train", "-n", namespace) is None, run.text
    assert cluster.get("configmap", "made", "-n", namespace) is None
    assert cluster.get("configmap", "found", "-n", namespace)["data"] == {"a": "1"}
    assert cluster.get("pods", "-n", namespace) is None
    assert "Job %s/train has been deleted, and its pods are gone." % namespace in run.lines
    assert "ConfigMap %s/found was there before this workflow run, and stays." % namespace in run.lines


def test_a_namespace_goes_with_the_run_that_has_made_it_unless_others_use_it(runs, cluster, namespace):
    scratch = namespace + "-scratch"
    inside = config_map("settings", a="1")
    inside["metadata"]["namespace"] = scratch
    manifest = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scratch}}, inside]
    used = runs(manifest).wait()
    assert used.report["status"] == "success", used.text
    cluster.kubectl("create", "secret", "generic", "of-another-user", "-n", scratch)
    used = runs(manifest, cleanup="always").wait()
    assert "Namespace %s stays: with it the cluster would delete Secret %s/of-another-user." % (scratch, scratch) in used.lines
    assert cluster.get("configmap", "settings", "-n", scratch) is None, used.text
    cluster.kubectl("delete", "secret", "of-another-user", "-n", scratch)
    runs(manifest, cleanup="always").wait()
    assert cluster.get("namespace", scratch) is None


def test_a_container_that_is_started_again_is_followed_again(runs, tmp_path):
    tried = tmp_path / "tried"
    script = "if [ ! -e %s ]; then touch %s; echo first; exit 1; fi; echo second; echo '#{setValue(loss=0.5)}'" % (tried, tried)
    again = job("train", script, backoffLimit=3)
    again["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
    run = runs([again], outputs=["loss"]).wait()
    assert run.report["status"] == "success", run.text
    assert [line.rpartition("] ")[2] for line in run.lines if line.endswith(("] first", "] second"))] == ["first", "second"]
    assert run.report["outputs"]["loss"] == "0.5", run.text


def test_a_deployment_is_updated_in_place_and_waited_for(runs, cluster, namespace):
    both = [config_map("settings", kept="1", dropped="1"), deployment("web", "sleep 600", env=[{"name": "A", "value": "1"}])]
    first = runs(both).wait()
    assert first.report["status"] == "success", first.text
    assert "Deployment %s/web has been created." % namespace in first.lines, first.text
    second = runs([config_map("settings", kept="1"), deployment("web", "sleep 700", replicas=2)], runKey="8/train").wait()
    assert second.report["status"] == "success", second.text
    found = cluster.get("deployment", "web", "-n", namespace)
    assert found["status"]["updatedReplicas"] == found["status"]["availableReplicas"] == 2
    assert found["metadata"]["uid"] == first.report["outputs"]["kubeflow.uid"]
    # What the new manifest leaves out is gone.
    assert "env" not in found["spec"]["template"]["spec"]["containers"][0]
    assert cluster.get("configmap", "settings", "-n", namespace)["data"] == {"kept": "1"}


def test_nothing_is_made_if_one_document_is_wrong(runs, cluster, namespace):
    wrong = job("train", "true")
    wrong["spec"]["parallelism"] = "many"
    wrong["spec"]["template"]["spec"]["containers"][0]["img"] = "x"
    brief = job("brief", "true", ttlSecondsAfterFinished=0)
    run = runs([config_map("settings", a="1"), wrong, brief]).wait()
    assert run.report["status"] == "failure"
    assert run.lines[-2].startswith("yamlContent: document 2, line "), run.text
    assert "document 3" in run.lines[-1] and "spec.ttlSecondsAfterFinished: after 0 s the cluster deletes it" in run.lines[-1]
    assert cluster.get("configmap", "settings", "-n", namespace) is None


def test_a_warning_of_the_api_server_is_shown_and_no_failure(runs):
    twice = job("train", "echo $A")
    twice["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    run = runs([twice]).wait()
    assert run.report["status"] == "success", run.text
    assert sum(line.startswith("kubectl: Warning: ") and "hides previous definition" in line for line in run.lines) == 1, run.text


def test_one_object_in_two_documents_is_a_fault(runs, cluster, namespace):
    run = runs([job("train", "true"), job("train", "exit 3")]).wait()
    assert run.report["status"] == "failure"
    assert "document 2" in run.lines[-1] and "document 1 describes an object of this kind, name and namespace" in run.lines[-1]
    assert cluster.get("jobs", "-n", namespace) is None
    elsewhere = job("train", "exit 3")
    elsewhere["metadata"]["namespace"] = namespace
    run = runs([job("train", "true"), elsewhere]).wait()
    assert run.report["status"] == "failure"
    assert "another document describes an object of this kind, name and namespace" in run.lines[-1], run.text
    assert cluster.get("jobs", "-n", namespace) is None


def test_an_unknown_kind_is_a_fault_and_a_rule_gives_it_an_end(runs, cluster, namespace):
    widget = {"apiVersion": "test.io/v1", "kind": "Widget", "metadata": {"name": "one"}}
    run = runs([widget]).wait()
    assert "it is not known when an object of this kind has ended; set kubeflow.success" in run.lines[-1]
    rule = {"kind": None, "type": "jsonpath", "subject": "{.status.phase}", "value": "Done"}
    run = runs([widget], success=[dict(rule, subject="{.status.phase")]).wait()
    assert run.lines[-1].startswith("kubeflow.success: ") and "error parsing jsonpath {.status.phase" in run.lines[-1], run.text
    # The manifest may bring the kind itself. A list may have no entry yet when its first one is looked at.
    early = dict(rule, subject="{.status.steps[0]}", value="never")
    run = runs([kinds.definition("test.io", "v1", "Widget", "widgets"), widget], success=[early, rule]).until(
        "Widget %s/one has been created" % namespace
    )
    cluster.set_status("widget", "one", {"steps": []}, namespace)
    run.until("Running")
    cluster.set_status("widget", "one", {"phase": "Done"}, namespace)
    run.wait()
    assert run.report["status"] == "success", run.text
    condition = {"kind": "Widget", "type": "condition", "subject": "Broken", "value": "True"}
    run = runs([dict(widget, metadata={"name": "two"})], success=[rule], failure=[condition]).until("created")
    cluster.set_status(
        "widget", "two", {"conditions": [{"type": "Broken", "status": "True", "reason": "Worn", "message": "out"}]}, namespace
    )
    run.wait()
    assert run.report["status"] == "failure" and "condition=Broken=True: Worn: out" in run.lines[-1], run.text


def secret_of(tmp_path, name, text):
    """Puts a secret where a tenant's secrets are; returns the folder of all tenants'."""
    path = tmp_path / "secrets" / user.name() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(tmp_path / "secrets")


def test_a_kubeconfig_by_reference_is_used_and_its_token_is_hidden(cluster, namespace, runs, tmp_path):
    kubeconfig = cluster.kubeconfig(namespace=namespace).read_text(encoding="utf-8")
    directory = secret_of(tmp_path, "clusters/prod", kubeconfig)
    secret_of(tmp_path, "warehouse/password", "s3cret of the warehouse\n")
    objects = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "store"},
            "stringData": {
                "password": {"secretReference": "warehouse/password", "field": "yamlContent: document 1, stringData.password"}
            },
        }
    ]
    run = runs(
        objects,
        kubeconfig=NONE,
        secrets_directory=directory,
        kubeconfigSecret={"secretReference": "clusters/prod", "field": "kubeflow.kubeconfig", "document": True},
    ).wait()
    assert run.report["status"] == "success", run.text
    assert "Secrets read: warehouse/password, clusters/prod" in run.lines, run.text
    made = cluster.get("secret", "store", "-n", namespace)
    assert base64.b64decode(made["data"]["password"]).decode("utf-8") == "s3cret of the warehouse"
    assert "s3cret" not in json.dumps(made["metadata"])
    for text in (run.text, json.dumps(run.report)):
        assert "s3cret" not in text and cluster.token("administrator") not in text
    assert "of the secret that kubeflow.kubeconfig names" in run.text
    assert (run.private / "kubeconfig-of-secret").stat().st_mode & 0o777 == 0o600


def test_a_missing_kubeconfig_is_said_before_kubectl_runs(runs, tmp_path):
    run = runs(
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "never"}}],
        kubectl="/no/such/kubectl",
        secrets_directory=secret_of(tmp_path, "other", "x"),
        kubeconfigSecret={"secretReference": "clusters/prod", "field": "kubeflow.kubeconfig", "document": True},
    ).wait()
    assert run.lines[-1].startswith("kubeflow.kubeconfig: the secret clusters/prod cannot be read from "), run.text


def stuck(name, replicas=1, image="any", **spec):
    found = job(name, "true", parallelism=replicas, completions=replicas)
    pod = found["spec"]["template"]["spec"]
    pod["containers"][0]["image"] = image
    pod.update(spec)
    return found


def test_a_job_that_does_not_start_in_time_is_deleted_and_says_why(runs, cluster, namespace):
    def ended(run, reason):
        run.wait()
        assert run.report["status"] == "failure" and run.report["outputs"]["kubeflow.state"] == "NotStarted", run.text
        assert run.report["error"].startswith("kubeflow.startTimeout: Job %s/" % namespace), run.report
        assert "did not start within 2 s: " in run.report["error"] and reason in run.report["error"], run.text
        assert any(line.endswith("has been deleted, and its pods are gone.") for line in run.lines), run.text

    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "few", "namespace": namespace},
            "spec": {"hard": {"pods": "0"}},
        }
    )
    cluster.set_status("resourcequota", "few", {"hard": {"pods": "0"}, "used": {"pods": "0"}}, namespace)
    tried = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried"}, "spec": {"containers": [shell("true")]}}
    wait_until(
        lambda: (
            not cluster.kubectl(
                "create", "--dry-run=server", "-n", namespace, "-f", "-", "-o", "name", text=json.dumps(tried), check=False
            )
        ),
        what="the quota holds",
    )
    ended(runs([job("full", "true")], startTimeout=2), "exceeded quota: few")
    cluster.kubectl("delete", "resourcequota", "few", "-n", namespace)
    waiting = {
        "ImagePullBackOff": stuck("image", image="missing/train:1"),
        "Suspended": job("queued", "true", suspend=True),
        "Unschedulable: 0/1 nodes are available": stuck("place", replicas=2, nodeSelector={"gpu": "yes"}),
    }
    for run, reason in [(runs([each], startTimeout=2), reason) for reason, each in waiting.items()]:
        ended(run, reason)
    assert cluster.get("jobs", "-n", namespace) is None and cluster.get("pods", "-n", namespace) is None


def test_what_has_started_may_take_its_time(runs, tmp_path):
    go = tmp_path / "go"
    run = runs([job("train", "echo begun; until [ -e %s ]; do sleep 0.2; done" % go)], startTimeout=1).until("begun")
    time.sleep(3)
    go.touch()
    assert run.wait().report["status"] == "success", run.text


def test_warnings_and_failures_of_the_version_before_are_not_those_of_the_new_one(runs, cluster, namespace):
    broken = deployment("web", "echo the old key is wrong; exit 4")
    broken["metadata"]["namespace"] = namespace
    cluster.apply(broken)
    wait_until(lambda: "CrashLoopBackOff" in cluster.kubectl("get", "pods", "-n", namespace, "-o", "json"), what="a crash loop")
    cluster.apply(warning(cluster.get("deployment", "web", "-n", namespace), "Former", "no quota last week"))
    waiting = deployment("web", "sleep 600")
    waiting["spec"]["template"]["spec"]["nodeSelector"] = {"gpu": "yes"}
    run = runs([waiting], startTimeout=2).wait()
    assert "Unschedulable: 0/1 nodes are available" in run.report["error"], run.text
    assert not any(old in run.text for old in ("last week", "old key", "CrashLoopBackOff", "exit code 4")), run.text


def inference_service(name, **variables):
    env = [{"name": key, "value": value} for key, value in variables.items()]
    model = {"modelFormat": {"name": "mlflow"}, "storageUri": "pvc://models/iris", "image": "light", "env": env}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"model": model}},
    }


def seldon_deployment(name):
    container = {"name": name, "image": "light"}
    predictor = {
        "name": "default",
        "graph": {"name": name, "modelUri": "pvc://models/iris"},
        "componentSpecs": [{"spec": {"containers": [container]}}],
    }
    return {
        "apiVersion": "machinelearning.seldon.io/v1",
        "kind": "SeldonDeployment",
        "metadata": {"name": name},
        "spec": {"predictors": [predictor]},
    }


@pytest.fixture
def platforms(cluster, tmp_path):
    """The cluster with controllers of KServe and Seldon, and a model."""
    model = tmp_path / "models" / "iris"
    model.mkdir(parents=True)
    (model / "MLmodel").touch()
    with KServe(cluster, model.parent, "-"), Seldon(cluster, model.parent, "-"):
        yield


def test_an_unchanged_manifest_leaves_the_pods_alone(runs, cluster, namespace, platforms):
    def state():
        """The pods, and the run that each object names."""
        pods = {
            each["metadata"]["name"]: each["metadata"]["uid"]
            for each in cluster.get("pods", "-n", namespace)["items"]
            if not each["metadata"].get("deletionTimestamp")
        }
        kinds = ("deployment", "seldondeployment", "inferenceservice")
        objects = [cluster.get(kind, "answers-%s" % kind[0], "-n", namespace)["metadata"] for kind in kinds]
        return pods, [each["labels"]["dolphinml.github.io/task-instance"] for each in objects]

    manifest = [deployment("answers-d", "sleep 600"), seldon_deployment("answers-s"), inference_service("answers-i", A="1")]
    first = runs(manifest).wait()
    assert first.report["status"] == "success", first.text
    pods, named = state()
    assert len(pods) == 3 and named == ["41", "41", "41"]

    other = {"runKey": "8/train", "task": {"instanceId": 42, "workflowInstanceId": 8}}
    second = runs(manifest, **other).wait()
    assert second.report["status"] == "success", second.text
    # KServe would hand a new mark on to the pods, so its object names the run that changed it last.
    assert state() == (pods, ["42", "42", "41"]), second.text
    unchanged = "InferenceService %s/answers-i is in the cluster as the manifest describes it, and is left as it is." % namespace
    assert unchanged in second.lines and "Deployment %s/answers-d has been applied." % namespace in second.lines

    third = runs([inference_service("answers-i", A="2")], **other).wait()
    assert third.report["status"] == "success", third.text
    # KServe's status says nothing of a generation: the pods of the new version are waited for by their mark.
    changed, named = state()
    assert len(set(pods.items()) & set(changed.items())) == 2 and named == ["42", "42", "42"], third.text


def test_what_a_login_program_prints_is_hidden(runs, cluster, namespace, tmp_path):
    described = json.loads(cluster.kubeconfig(namespace=namespace).read_text(encoding="utf-8"))
    of_another_user = ["t0ken-in-a-file", "1d-token", "a2V5LTE=", "pa55word"]
    (tmp_path / "token").write_text(of_another_user[0])
    described["users"][0]["user"] = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
            "command": "sh",
            "args": ["-c", 'echo "$LOGIN, $* are refused" >&2; exit 3', "login", "--client-secret=s3cret", *of_another_user],
            "env": [{"name": "LOGIN", "value": "l0gin-variable"}],
        }
    }
    other = {"tokenFile": "token", "auth-provider": {"name": "oidc", "config": {"id-token": of_another_user[1]}}}
    other.update({"client-key-data": of_another_user[2], "username": "me", "password": of_another_user[3]})
    described["users"].append({"name": "other", "user": other})
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(described))
    run = runs([job("train", "true")], kubeconfig, unreachableTimeout=2).wait()
    assert run.report["status"] == "failure"
    assert "the kubeconfig's login program has failed for " in run.report["error"], run.text
    hidden = "******, --client-secret=****** ****** ****** ****** ****** are refused"
    assert hidden in run.report["error"] and hidden in run.text, run.text
