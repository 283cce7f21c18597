# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType SELDON: a SeldonDeployment of Seldon Core 1, protocol V2."""

import urllib.parse
from typing import Any, Dict, List, Optional

from dolphinml.common.optional import given
from dolphinml.kubernetes.contracts import START
from dolphinml.kubernetes.kubectl import Refused
from dolphinml.kubernetes.objects import at, title
from dolphinml.kubernetes.pods import Resource
from dolphinml.mlflow.deploy.cluster import resources
from dolphinml.mlflow.deploy.cluster.gateway import Service
from dolphinml.mlflow.deploy.cluster.observation import Observation
from dolphinml.mlflow.deploy.cluster.template import EACH, NEEDED, Form
from dolphinml.mlflow.deploy.engines.cluster_service import ClusterService
from dolphinml.mlflow.deploy.engines.engine import Candidate
from dolphinml.mlflow.deploy.faults import EngineRefused

PREDICTOR = "default"


class Seldon(ClusterService):
    KIND = "SELDON"
    API_VERSION, KIND_OF_OBJECT, PLATFORM = "machinelearning.seldon.io/v1", "SeldonDeployment", "Seldon Core"

    FORMS: List[Form] = [
        (("spec", "predictors"), list),
        (("spec", "predictors", EACH), dict),
        (("spec", "predictors", EACH, "graph", NEEDED), dict),
        (("spec", "predictors", EACH, "graph", "name", NEEDED), str),
        (("spec", "predictors", EACH, "componentSpecs"), list),
        (("spec", "predictors", EACH, "componentSpecs", EACH), dict),
        (("spec", "predictors", EACH, "componentSpecs", EACH, "metadata"), dict),
        (("spec", "predictors", EACH, "componentSpecs", EACH, "metadata", "annotations"), dict),
    ]

    def alternative(self) -> str:
        try:
            self._access.kubectl.query("get", "Model.v1alpha1.mlops.seldon.io", "--output=name", *self._access.where())
        except Refused as refused:
            if refused.reason != "Forbidden":
                return super().alternative()
        return (
            "it has Seldon Core 2 (mlops.seldon.io), and SELDON is Seldon Core 1; apply a Model by a KUBEFLOW node, which"
            " waits until it is ready, or use KSERVE"
        )

    def generated(self, candidate: Candidate) -> Resource:
        name, cluster = self.settings.name, self.settings.cluster
        graph = {"name": name, "implementation": "MLFLOW_SERVER"}
        if cluster.get("serviceAccount"):
            graph["serviceAccountName"] = cluster["serviceAccount"]
        container: Dict[str, Any] = {"name": name, "env": [self.version_variable()]}
        if cluster.get("image"):
            container["image"] = cluster["image"]
        limited = resources.limits(self.settings)
        if limited:
            container["resources"] = limited
        unit = {"spec": {"containers": [container]}}
        predictor = {"name": self._predictor(candidate), "graph": graph, "componentSpecs": [unit]}
        if cluster.get("replicas"):
            predictor["replicas"] = cluster["replicas"]
        return {
            "apiVersion": self.API_VERSION,
            "kind": self.KIND_OF_OBJECT,
            "spec": {"name": name, "protocol": "v2", "predictors": [predictor]},
        }

    def _predictor(self, candidate: Candidate) -> str:
        """Returns the predictor's name. The pods of a canary stay after the switch, so it has its own name from the start."""
        if self._shares:
            return "v%d" % candidate.number
        former = at(self._remembered, "manifest", "spec", "predictors", 0, "name")
        return former or PREDICTOR

    def cannot_share(self, observation: Observation) -> Optional[str]:
        count = len(at(observation.resource, "spec", "predictors") or [])
        return (
            None
            if count == 1
            else "%s has %d predictors, and a canary is a second one" % (title(given(observation.resource)), count)
        )

    def with_canary(self, manifest: Resource, former: Resource, percent: int) -> Resource:
        old, new = former["spec"]["predictors"][0], manifest["spec"]["predictors"][0]
        predictors = [dict(old, traffic=100 - percent), dict(new, traffic=percent)]
        return dict(manifest, spec=dict(manifest["spec"], predictors=predictors))

    @staticmethod
    def put_address(manifest: Resource, address: str) -> None:
        manifest["spec"]["predictors"][0]["graph"]["modelUri"] = address

    @staticmethod
    def mark(manifest: Resource, start: str) -> None:
        for predictor in manifest["spec"]["predictors"]:
            unit = {"spec": {"containers": [{"name": predictor["graph"]["name"]}]}}
            for component in predictor.setdefault("componentSpecs", [unit]):
                meta = component.setdefault("metadata", {})
                meta["annotations"] = dict(meta.get("annotations") or {}, **{START: start})

    def service(self, resource: Resource) -> Service:
        model = at(resource, "spec", "predictors", -1, "graph", "name")
        ingress = self.settings.cluster.get("ingress")
        if ingress:
            return Service("%s/seldon/%s/%s" % (ingress.rstrip("/"), self._access.namespace, self.settings.name), model)
        address = at(resource, "status", "address", "url")
        if not address:
            raise EngineRefused("the status of %s names no address (status.address.url)" % title(resource))
        parts = urllib.parse.urlsplit(address)
        return Service("%s://%s" % (parts.scheme, parts.netloc), model)

    def revision(self, observation: Observation) -> str:
        """Returns the Deployment's revision; Seldon names its Deployments after their content."""
        return self.deployment_revision(observation)
