# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A small controller for SeldonDeployments that makes Deployments and sets the status as Seldon Core 1 does.

It reports `Available` while an old pod still serves, as the true one does during a rolling update. The annotation
`dsharness/bad-moment: fails` lets it report `Failed`.
"""

import itertools

from dsharness.kubernetes.kserve import BAD_MOMENT
from dsharness.kubernetes.serving import Platform

LABEL = "seldon-deployment-id"


class Seldon(Platform):
    KIND = ("machinelearning.seldon.io", "v1", "SeldonDeployment", "seldondeployments")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._requests = itertools.count()

    def reconcile(self, resource):
        meta, found = resource["metadata"], {}
        if (meta.get("annotations") or {}).get(BAD_MOMENT) == "fails":
            self.set_status(resource, {"state": "Failed", "description": "the graph is wrong"})
            return
        for predictor in resource["spec"]["predictors"]:
            deployment = self._deployment(resource, predictor)
            found[deployment["metadata"]["name"]] = deployment
        listed = (
            self.api.request(
                "GET", "/apis/apps/v1/namespaces/%s/deployments?labelSelector=%s=%s" % (meta["namespace"], LABEL, meta["name"])
            )
            or {}
        )
        for each in listed.get("items") or []:
            if each["metadata"]["name"] not in found:
                self.api.request(
                    "DELETE", "/apis/apps/v1/namespaces/%s/deployments/%s" % (meta["namespace"], each["metadata"]["name"])
                )
        counts = {
            name: {
                "replicas": each["spec"]["replicas"],
                "availableReplicas": (each.get("status") or {}).get("availableReplicas", 0),
            }
            for name, each in found.items()
        }
        available = all(each["availableReplicas"] for each in counts.values())
        name = resource["spec"]["predictors"][0]["graph"]["name"]
        self.set_status(
            resource,
            {
                "state": "Available" if available else "Creating",
                "deploymentStatus": counts,
                "address": {
                    "url": "http://%s-default.%s.svc.cluster.local:8000/v2/models/%s/infer"
                    % (meta["name"], meta["namespace"], name)
                },
            },
        )

    def _deployment(self, resource, predictor):
        meta, component = resource["metadata"], predictor["componentSpecs"][0]
        [described] = component["spec"]["containers"]
        variables = {each["name"]: each["value"] for each in described.get("env") or []}
        variables["MODEL_NAME"] = predictor["graph"]["name"]
        container = self.server(described["name"], self.files(predictor["graph"]["modelUri"]), variables, described.get("image"))
        container["resources"] = described.get("resources") or {}
        # The object's own labels and annotations stay with it; those of its specification go to the pods.
        annotations = dict(resource["spec"].get("annotations") or {}, **(predictor.get("annotations") or {}))
        annotations.update((component.get("metadata") or {}).get("annotations") or {})
        return self.deployment(
            resource,
            "%s-%s-0-%s" % (meta["name"], predictor["name"], described["name"]),
            {LABEL: meta["name"], "seldon-app": "%s-%s" % (meta["name"], predictor["name"])},
            annotations,
            predictor.get("replicas", 1),
            container,
        )

    def route(self, host, path):
        parts = path.split("/", 4)
        if len(parts) < 5 or parts[1] != "seldon":
            return None
        namespace, name, rest = parts[2:]
        resource = self.api.request("GET", self.path_of({"metadata": {"namespace": namespace, "name": name}}))
        if resource is None:
            return None
        predictors = resource["spec"]["predictors"]
        turn, chosen = next(self._requests) * 37 % 100, predictors[0]
        if len(predictors) == 2 and turn < predictors[1].get("traffic", 0):
            chosen = predictors[1]
        # As Seldon makes routes when all Deployments are available: until then the requests go where they went before.
        for predictor in (chosen, predictors[0]):
            port = self.ready_port(namespace, "seldon-app=%s-%s" % (name, predictor["name"]))
            if port:
                break
        return port, "/" + rest
