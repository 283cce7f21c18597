# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Objects for the tests; their containers run as processes of this machine."""


def shell(script):
    return {"name": "main", "image": "any", "command": ["sh", "-c", script]}


def job(name, script, **spec):
    template = {"spec": {"restartPolicy": "Never", "containers": [shell(script)]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": dict({"backoffLimit": 0, "template": template}, **spec),
    }


def deployment(name, script, replicas=1, **container):
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [dict(shell(script), **container)]}},
        },
    }


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
