# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Chooses the kubectl and the kubeconfig of a task."""

import os
from typing import Any, Dict, Optional, Tuple

from dolphinml.common import user
from dolphinml.common.program import Task, TaskFailure
from dolphinml.kubernetes import credentials
from dolphinml.kubernetes.kubectl import Kubectl, environment_with, find_kubectl

_POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_POD_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


def connect_kubectl(
    task: Task, options: str, settings: Dict[str, Any], patience: float, remedy: str = "", private: Optional[str] = None
) -> Kubectl:
    """Returns the kubectl of a task, and masks the kubeconfig's secrets in its log.

    Raises TaskFailure if there is no kubectl or no kubeconfig.

    options   the prefix of the task's options, for messages
    settings  "kubectl" (name or path), "context", "kubeconfig" (path of the one to use if the environment does not name
              one), "handedKubeconfig" (path of the one that DolphinScheduler passes), "kubeconfigSecret" (content of
              one); each may be None
    remedy    another way to give the task a kubeconfig, as the beginning of a list
    private   the folder for the content of a kubeconfig, if there may be one
    """
    program = settings.get("kubectl") or "kubectl"
    path = find_kubectl(program, dict(os.environ))
    if path is None:
        raise TaskFailure(
            "%s.kubectl: there is no %s on the worker's PATH for user %s; install kubectl there, or give"
            " its path" % (options, program, user.name())
        )
    kubeconfig, source = _kubeconfig(options, settings, remedy, private)
    kubectl = Kubectl(path, environment_with(kubeconfig, dict(os.environ)), task.console, settings.get("context"), patience)
    if not settings.get("handedKubeconfig"):  # the worker has masked that one's secrets: see KubeconfigSecrets.java
        task.hide(credentials.of_kubectl(kubectl))
    task.console.line("kubectl %s, kubeconfig %s" % (path, source))
    return kubectl


def _kubeconfig(options: str, settings: Dict[str, Any], remedy: str, private: Optional[str]) -> Tuple[Optional[str], str]:
    """Returns the path of the kubeconfig, None for kubectl's default, and a description of its source."""
    if settings.get("handedKubeconfig"):
        return settings["handedKubeconfig"], "of the cluster that the node names"
    if os.environ.get("KUBECONFIG"):
        return None, "of KUBECONFIG"
    if settings.get("kubeconfigSecret") and private:
        path = os.path.join(private, "kubeconfig-of-secret")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            stream.write(settings["kubeconfigSecret"])
        return path, "of the secret that %s.kubeconfig names" % options
    home, chosen = user.home(), settings.get("kubeconfig")
    if chosen:
        path = os.path.join(home, chosen[2:]) if chosen.startswith("~/") else chosen
        if not os.access(path, os.R_OK):
            raise TaskFailure(
                "%s.kubeconfig: %s cannot be read by user %s; give a file that it can read" % (options, path, user.name())
            )
        return path, path
    own = os.path.join(home, ".kube", "config") if home else ""
    if own and os.path.exists(own):
        return own, own
    if os.environ.get("KUBERNETES_SERVICE_HOST") and os.path.exists(_POD_TOKEN):
        return None, "none: the service account of this worker's pod"
    raise TaskFailure(
        "there is no kubeconfig for user %s: %sset KUBECONFIG in the node's environment or %s.kubeconfig, or"
        " put one into ~/.kube/config" % (user.name(), remedy, options)
    )


def namespace_of(kubectl: Kubectl) -> str:
    """Returns the namespace that kubectl uses by default."""
    found = kubectl.query("config", "view", "--minify", "--output", "jsonpath={..namespace}").out.strip()
    if found:
        return found.split()[0]
    try:
        with open(_POD_NAMESPACE, encoding="utf-8") as stream:
            return stream.read().strip() or "default"
    except OSError:
        return "default"
