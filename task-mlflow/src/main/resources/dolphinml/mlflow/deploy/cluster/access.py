# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Access to a deployment's cluster; the API server's errors become EngineRefused."""

import functools
import os
from typing import Any, Callable, Dict, List, Optional, TypeVar, cast

from dolphinml.common.program import Task
from dolphinml.kubernetes import connection
from dolphinml.kubernetes.kubectl import Kubectl, Refused, Unanswered, environment_with
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.request.settings import Settings

#: How long the API server may be unreachable, in seconds: before anything is changed, and while a rollout is followed.
PATIENCE_BEFORE = 60.0
PATIENCE_DURING = 600.0

Method = TypeVar("Method", bound=Callable[..., Any])

_SETTINGS = ("kubectl", "kubeconfig", "context", "namespace")


class _NoConsole:
    """A console that discards its lines."""

    @staticmethod
    def line(text: str) -> None:
        pass


def refusals_of_the_cluster(method: Method) -> Method:
    """Decorates a method so that Refused and Unanswered of the API server become EngineRefused."""

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
        """The settings, without secrets, with which another process on this worker reaches the same namespace."""
        return {
            "kubectl": self.kubectl.program,
            "kubeconfig": self.kubectl.environment.get("KUBECONFIG"),
            "context": self.kubectl.context,
            "namespace": self.namespace,
        }

    def where(self) -> List[str]:
        return ["--namespace", self.namespace]


def access_of_settings(task: Task, settings: Settings, known: Optional[Dict[str, Any]] = None) -> Access:
    """Returns the access that the node's settings describe; settings that it leaves out come from `known`, a record on this
    worker."""
    recorded = (known or {}).get("cluster") or {}
    values = {key: settings.cluster.get(key) or recorded.get(key) for key in _SETTINGS}
    kubectl = connection.connect_kubectl(task, "mlflow", values, PATIENCE_BEFORE)
    return Access(kubectl, values["namespace"] or connection.namespace_of(kubectl))


def access_of_record(known: Dict[str, Any], console: Any = None) -> Access:
    """Returns the access to a deployment that a task on this worker created."""
    cluster = known["cluster"]
    environment = environment_with(cluster.get("kubeconfig"), dict(os.environ))
    kubectl = Kubectl(cluster["kubectl"], environment, console or _NoConsole(), cluster.get("context"), PATIENCE_BEFORE)
    return Access(kubectl, cluster["namespace"])
