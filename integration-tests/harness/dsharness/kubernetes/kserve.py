# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A small controller for InferenceServices that makes Deployments and sets the status as KServe's own does.

What is to go wrong, an annotation of the object says: `dsharness/bad-moment`.

    slow            the controller begins three seconds late; the status of the version before stays meanwhile
    always-ready    Ready and UpToDate whatever the pods do
    no-generation   the status never says which generation it is about
    stale           the model's status stays that of a pod of a version before, which failed and has been taken back
"""

import itertools
import time

from dsharness.kubernetes.serving import SERVERS_PORT, Platform

BAD_MOMENT = "dsharness/bad-moment"
LABEL = "serving.kserve.io/inferenceservice"

#: What the true controller keeps to itself.
_NOT_HANDED_ON = {"kubectl.kubernetes.io/last-applied-configuration"}

#: What the true controller sets where neither the runtime nor the object has a probe.
_PROBE = {"tcpSocket": {"port": SERVERS_PORT}}
_SECONDS_LATE = 3.0
#: So long a revision stays without requests: those on their way to it are answered.
_SECONDS_IDLE = 3.0


def _handed_on(meta, predictor):
    """(labels, annotations) of the pods: those of the object are among them."""
    labels = dict(meta.get("labels") or {}, **(predictor.get("labels") or {}))
    labels.update({LABEL: meta["name"], "component": "predictor"})
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _NOT_HANDED_ON}
    return labels, dict(annotations, **(predictor.get("annotations") or {}))


def _condition(name, status, reason="", message=""):
    return {key: value for key, value in (("type", name), ("status", status), ("reason", reason), ("message", message)) if value}


class KServe(Platform):
    """KServe in its mode without Knative."""

    KIND = ("serving.kserve.io", "v1beta1", "InferenceService", "inferenceservices")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._first_seen = {}
        self._idle_since = {}
        self._requests = itertools.count()

    def reconcile(self, resource):
        meta = resource["metadata"]
        moments = (meta.get("annotations") or {}).get(BAD_MOMENT, "")
        key = (meta["uid"], str(meta.get("annotations")), meta["generation"])
        since = self._first_seen.setdefault(key, time.monotonic())
        if "slow" in moments and time.monotonic() - since < _SECONDS_LATE:
            return
        predictor = resource["spec"]["predictor"]
        model = predictor.get("model") or {}
        status = dict(resource.get("status") or {}, deploymentMode="RawDeployment")
        if model.get("runtime") == "missing":
            status["modelStatus"] = {
                "transitionStatus": "InvalidSpec",
                "states": {"targetModelState": "FailedToLoad"},
                "lastFailureInfo": {"reason": "RuntimeNotRecognized", "message": "Waiting for runtime to become available"},
            }
            self.set_status(resource, status)
            return
        deployment = self._deployment(resource, predictor, model)
        # The patch answers with the status of before: what counts is the one that the next look sees.
        status = self._status(resource, status, deployment, moments)
        if "stale" in moments:
            fault = {"message": "of the version before"}
            status["modelStatus"] = {"transitionStatus": "BlockedByFailedLoad", "lastFailureInfo": fault}
        self.set_status(resource, status)

    def _deployment(self, resource, predictor, model):
        meta = resource["metadata"]
        container = self._container(meta["name"], model)
        container["resources"] = model.get("resources") or {}
        labels, annotations = _handed_on(meta, predictor)
        replicas = predictor.get("minReplicas", 1)
        return self.deployment(resource, meta["name"] + "-predictor", labels, annotations, replicas, container)

    def _container(self, name, model):
        variables = dict({each["name"]: each["value"] for each in model.get("env") or []}, MODEL_NAME=name)
        files, probe = self.files(model.get("storageUri", "")), model.get("readinessProbe") or _PROBE
        return self.server("kserve-container", files, variables, model.get("image"), probe)

    def _status(self, resource, before, deployment, moments):
        meta = resource["metadata"]
        found = {each["type"]: each for each in (deployment.get("status") or {}).get("conditions") or []}
        available = found.get("Available", {"status": "Unknown"})
        # As versions of KServe do that look at one condition only: it holds while the old pods serve and the new ones start.
        predictor = _condition("PredictorReady", available["status"], available.get("reason"), available.get("message"))
        if "always-ready" in moments:
            predictor = _condition("PredictorReady", "True")
        ready = dict(predictor, type="Ready")
        status = dict(before, conditions=[_condition("IngressReady", "True"), predictor, ready])
        status["components"] = {"predictor": {}}
        generation = (deployment.get("status") or {}).get("observedGeneration")
        if generation is not None and "no-generation" not in moments:
            status["observedGeneration"] = generation
        status["modelStatus"] = self._model_status(meta, before, ready["status"] == "True", moments)
        if ready["status"] == "True":
            status["url"] = "http://%s-%s.models.test" % (meta["name"], meta["namespace"])
        return status

    def _model_status(self, meta, before, ready, moments):
        # The true controller does not look at the newest pod's containers while the former version keeps the service ready.
        failure = None if ready or "always-ready" in moments else self._failure(meta)
        if failure is not None:
            return {
                "transitionStatus": "BlockedByFailedLoad",
                "states": {"targetModelState": "FailedToLoad"},
                "lastFailureInfo": failure,
            }
        return {"transitionStatus": "UpToDate" if ready else "InProgress"}

    def _failure(self, meta):
        pods = self.pods(meta["namespace"], "%s=%s" % (LABEL, meta["name"]))
        for pod in sorted(pods, key=lambda each: each["metadata"]["creationTimestamp"], reverse=True)[:1]:
            for status in pod["status"].get("containerStatuses") or []:
                ended = (status.get("lastState") or {}).get("terminated")
                waiting = (status.get("state") or {}).get("waiting") or {}
                if ended and waiting.get("reason") == "CrashLoopBackOff":
                    return {"reason": "ModelLoadFailed", "exitCode": ended["exitCode"], "message": ended.get("message", "")}
        return None

    def route(self, host, path):
        for resource in (self.api.request("GET", "/apis/serving.kserve.io/v1beta1/inferenceservices") or {}).get("items") or []:
            meta = resource["metadata"]
            if host == "%s-%s.models.test" % (meta["name"], meta["namespace"]):
                return self.ready_port(meta["namespace"], "%s=%s" % (LABEL, meta["name"])), path
        return None


class KServeOnKnative(KServe):
    """KServe with Knative: a revision, which has a Deployment, for each version; traffic is shared among revisions.

    A revision gets requests when it is ready; with `canaryTrafficPercent` it gets so much, and the revision that had all
    requests before gets the others.
    """

    def reconcile(self, resource):
        meta, predictor = resource["metadata"], resource["spec"]["predictor"]
        status = dict(resource.get("status") or {}, deploymentMode="Serverless")
        known = dict((status.get("components") or {}).get("predictor") or {})
        template = self._template(resource, predictor)
        created = known.get("latestCreatedRevision")
        if created is None or self._made.get((meta["uid"], created)) != template:
            number = int(created.rpartition("-")[2]) + 1 if created else 1
            created = known["latestCreatedRevision"] = "%s-predictor-%05d" % (meta["name"], number)
            self._made[meta["uid"], created] = template
        deployment = self._revision(resource, created, template)
        ready = ((deployment.get("status") or {}).get("availableReplicas") or 0) > 0
        if ready:
            known["latestReadyRevision"] = created
        self._share(known, predictor.get("canaryTrafficPercent"))
        condition = _condition("PredictorReady", "True" if ready else "Unknown", "" if ready else "RevisionMissing")
        status.update(
            conditions=[_condition("IngressReady", "True"), condition, dict(condition, type="Ready")],
            components={"predictor": known},
            observedGeneration=1,
        )
        status["modelStatus"] = self._model_status(meta, status, ready, "")
        if known.get("traffic"):
            status["url"] = "http://%s-%s.models.test" % (meta["name"], meta["namespace"])
        self.set_status(resource, status)
        self._remove_revisions(meta, known)

    @property
    def _made(self):
        return self.__dict__.setdefault("_revisions", {})

    def _template(self, resource, predictor):
        """What a revision is made of, which is not the share of the requests."""
        labels, annotations = _handed_on(resource["metadata"], predictor)
        return {"labels": labels, "annotations": annotations, "model": predictor["model"]}

    def _revision(self, resource, name, template):
        container = self._container(resource["metadata"]["name"], template["model"])
        labels = dict(template["labels"], revision=name)
        return self.deployment(resource, name + "-deployment", labels, template["annotations"], 1, container)

    @staticmethod
    def _share(known, percent):
        latest, rolled_out = known.get("latestReadyRevision"), known.get("latestRolledoutRevision")
        if latest is None:
            return
        if rolled_out == latest == known["latestCreatedRevision"] and percent is not None:
            rolled_out = known.get("previousRolledoutRevision")
        if percent is None or rolled_out is None:
            if known.get("latestRolledoutRevision") != latest:
                known["previousRolledoutRevision"] = known.get("latestRolledoutRevision")
                known["latestRolledoutRevision"] = latest
            known["traffic"] = [{"latestRevision": True, "percent": 100, "revisionName": latest}]
            return
        known["traffic"] = [
            {"latestRevision": True, "percent": percent, "revisionName": latest},
            {"latestRevision": False, "percent": 100 - percent, "revisionName": rolled_out},
        ]

    def _remove_revisions(self, meta, known):
        """Those that get no requests any more are scaled down to nothing after a while, and here removed."""
        kept = {each["revisionName"] for each in known.get("traffic") or () if each["percent"]}
        kept.add(known["latestCreatedRevision"])
        path = "/apis/apps/v1/namespaces/%s/deployments" % meta["namespace"]
        listed = self.api.request("GET", "%s?labelSelector=%s=%s" % (path, LABEL, meta["name"])) or {}
        for each in listed.get("items") or []:
            key = each["metadata"]["uid"]
            if each["metadata"]["labels"]["revision"] in kept:
                self._idle_since.pop(key, None)
            elif time.monotonic() - self._idle_since.setdefault(key, time.monotonic()) > _SECONDS_IDLE:
                self.api.request("DELETE", "%s/%s" % (path, each["metadata"]["name"]))

    def route(self, host, path):
        for resource in (self.api.request("GET", "/apis/serving.kserve.io/v1beta1/inferenceservices") or {}).get("items") or []:
            meta = resource["metadata"]
            if host == "%s-%s.models.test" % (meta["name"], meta["namespace"]):
                known = ((resource.get("status") or {}).get("components") or {}).get("predictor") or {}
                turn = next(self._requests) * 37 % 100
                for target in known.get("traffic") or ():
                    turn -= target["percent"]
                    if turn < 0:
                        return self.ready_port(meta["namespace"], "revision=%s" % target["revisionName"]), path
        return None
