# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How a deployment's cluster is reached, and its refusals as those of an engine."""

import functools
import os
from typing import Any, Callable, Dict, List, Optional, TypeVar, cast

from dolphinml.common.program import Task
from dolphinml.kubernetes import connection
from dolphinml.kubernetes.kubectl import Kubectl, Refused, Unanswered, environment_with
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.request.settings import Settings

#: How long the API server may give no answer, in seconds: before anything is changed, and while a rollout is followed.
PATIENCE_BEFORE = 60.0
PATIENCE_DURING = 600.0

Method = TypeVar("Method", bound=Callable[..., Any])

_SETTINGS = ("kubectl", "kubeconfig", "context", "namespace")


class _NoConsole:
    """A console that drops what it is given."""

    @staticmethod
    def line(text: str) -> None:
        pass


def refusals_of_the_cluster(method: Method) -> Method:
    """Lets what the API server refuses, or does not answer, be the engine's refusal."""

    @functools.wraps(method)
    def asking(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except Refused as refused:
            raise EngineRefused(refused.sentence)
        except Unanswered as unanswered:
            raise EngineRefused("%s" % unanswered)

    return cast(Method, asking)


class Access:
    """kubectl, and the namespace of one deployment."""

    def __init__(self, kubectl: Kubectl, namespace: str) -> None:
        self.kubectl = kubectl
        self.namespace = namespace

    @property
    def described(self) -> Dict[str, Optional[str]]:
        """What another process on this worker needs to reach the same place, without secrets."""
        return {
            "kubectl": self.kubectl.program,
            "kubeconfig": self.kubectl.environment.get("KUBECONFIG"),
            "context": self.kubectl.context,
            "namespace": self.namespace,
        }

    def where(self) -> List[str]:
        return ["--namespace", self.namespace]


def access_of_settings(task: Task, settings: Settings, known: Optional[Dict[str, Any]] = None) -> Access:
    """The access that a node asks for; what it leaves open is as `known`, a record of this worker, says."""
    recorded = (known or {}).get("cluster") or {}
    values = {key: settings.cluster.get(key) or recorded.get(key) for key in _SETTINGS}
    kubectl = connection.connect_kubectl(task, "mlflow", values, PATIENCE_BEFORE)
    return Access(kubectl, values["namespace"] or connection.namespace_of(kubectl))


def access_of_record(known: Dict[str, Any], console: Any = None) -> Access:
    """The access to a deployment that a task on this worker has made."""
    cluster = known["cluster"]
    environment = environment_with(cluster.get("kubeconfig"), dict(os.environ))
    kubectl = Kubectl(cluster["kubectl"], environment, console or _NoConsole(), cluster.get("context"), PATIENCE_BEFORE)
    return Access(kubectl, cluster["namespace"])
