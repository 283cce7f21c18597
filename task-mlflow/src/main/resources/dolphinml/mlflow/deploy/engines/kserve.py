# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType KSERVE: an InferenceService of KServe, protocol V2."""

from typing import Any, Dict, List, Optional

from dolphinml.common.optional import given
from dolphinml.kubernetes.contracts import START
from dolphinml.kubernetes.objects import at, title
from dolphinml.kubernetes.pods import Resource
from dolphinml.mlflow.deploy.cluster.gateway import Service
from dolphinml.mlflow.deploy.cluster.observation import Observation
from dolphinml.mlflow.deploy.cluster.resources import limits
from dolphinml.mlflow.deploy.cluster.template import EACH, Form
from dolphinml.mlflow.deploy.engines.cluster_service import ClusterService
from dolphinml.mlflow.deploy.engines.engine import Candidate
from dolphinml.mlflow.deploy.faults import EngineRefused

#: KServe's own MLServer runtime, which KServe chooses for MLflow models unless the node names one. It has no probe of its
#: own, serves on this port and names the model after the service.
RUNTIME, PORT = "kserve-mlserver", 8080

#: Variables with which the node's own manifest gives MLServer another port or the model another name.
_RENAMED_BY = ("MLSERVER_HTTP_PORT", "MLSERVER_MODEL_NAME")


class KServe(ClusterService):
    KIND = "KSERVE"
    API_VERSION, KIND_OF_OBJECT, PLATFORM = "serving.kserve.io/v1beta1", "InferenceService", "KServe"

    FORMS: List[Form] = [
        (("spec", "predictor"), dict),
        (("spec", "predictor", "annotations"), dict),
        (("spec", "predictor", "model"), dict),
        (("spec", "predictor", "containers"), list),
        (("spec", "predictor", "containers", EACH), dict),
        (("spec", "predictor", "containers", EACH, "env"), list),
        (("spec", "predictor", "containers", EACH, "env", EACH), dict),
    ]

    def generated(self, candidate: Candidate) -> Resource:
        settings, cluster = self.settings, self.settings.cluster
        model: Dict[str, Any] = {"modelFormat": {"name": "mlflow"}, "protocolVersion": "v2"}
        for key in ("runtime", "image"):
            if cluster.get(key):
                model[key] = cluster[key]
        resources = limits(settings)
        if resources:
            model["resources"] = resources
        model["env"] = [self.version_variable()]
        if self._has_stock_server():
            model["readinessProbe"] = self._probe()
        predictor: Dict[str, Any] = {"timeout": settings.timeout, "model": model}
        if cluster.get("replicas"):
            predictor["minReplicas"] = cluster["replicas"]
            predictor["maxReplicas"] = cluster["replicas"]
        if cluster.get("serviceAccount"):
            predictor["serviceAccountName"] = cluster["serviceAccount"]
        if self._template and isinstance(at(self._template, "spec", "predictor"), dict):
            if "containers" in self._template["spec"]["predictor"]:
                # A predictor has either containers or a model format.
                predictor.pop("model")
        return {"apiVersion": self.API_VERSION, "kind": self.KIND_OF_OBJECT, "spec": {"predictor": predictor}}

    def _has_stock_server(self) -> bool:
        """Whether KServe's MLServer runtime serves the model, and the node sets no probe, port or name of its own."""
        own = at(self._template, "spec", "predictor", "model") or {}
        named = {at(variable, "name") for variable in own.get("env") or []}
        return (
            self.settings.cluster.get("readinessProbe", True)
            and (own.get("runtime") or self.settings.cluster.get("runtime") or RUNTIME) == RUNTIME
            and at(own, "modelFormat", "name") in (None, "mlflow")
            and not {"readinessProbe", "ports", "command"} & set(own)
            and not named.intersection(_RENAMED_BY)
        )

    def _probe(self) -> Dict[str, Any]:
        """Returns a probe that keeps the old pods until the model is loaded; KServe's only sees the port, opened earlier."""
        return {
            "httpGet": {"path": "/v2/models/%s/ready" % self.settings.name, "port": PORT},
            "periodSeconds": 5,
            "timeoutSeconds": 5,
        }

    @staticmethod
    def put_address(manifest: Resource, address: str) -> None:
        predictor = manifest["spec"]["predictor"]
        if "model" in predictor:
            predictor["model"]["storageUri"] = address
            return
        # KServe's storage initializer reads this variable of a container, and puts the files into /mnt/models.
        container = predictor["containers"][0]
        others = [each for each in container.get("env") or [] if each.get("name") != "STORAGE_URI"]
        container["env"] = others + [{"name": "STORAGE_URI", "value": address}]

    @staticmethod
    def mark(manifest: Resource, start: str) -> None:
        predictor = manifest["spec"]["predictor"]
        predictor["annotations"] = dict(predictor.get("annotations") or {}, **{START: start})

    def cannot_share(self, observation: Observation) -> Optional[str]:
        status = at(observation.resource, "status") or {}
        mode = status.get("deploymentMode")
        # Earlier releases do not name the mode; only Knative has a ready revision.
        if mode in ("Serverless", "Knative") or (not mode and at(status, "components", "predictor", "latestReadyRevision")):
            return None
        return "KServe shares requests between versions with Knative only, and %s is of the mode %s" % (
            title(given(observation.resource)),
            mode or "that its status does not name",
        )

    def with_canary(self, manifest: Resource, former: Resource, percent: int) -> Resource:
        return _with_share(manifest, percent)

    def has_all(self, observation: Observation) -> bool:
        known = at(observation.resource, "status", "components", "predictor") or {}
        return all(
            each.get("latestRevision") or each.get("revisionName") == known.get("latestReadyRevision") or not each.get("percent")
            for each in known.get("traffic") or ()
        )

    def manifests_to_restore(self, former: Resource, shared: bool) -> List[Resource]:
        # Knative sends all requests to a new revision of the previous spec once it is ready, and until then to the last ready
        # one, which would be the candidate. A share of 0 leaves them with the version that had all requests before.
        return [_with_share(former, 0), former] if shared else [former]

    def service(self, resource: Resource) -> Service:
        address = at(resource, "status", "url") or at(resource, "status", "address", "url")
        if not address:
            raise EngineRefused("the status of %s names no address (status.url)" % title(resource))
        return Service(address, self.settings.name, self.settings.cluster.get("ingress"))

    def revision(self, observation: Observation) -> str:
        known = at(observation.resource, "status", "components", "predictor") or {}
        if known.get("latestReadyRevision"):
            return known["latestReadyRevision"]
        return self.deployment_revision(observation)


def _with_share(manifest: Resource, percent: int) -> Resource:
    spec = manifest["spec"]
    return dict(manifest, spec=dict(spec, predictor=dict(spec["predictor"], canaryTrafficPercent=percent)))
