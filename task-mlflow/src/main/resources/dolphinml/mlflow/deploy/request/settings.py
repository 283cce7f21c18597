# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The node's settings. The worker has already checked every field; only what depends on this machine is
checked here."""

import re
from typing import Any, Dict, List, Optional

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.request import limits
from dolphinml.mlflow.deploy.state import places

#: The deployment types that create an object in a Kubernetes cluster.
CLUSTER_TYPES = ("KSERVE", "SELDON")
CLUSTER_SETTINGS = (
    "kubectl",
    "kubeconfig",
    "context",
    "namespace",
    "ingress",
    "serviceAccount",
    "replicas",
    "runtime",
    "readinessProbe",
    "image",
    "runtimePackages",
    "manifest",
)

_OF_ONE_TASK = (
    "kubectl",
    "kubeconfig",
    "context",
    "namespace",
    "ingress",
    "action",
    "trackingUri",
    "model",
    "name",
    "stateDir",
    "force",
    "canary",
    "canaryTime",
    "canaryTolerance",
    "checkPrediction",
)


def model_name_in(key: str) -> str:
    """Returns the registered model's name, or the last segment of any other URI or path."""
    match = re.match(r"^models:/([^/@]+)", key)
    return match.group(1) if match else key.rstrip("/").rpartition("/")[2]


def default_name(key: str, port: int, of_cluster: bool = False) -> str:
    """Returns the deployment's name if the node gives none: the model's name and the port, or, in a cluster, the model's name
    as a valid Kubernetes name."""
    if of_cluster:
        name = re.sub(r"[^a-z0-9]+", "-", model_name_in(key).lower()).strip("-") or "model"
        return ("m-" + name if name[0].isdigit() else name)[:40].rstrip("-")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", model_name_in(key)).strip("-._") or "model"
    return "%s-%d" % (name[:80], port)


class Settings:
    """The node's `deployment` object. Attributes have the request's names in snake case.

    recorded  the settings that a roll-back restores: all except those in _OF_ONE_TASK
    """

    def __init__(self, request: Dict[str, Any]) -> None:
        given = {key: value for key, value in request.items() if value is not None}
        self._given = given
        self.recorded = {key: value for key, value in given.items() if key not in _OF_ONE_TASK}
        self.action: str = given.get("action", "deploy")
        self.type: str = given.get("deployType", "MLFLOW")
        self.tracking_uri: str = given.get("trackingUri", "")
        self.model: str = given.get("model", "")
        self.host: str = given.get("host", "0.0.0.0")
        self.port: int = given.get("port", 7000)
        self.is_of_cluster = self.type in CLUSTER_TYPES
        self.name: str = given.get("name") or default_name(self.model, self.port, self.is_of_cluster)
        self.rolls_back = self.action == "rollback"
        self.state_directory = places.state_directory(given.get("stateDir"))
        self.serve_mode: str = given.get("serveMode", "detached")
        self.environment_manager: str = given.get("envManager", "local")
        self.workers: int = given.get("workers", 1)
        self.timeout: int = given.get("timeout", 60)
        self.start_timeout: int = given.get("startTimeout", 600)
        self.access_log: bool = given.get("accessLog", False)
        self.restart_policy: str = given.get("restartPolicy", "unless-stopped")
        self.check_prediction: bool = given.get("checkPrediction", True)
        self.force: bool = given.get("force", False)
        self.canary: float = given.get("canary", 0.0)
        self.canary_time: int = given.get("canaryTime", 300)
        self.canary_tolerance: float = given.get("canaryTolerance", 0.25)
        self.metrics: Optional[Dict[str, Any]] = None
        if given.get("metricsPort"):
            self.metrics = {"host": given.get("metricsHost", "127.0.0.1"), "port": given["metricsPort"]}
        # Empty without metrics, so that deployments recorded before metrics existed still compare as equal.
        self.watched = {"metrics": self.metrics} if self.metrics else {}
        self._read_container(given)
        self._read_bento(given.get("bento") or {})
        #: The settings of a deployment in a cluster, under the request's names.
        self.cluster: Dict[str, Any] = {key: given[key] for key in CLUSTER_SETTINGS if key in given}
        self.storage_map: Dict[str, str] = given.get("storageMap", {})
        #: The task's `Access` to the cluster, once it is set; Any, because its class is in a package that imports this one.
        self.access: Any = None

    def _read_container(self, given: Dict[str, Any]) -> None:
        self.cpu_limit, processors = limits.cpu(given.get("cpuLimit"), not self.is_of_cluster)
        self.memory_limit, memory = limits.memory(given.get("memoryLimit"), not self.is_of_cluster)
        faults = processors + memory
        if faults:
            raise TaskFailure(" | ".join(faults), faults)
        self.base_image: Optional[str] = given.get("baseImage")
        self.build_options: List[str] = given.get("buildOptions", [])
        self.image_environment: str = given.get("imageEnvManager", "local")
        self.run_options: List[str] = given.get("runOptions", [])
        self.labels: Dict[str, str] = given.get("labels", {})
        self.compose_file: Optional[str] = given.get("composeFile")
        self.prune_images: bool = given.get("pruneImages", False)
        self.keep_images: int = given.get("keepImages", 2)

    def _read_bento(self, given: Dict[str, Any]) -> None:
        self.batch_size: Optional[int] = given.get("batchSize")
        self.batch_latency: Optional[int] = given.get("batchLatency")
        self.bento_service: Optional[str] = given.get("service")
        self.bento_build: bool = given.get("build", False)

    def of_containers(self) -> Dict[str, Any]:
        """Returns the settings that decide whether the containers of a model are the same, as JSON under the request's names."""
        made_by = {
            "host": self.host,
            "port": self.port,
            "workers": self.workers,
            "timeout": self.timeout,
            "cpuLimit": self.cpu_limit,
            "memoryLimit": self.memory_limit,
            "baseImage": self.base_image,
            "buildOptions": self.build_options,
            "labels": self.labels,
            "deployType": self.type,
        }
        # Left out at its default, so that deployments recorded before this setting existed still compare as equal.
        return made_by if self.image_environment == "local" else dict(made_by, imageEnvManager=self.image_environment)

    def as_recorded(self, known: Dict[str, Any], model: str) -> "Settings":
        """Returns this task's settings with `model` and with the settings of the deployment's record, for a roll-back."""
        taken = {key: known[key] for key in ("deployType", "host", "port", "composeFile") if key in known}
        taken.update(known.get("settings") or {})
        # The settings in _OF_ONE_TASK, such as the canary, say how this task deploys; they are not the deployment's.
        own = {key: value for key, value in self._given.items() if key in _OF_ONE_TASK}
        return Settings(dict(self._given, **dict(taken, **dict(own, name=self.name, model=model))))
