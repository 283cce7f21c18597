# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Kinds that tests bring into a cluster themselves."""


def definition(group, version, kind, plural):
    """The CustomResourceDefinition of a kind whose spec and status may hold anything."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "%s.%s" % (plural, group)},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything, "status": anything}}},
                }
            ],
        },
    }


def define(cluster, group, version, kind, plural):
    """Brings a kind into the cluster, and waits until the API server serves it."""
    cluster.apply(definition(group, version, kind, plural))
    cluster.kubectl("wait", "--for=condition=Established", "crd/%s.%s" % (plural, group), "--timeout=60s")
