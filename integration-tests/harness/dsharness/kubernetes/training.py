# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Trainings on a cluster of the tests, whose containers run as processes of this machine, and what a node needs for them."""

from dsharness.kubernetes import binaries
from dsharness.workflow import given


def container(script, **more):
    """A replica's container that runs a shell script; `more` are other fields."""
    return dict({"name": "pytorch", "image": "any", "command": ["sh", "-c", script]}, **more)


def pytorch_job(name, master, worker=None, workers=1, **run_policy):
    """A PyTorchJob; `master` and `worker` are containers, or the scripts of such."""

    def replica(part, count):
        containers = [container(part) if isinstance(part, str) else part]
        return {"replicas": count, "restartPolicy": "Never", "template": {"spec": {"containers": containers}}}

    replicas = {"Master": replica(master, 1)}
    if worker:
        replicas["Worker"] = replica(worker, workers)
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "PyTorchJob",
        "metadata": {"name": name},
        "spec": {"runPolicy": run_policy, "pytorchReplicaSpecs": replicas},
    }


def reach(kubeconfig):
    """The parameters of a KUBEFLOW node by which it reaches the cluster of a kubeconfig, and looks at it often."""
    options = {"kubectl": binaries.kubectl(), "kubeconfig": str(kubeconfig), "pollInterval": "1"}
    return [given("kubeflow." + name, value) for name, value in options.items()]
