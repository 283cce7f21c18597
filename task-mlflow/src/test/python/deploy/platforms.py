# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a cluster with a platform of model serving, and deployments in it."""

import json

import pytest

from dsharness.kubernetes import binaries, mlserver
from dsharness.kubernetes.fixtures import cluster, namespace  # noqa: F401
from dsharness.kubernetes.kserve import KServe, KServeOnKnative
from dsharness.kubernetes.seldon import Seldon


@pytest.fixture(scope="session")
def mlserver_program():
    """The path of MLServer."""
    try:
        return mlserver.program()
    except binaries.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def artifacts(registry):
    """The directory of the registry's files, which the cluster has as pvc://models."""
    return registry.artifacts


@pytest.fixture
def knative(cluster, artifacts, mlserver_program):  # noqa: F811
    """KServe in its mode with Knative, for the length of one test: two controllers of one kind would be in each other's way."""
    with KServeOnKnative(cluster, artifacts, mlserver_program) as platform:
        yield platform


@pytest.fixture(scope="module")
def kserve(cluster, artifacts, mlserver_program):  # noqa: F811
    """The cluster with KServe's kinds and a controller for them, and the real MLServer; not beside `knative`."""
    with KServe(cluster, artifacts, mlserver_program) as platform:
        yield platform


@pytest.fixture(scope="session")
def seldon(cluster, artifacts, mlserver_program):  # noqa: F811
    """The cluster with Seldon's kind and a controller for it, and the real MLServer."""
    with Seldon(cluster, artifacts, mlserver_program) as platform:
        yield platform


class Services:
    """Runs the program with the requests of one namespace."""

    def __init__(self, deployer, cluster, namespace, artifacts, platform, deploy_type):  # noqa: F811
        self.deployer = deployer
        self.platform = platform
        self.namespace = namespace
        self._asked = {
            "deployType": deploy_type,
            "kubectl": binaries.kubectl(),
            "namespace": namespace,
            "storageMap": {"file://%s" % artifacts: "pvc://models"},
            "ingress": platform.gateway.address,
            "port": 7000,
            "startTimeout": 300,
        }
        self._environment = {"KUBECONFIG": str(cluster.kubeconfig(namespace=namespace)), "HOME": str(cluster.directory)}

    def start(self, kubeconfig=None, **asked):
        environment = dict(self._environment, **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}))
        return self.deployer.start(environment=environment, **dict(self._asked, **asked))

    def run(self, **asked):
        return self.start(**asked).finish()

    def refusing(self, folder):
        """An own manifest whose server answers each prediction with an error."""
        name, env = (
            self._asked["deployType"].lower(),
            [{"name": "REFUSES", "value": "petal length is missing"}, {"name": "MLSERVER_MODEL_VERSION", "value": "2"}],
        )
        if name == "kserve":
            own = {
                "apiVersion": "serving.kserve.io/v1beta1",
                "kind": "InferenceService",
                "spec": {"predictor": {"model": {"env": env}}},
            }
        else:
            container = {"name": "answers", "image": "light", "env": env}
            own = {
                "apiVersion": "machinelearning.seldon.io/v1",
                "kind": "SeldonDeployment",
                "spec": {
                    "predictors": [
                        {
                            "name": "refusing",
                            "graph": {"name": "answers", "implementation": "MLFLOW_SERVER"},
                            "componentSpecs": [{"spec": {"containers": [container]}}],
                        }
                    ]
                },
            }
        (folder / "refusing.yaml").write_text(json.dumps(own))
        return str(folder / "refusing.yaml")

    def light(self, **asked):
        """A run whose model server is a few lines, for what surrounds it."""
        return self.run(image="light", **asked)


@pytest.fixture
def services(deployer, cluster, namespace, artifacts, kserve):  # noqa: F811
    return Services(deployer, cluster, namespace, artifacts, kserve, "KSERVE")


@pytest.fixture
def knative_services(deployer, cluster, namespace, artifacts, knative):  # noqa: F811
    return Services(deployer, cluster, namespace, artifacts, knative, "KSERVE")


@pytest.fixture
def seldon_services(deployer, cluster, namespace, artifacts, seldon):  # noqa: F811
    return Services(deployer, cluster, namespace, artifacts, seldon, "SELDON")
