# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Decides when a Kubernetes object has ended or is ready: for each kind, what its controller's status means.

A condition only counts with status True, and a status only if its controller has observed the current generation.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from dolphinml.kubernetes.objects import Condition, at, conditions, group, holds, is_observed

WAITING = "waiting"
RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"

Resource = Dict[str, Any]

#: Annotations that differ between any two starts of an object. KServe copies those of an InferenceService to its pods.
START = "dolphinml.github.io/start"
ATTEMPT = "dolphinml.github.io/attempt"


# The status fields in which a Katib Experiment counts its trials, and the word for each count.
_TRIALS = (
    ("trialsSucceeded", "succeeded"),
    ("trialsEarlyStopped", "stopped early"),
    ("trialsRunning", "running"),
    ("trialsFailed", "failed"),
    ("trialMetricsUnavailable", "without metrics"),
    ("trialsKilled", "killed"),
)

# With the value true, KServe 0.15.2 and later remove the pods of an InferenceService but keep the object.
_STOP = "serving.kserve.io/stop"


class Verdict(NamedTuple):
    """The state of an object: one of the four states above, its kind's own word for it, and the reason."""

    state: str
    word: str
    why: str = ""

    @property
    def final(self) -> bool:
        return self.state in (SUCCEEDED, FAILED)

    @property
    def sentence(self) -> str:
        """Returns the word and the reason, as far as they are known."""
        return ": ".join(part for part in (self.word, self.why) if part)


class DependentObjects(NamedTuple):
    """Objects of other kinds whose status also counts: their kubectl resource and labels."""

    resource: str
    labels: Dict[str, str]


class Ttl(NamedTuple):
    """The field in which a kind has the seconds after which the cluster cleans up an ended object."""

    path: Tuple[str, ...]
    #: Other fields that may be set instead, each for one outcome only.
    others: Tuple[Tuple[str, ...], ...] = ()
    #: The field that must be true for them to apply; empty if there is none.
    switch: Tuple[str, ...] = ()
    #: Whether the object itself is deleted, and not only its pods.
    deletes: bool = True

    def shortest(self, resource: Resource) -> Optional[Tuple[str, int]]:
        """Returns the path and seconds of the shortest one that is set and deletes the object; None if there is none."""
        found = [
            (".".join(path), seconds)
            for path, seconds in ((path, at(resource, *path)) for path in (self.path, *self.others))
            if self.deletes and isinstance(seconds, int)
        ]
        return min(found, key=lambda each: each[1]) if found else None


class Contract(NamedTuple):
    """What is known about a kind."""

    #: Returns the state of an object, given the dependent objects that `parts` names.
    verdict: Callable[[Resource, List[Resource]], Verdict]
    #: The labels of its pods: each pod has one of these sets. Empty if it has no pods of its own.
    pods: Callable[[Resource], List[Dict[str, str]]]
    #: Whether it ends by itself, as a job does; a service becomes ready instead, and is updated in place.
    ends: bool = True
    parts: Callable[[Resource], List[DependentObjects]] = lambda resource: []
    ttl: Optional[Ttl] = None
    #: Returns a sentence if the manifest lacks a field without which the object never ends.
    objection: Callable[[Resource], Optional[str]] = lambda resource: None
    #: Whether its controller copies an object's labels and annotations to its pods, so that a new one replaces the pods.
    hands_on: bool = False


def _name(resource: Resource) -> str:
    return resource["metadata"]["name"]


def _labelled(label: str) -> Callable[[Resource], List[Dict[str, str]]]:
    return lambda resource: [{label: _name(resource)}]


def _selected(resource: Resource) -> List[Dict[str, str]]:
    chosen = at(resource, "spec", "selector", "matchLabels")
    return [chosen] if chosen else []


def _none(resource: Resource) -> List[Dict[str, str]]:
    return []


def _ended(found: Dict[str, Condition], success: str, failure: str) -> Optional[Verdict]:
    """Returns the verdict of a pair of conditions; a failure takes precedence over a success."""
    if holds(found, failure):
        return Verdict(FAILED, failure, found[failure].words())
    if holds(found, success):
        return Verdict(SUCCEEDED, success, found[success].words())
    return None


def _going(found: Dict[str, Condition], *names: str) -> Verdict:
    """Returns the verdict of an object that has not ended: the first of these conditions that holds is its progress."""
    for name in names:
        if holds(found, name):
            return Verdict(WAITING if name in ("Created", "Suspended") else RUNNING, name, found[name].words())
    return Verdict(WAITING, "Pending")


def training_job(resource: Resource, parts: List[Resource]) -> Verdict:
    """Kubeflow's v1 jobs."""
    found = conditions(resource)
    return _ended(found, "Succeeded", "Failed") or _going(found, "Suspended", "Restarting", "Running", "Created")


def train_job(resource: Resource, parts: List[Resource]) -> Verdict:
    """TrainJob of Kubeflow's Trainer v2, which has no condition while it runs."""
    found = conditions(resource)
    ended = _ended(found, "Complete", "Failed")
    return ended or _active(resource, "jobsStatus") or _going(found, "Suspended", "Created")


def job_set(resource: Resource, parts: List[Resource]) -> Verdict:
    found = conditions(resource)
    ended = _ended(found, "Completed", "Failed")
    return ended or _active(resource, "replicatedJobsStatus") or _going(found, "Suspended", "StartupPolicyInProgress")


def _active(resource: Resource, counts: str) -> Optional[Verdict]:
    """Returns the verdict, while one of its jobs runs, of an object that counts its jobs in this field of its status."""
    jobs = at(resource, "status", counts) or []
    return Verdict(RUNNING, "Running") if any(at(each, "active") for each in jobs) else None


def katib_experiment(resource: Resource, parts: List[Resource]) -> Verdict:
    """Experiment of Katib, which reports success when all trials are over, even if none of them succeeded."""
    found = conditions(resource)
    counts = {words: at(resource, "status", key) or 0 for key, words in _TRIALS}
    trials = ", ".join("%s %s" % (count, words) for words, count in counts.items() if count)
    good = counts["succeeded"] or counts["stopped early"] or at(resource, "status", "currentOptimalTrial", "bestTrialName")
    verdict = _ended(found, "Succeeded", "Failed")
    if verdict and verdict.state == SUCCEEDED and trials and not good:
        return Verdict(FAILED, "NoTrialSucceeded", "trials: " + trials)
    if verdict:
        return verdict
    going = _going(found, "Restarting", "Running", "Created")
    return going._replace(why="trials: " + trials) if trials else going


def job(resource: Resource, parts: List[Resource]) -> Verdict:
    """Job of the group batch. FailureTarget and SuccessCriteriaMet are set before its pods are gone, so are not final."""
    found = conditions(resource)
    verdict = _ended(found, "Complete", "Failed")
    if verdict:
        return verdict
    if holds(found, "Suspended"):
        return Verdict(WAITING, "Suspended", found["Suspended"].words())
    return Verdict(RUNNING, "Running") if at(resource, "status", "active") else Verdict(WAITING, "Pending")


def pod(resource: Resource, parts: List[Resource]) -> Verdict:
    phase = at(resource, "status", "phase") or "Pending"
    why = ": ".join(each for each in (at(resource, "status", "reason"), at(resource, "status", "message")) if each)
    states = {"Succeeded": SUCCEEDED, "Failed": FAILED, "Running": RUNNING}
    return Verdict(states.get(phase, WAITING), phase, why)


def _pod_objection(resource: Resource) -> Optional[str]:
    if at(resource, "spec", "restartPolicy") in ("Never", "OnFailure"):
        return None
    return "spec.restartPolicy: a Pod that is always restarted never ends; set Never or OnFailure, or use a Deployment"


def _rolled_out(resource: Resource) -> Optional[str]:
    """Returns what a Deployment still lacks; None if its current generation is available with all its replicas."""
    status = resource.get("status") or {}
    wanted = at(resource, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    updated, available = status.get("updatedReplicas") or 0, status.get("availableReplicas") or 0
    if not isinstance(status.get("observedGeneration"), int) or not is_observed(resource):
        return "its controller has not seen this version yet"
    if updated < wanted:
        return "%d of %d replicas are of this version" % (updated, wanted)
    if (status.get("replicas") or 0) > updated:
        return "%d replicas of the previous version still exist" % (status["replicas"] - updated)
    if available < updated:
        return "%d of %d replicas are available" % (available, updated)
    return None


def deployment(resource: Resource, parts: List[Resource]) -> Verdict:
    progressing = conditions(resource).get("Progressing")
    if is_observed(resource) and progressing and progressing.status == "False":
        if progressing.reason == "ProgressDeadlineExceeded":
            return Verdict(FAILED, progressing.reason, progressing.message)
    lacking = _rolled_out(resource)
    if lacking is None:
        return Verdict(SUCCEEDED, "Available")
    fault = conditions(resource).get("ReplicaFailure")
    return Verdict(RUNNING, "Progressing", fault.words() if fault and fault.status == "True" else lacking)


def _deployment_objection(resource: Resource) -> Optional[str]:
    return (
        "spec.paused: a Deployment that is paused does not become ready; leave it out"
        if at(resource, "spec", "paused") is True
        else None
    )


def stateful_set(resource: Resource, parts: List[Resource]) -> Verdict:
    status = resource.get("status") or {}
    wanted = at(resource, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    kept = at(resource, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    updated, ready = status.get("updatedReplicas") or 0, status.get("readyReplicas") or 0
    if not isinstance(status.get("observedGeneration"), int) or not is_observed(resource):
        return Verdict(WAITING, "Pending", "its controller has not seen this version yet")
    if kept and updated < wanted - kept:
        return Verdict(RUNNING, "Progressing", "%d of %d replicas are of this version" % (updated, wanted - kept))
    if not kept and wanted and status.get("updateRevision") != status.get("currentRevision"):
        return Verdict(RUNNING, "Progressing", "%d of %d replicas are of this version" % (updated, wanted))
    available = status.get("availableReplicas")
    if ready < wanted or (available is not None and available < wanted) or (status.get("replicas") or 0) != wanted:
        return Verdict(RUNNING, "Progressing", "%d of %d replicas are ready" % (ready, wanted))
    return Verdict(SUCCEEDED, "Ready")


def _on_delete_objection(resource: Resource) -> Optional[str]:
    if at(resource, "spec", "updateStrategy", "type") == "OnDelete":
        return "spec.updateStrategy.type: with OnDelete nothing says when the new version runs; use RollingUpdate"
    return None


def daemon_set(resource: Resource, parts: List[Resource]) -> Verdict:
    status = resource.get("status") or {}
    wanted = status.get("desiredNumberScheduled") or 0
    updated, available = status.get("updatedNumberScheduled") or 0, status.get("numberAvailable") or 0
    if not isinstance(status.get("observedGeneration"), int) or not is_observed(resource):
        return Verdict(WAITING, "Pending", "its controller has not seen this version yet")
    if updated < wanted or available < wanted:
        return Verdict(RUNNING, "Progressing", "%d updated and %d available of %d" % (updated, available, wanted))
    return Verdict(SUCCEEDED, "Available")


def _deployments_of(label: str) -> Callable[[Resource], List[DependentObjects]]:
    return lambda resource: [DependentObjects("deployments.v1.apps", {label: _name(resource)})]


def _lacking_part(parts: List[Resource]) -> Optional[str]:
    for part in parts:
        lacking = _rolled_out(part)
        if lacking is not None:
            return "Deployment %s: %s" % (_name(part), lacking)
    return None


def started_by(pod_or_template: Resource) -> Optional[str]:
    """Returns the start that a pod, or a pod template, belongs to."""
    known = at(pod_or_template, "metadata", "annotations") or {}
    return known.get(START) or known.get(ATTEMPT)


def _of_start(start: Optional[str], parts: List[Resource]) -> List[Resource]:
    """Returns the parts whose pods belong to this start."""
    return [part for part in parts if started_by(at(part, "spec", "template") or {}) == start]


def _saw_generation(resource: Resource) -> bool:
    """Whether the controller reports that it has observed the current generation; no report is not enough."""
    return isinstance(at(resource, "status", "observedGeneration"), int) and is_observed(resource)


def _components(resource: Resource) -> int:
    """Returns the minimum number of Deployments of an InferenceService."""
    return sum(1 for each in ("predictor", "transformer", "explainer") if at(resource, "spec", each) is not None) or 1


def _serves_without_knative(resource: Resource, own: List[Resource]) -> bool:
    """Whether these are all Deployments of an InferenceService without Knative, and all their replicas are available."""
    components = (at(resource, "status", "components") or {}).values()
    if any(each.get("latestCreatedRevision") for each in components):
        return False
    return len(own) >= _components(resource) and _lacking_part(own) is None


def inference_service(resource: Resource, parts: List[Resource]) -> Verdict:
    """InferenceService of KServe, which may be marked as stopped."""
    if at(resource, "metadata", "annotations", _STOP) == "true":
        stopped = holds(conditions(resource), "Stopped")
        return Verdict(SUCCEEDED, "Stopped") if stopped else Verdict(RUNNING, "Stopping")
    return _served(resource, parts)


def _served(resource: Resource, parts: List[Resource]) -> Verdict:
    """Returns the verdict of an InferenceService that is not stopped. Its conditions may all hold during a rollout.

    KServe's observedGeneration is that of the underlying Deployment or Knative Service. So if the object has a start, only
    Deployments whose pods have the same start count.

    Without Knative the model's status is that of the newest pod, even while that pod is being deleted, and KServe does not
    update it when the pod is gone. So after a rollback InProgress or BlockedByFailedLoad may stay forever.
    """
    found = conditions(resource)
    model = at(resource, "status", "modelStatus") or {}
    transition = str(model.get("transitionStatus") or "")
    start = started_by(resource)
    own = _of_start(start, parts)
    if start is None or at(resource, "status", "deploymentMode") == "ModelMesh":
        own = parts
        if not _saw_generation(resource) and not (transition == "InvalidSpec" and is_observed(resource)):
            return Verdict(WAITING, "Pending", "its controller has not seen this version yet")
    elif transition != "InvalidSpec" and len(own) < (1 if transition == "BlockedByFailedLoad" else _components(resource)):
        return Verdict(WAITING, "Pending", "its controller has not begun to roll out this version yet")
    elif _serves_without_knative(resource, own) and holds(found, "Ready") and transition != "InvalidSpec":
        transition = ""
    if transition in ("BlockedByFailedLoad", "InvalidSpec"):
        fault = model.get("lastFailureInfo") or {}
        return Verdict(
            FAILED,
            transition,
            ": ".join(str(fault[key]) for key in ("reason", "message", "exitCode") if fault.get(key) not in (None, "")),
        )
    ready = found.get("Ready")
    if not holds(found, "Ready"):
        return Verdict(WAITING, "NotReady", ready.words() if ready else "")
    if transition not in ("", "UpToDate"):
        return Verdict(RUNNING, transition)
    for name, component in sorted((at(resource, "status", "components") or {}).items()):
        created, latest = component.get("latestCreatedRevision"), component.get("latestReadyRevision")
        # Without Knative there is no ready revision.
        if created and latest and created != latest:
            return Verdict(RUNNING, "Rolling", "%s: revision %s is not ready yet" % (name, created))
    lacking = _lacking_part(own)
    return Verdict(RUNNING, "Rolling", lacking) if lacking else Verdict(SUCCEEDED, "Ready")


def _seldon_starts(resource: Resource) -> List[str]:
    """Returns the starts of the predictors of a SeldonDeployment; Seldon copies the annotations to their pods."""
    found = [
        started_by(component)
        for predictor in at(resource, "spec", "predictors") or []
        for component in predictor.get("componentSpecs") or []
    ]
    return [start for start in found if start]


def seldon_deployment(resource: Resource, parts: List[Resource]) -> Verdict:
    """SeldonDeployment of Seldon Core 1, which stays Available while a new version rolls out."""
    state = at(resource, "status", "state") or "Pending"
    why = at(resource, "status", "description") or ""
    if not is_observed(resource):
        return Verdict(WAITING, "Pending", "its controller has not seen this version yet")
    if state == "Failed":
        return Verdict(FAILED, state, why)
    for start in _seldon_starts(resource):
        if not _of_start(start, parts):
            return Verdict(WAITING, "Pending", "its controller has not begun to roll out this version yet")
    if state != "Available":
        return Verdict(WAITING, state, why)
    for name, counts in sorted((at(resource, "status", "deploymentStatus") or {}).items()):
        wanted, available = counts.get("replicas") or 0, counts.get("availableReplicas") or 0
        if available < wanted:
            return Verdict(RUNNING, "Rolling", "%s: %d of %d replicas are available" % (name, available, wanted))
    lacking = _lacking_part(parts)
    return Verdict(RUNNING, "Rolling", lacking) if lacking else Verdict(SUCCEEDED, state)


def seldon_model(resource: Resource, parts: List[Resource]) -> Verdict:
    """Model of Seldon Core 2."""
    found = conditions(resource)
    if not is_observed(resource):
        return Verdict(WAITING, "Pending", "its controller has not seen this version yet")
    ready = found.get("ModelReady")
    if ready is None:
        return Verdict(WAITING, "Pending")
    if ready.status == "True":
        return (
            Verdict(SUCCEEDED, "ModelReady")
            if holds(found, "Ready") or "Ready" not in found
            else Verdict(RUNNING, "ModelReady", found["Ready"].words())
        )
    if ready.reason in ("ModelFailed", "LoadFailed"):
        return Verdict(FAILED, ready.reason, ready.message)
    return Verdict(WAITING, ready.reason or "NotReady", ready.message)


def ray_job(resource: Resource, parts: List[Resource]) -> Verdict:
    """RayJob of KubeRay. A failed job is retried while `jobDeploymentStatus` says so."""
    status = resource.get("status") or {}
    stage, result = status.get("jobDeploymentStatus") or "", status.get("jobStatus") or ""
    why = ": ".join(each for each in (status.get("reason"), status.get("message")) if each)
    if not is_observed(resource):
        return Verdict(WAITING, "Pending", "its controller has not seen this version yet")
    if stage == "ValidationFailed":
        return Verdict(FAILED, stage, status.get("message") or "")
    if stage == "Failed" or (stage == "Complete" and result in ("FAILED", "STOPPED")):
        # When a deadline has passed, the job itself may still run.
        return Verdict(FAILED, result if result in ("FAILED", "STOPPED") else stage, why)
    if stage == "Complete":
        return Verdict(SUCCEEDED, result or stage, why) if result == "SUCCEEDED" else Verdict(WAITING, stage, why)
    return Verdict(RUNNING if stage == "Running" else WAITING, stage or "Pending", why)


def _ray_pods(resource: Resource) -> List[Dict[str, str]]:
    """Returns the labels of the Ray cluster's pods, and of the submitter's, which print the job's output."""
    cluster = at(resource, "status", "rayClusterName")
    found = [{"ray.io/cluster": cluster}] if cluster else []
    submitted = at(resource, "spec", "submissionMode") in (None, "", "K8sJobMode")
    return found + ([{"job-name": _name(resource)}] if submitted else [])


def workflow(resource: Resource, parts: List[Resource]) -> Verdict:
    """Workflow of Argo."""
    phase = at(resource, "status", "phase") or "Pending"
    states = {"Succeeded": SUCCEEDED, "Failed": FAILED, "Error": FAILED, "Running": RUNNING}
    return Verdict(states.get(phase, WAITING), phase, at(resource, "status", "message") or "")


_KUBEFLOW_PODS = _labelled("training.kubeflow.org/job-name")
_TTL = Ttl(("spec", "ttlSecondsAfterFinished"))
_RAY_TTL = _TTL._replace(switch=("spec", "shutdownAfterJobFinishes"), deletes=False)
_ARGO_TTL = Ttl(
    ("spec", "ttlStrategy", "secondsAfterCompletion"),
    (("spec", "ttlStrategy", "secondsAfterSuccess"), ("spec", "ttlStrategy", "secondsAfterFailure")),
)

_TRAINING = Contract(training_job, _KUBEFLOW_PODS, ttl=Ttl(("spec", "runPolicy", "ttlSecondsAfterFinished")))

#: By group and kind; all versions of a kind have the same contract.
CONTRACTS: Dict[Tuple[str, str], Contract] = {
    ("kubeflow.org", "PyTorchJob"): _TRAINING,
    ("kubeflow.org", "TFJob"): _TRAINING,
    ("kubeflow.org", "XGBoostJob"): _TRAINING,
    ("kubeflow.org", "MPIJob"): _TRAINING,
    ("kubeflow.org", "PaddleJob"): _TRAINING,
    ("kubeflow.org", "MXJob"): _TRAINING,
    ("kubeflow.org", "JAXJob"): _TRAINING,
    ("kubeflow.org", "Experiment"): Contract(katib_experiment, _labelled("katib.kubeflow.org/experiment")),
    ("trainer.kubeflow.org", "TrainJob"): Contract(train_job, _labelled("jobset.sigs.k8s.io/jobset-name")),
    ("jobset.x-k8s.io", "JobSet"): Contract(job_set, _labelled("jobset.sigs.k8s.io/jobset-name"), ttl=_TTL),
    ("batch", "Job"): Contract(job, _labelled("job-name"), ttl=_TTL),
    ("", "Pod"): Contract(pod, _none, objection=_pod_objection),
    ("apps", "Deployment"): Contract(deployment, _selected, ends=False, objection=_deployment_objection),
    ("apps", "StatefulSet"): Contract(stateful_set, _selected, ends=False, objection=_on_delete_objection),
    ("apps", "DaemonSet"): Contract(daemon_set, _selected, ends=False, objection=_on_delete_objection),
    ("serving.kserve.io", "InferenceService"): Contract(
        inference_service,
        _labelled("serving.kserve.io/inferenceservice"),
        ends=False,
        parts=_deployments_of("serving.kserve.io/inferenceservice"),
        hands_on=True,
    ),
    ("machinelearning.seldon.io", "SeldonDeployment"): Contract(
        seldon_deployment, _labelled("seldon-deployment-id"), ends=False, parts=_deployments_of("seldon-deployment-id")
    ),
    ("mlops.seldon.io", "Model"): Contract(seldon_model, _none, ends=False),
    ("ray.io", "RayJob"): Contract(ray_job, _ray_pods, ttl=_RAY_TTL),
    ("argoproj.io", "Workflow"): Contract(workflow, _labelled("workflows.argoproj.io/workflow"), ttl=_ARGO_TTL),
}

#: Kinds that take effect as soon as they exist.
_IN_FORCE: Dict[str, Any] = {
    "": {
        "ConfigMap",
        "Secret",
        "Service",
        "ServiceAccount",
        "Namespace",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "LimitRange",
        "ResourceQuota",
        "Endpoints",
        "PodTemplate",
    },
    "batch": {"CronJob"},
    "rbac.authorization.k8s.io": None,
    "networking.k8s.io": None,
    "policy": None,
    "autoscaling": None,
    "scheduling.k8s.io": None,
    "storage.k8s.io": None,
    "coordination.k8s.io": None,
    "discovery.k8s.io": None,
    "apiextensions.k8s.io": None,
    "admissionregistration.k8s.io": None,
    "trainer.kubeflow.org": {"TrainingRuntime", "ClusterTrainingRuntime"},
    "serving.kserve.io": {"ServingRuntime", "ClusterServingRuntime", "ClusterStorageContainer"},
    "argoproj.io": {"WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"},
    "kueue.x-k8s.io": {"ClusterQueue", "LocalQueue", "ResourceFlavor", "WorkloadPriorityClass"},
}

#: The contract of kinds that take effect as soon as they exist.
APPLIED = Contract(lambda resource, parts: Verdict(SUCCEEDED, "Applied"), _none, ends=False)


def contract_of(resource: Resource) -> Optional[Contract]:
    """Returns the contract of an object's kind; None if the kind is unknown."""
    key = (group(resource), resource["kind"])
    if key in CONTRACTS:
        return CONTRACTS[key]
    kinds = _IN_FORCE.get(key[0], ())
    return APPLIED if kinds is None or key[1] in kinds else None
