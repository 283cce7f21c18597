# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""pytest's fixtures of a cluster; a conftest imports those that it needs."""

import contextlib

import pytest

from dsharness.kubernetes import binaries
from dsharness.kubernetes.cluster import Cluster


def need_cluster():
    """Skips the test where there is nothing to make a cluster of."""
    lacks = missing()
    if lacks:
        pytest.skip("no cluster: %s" % lacks)


def missing():
    """What this machine lacks for a cluster; empty if it has all."""
    try:
        for part in (binaries.etcd, binaries.directory):
            part()
    except binaries.Missing as lacks:
        return str(lacks)
    return ""


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A real cluster for the whole session."""
    need_cluster()
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@contextlib.contextmanager
def new_namespace(cluster, name):
    """A namespace that is there until the block ends; gives its name."""
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def namespace(cluster, request):
    """A namespace of the test's own."""
    with new_namespace(cluster, "t-%s" % abs(hash(request.node.nodeid))) as name:
        yield name
