# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Workflows as values: nodes with their dependencies, turned into what the API server wants."""

import json


class Node:
    """One task. `parameters` are the fields of its form; `after` the names of the nodes it waits for."""

    def __init__(self, name, kind, parameters, after=(), environment=-1, retries=0, timeout_minutes=0, worker_group="default"):
        self.name = name
        self.kind = kind
        self.parameters = parameters
        self.after = list(after)
        self.environment = environment
        self.retries = retries
        self.timeout_minutes = timeout_minutes
        self.worker_group = worker_group

    def definition(self, code):
        timeout = self.timeout_minutes
        return {
            "code": code,
            "name": self.name,
            "description": "",
            "taskType": self.kind,
            "taskParams": dict({"localParams": [], "resourceList": []}, **self.parameters),
            "flag": "YES",
            "taskPriority": "MEDIUM",
            "workerGroup": self.worker_group,
            "environmentCode": self.environment,
            "failRetryTimes": self.retries,
            "failRetryInterval": 0,
            "timeoutFlag": "OPEN" if timeout else "CLOSE",
            "timeoutNotifyStrategy": "FAILED" if timeout else "",
            "timeout": timeout,
            "delayTime": 0,
            "cpuQuota": -1,
            "memoryMax": -1,
            "taskExecuteType": "BATCH",
        }


class Workflow:
    """A named graph of nodes with global parameters {name: default}."""

    def __init__(self, name, nodes, description="", parameters=None):
        self.name = name
        self.nodes = list(nodes)
        self.description = description
        self.parameters = dict(parameters or {})

    def global_parameters(self):
        return [{"prop": name, "direct": "IN", "type": "VARCHAR", "value": value} for name, value in self.parameters.items()]

    def definition(self, codes):
        """Task definitions, relations and places on the canvas; `codes` are ids that the server gave."""
        code = {node.name: number for node, number in zip(self.nodes, codes)}
        tasks = [node.definition(code[node.name]) for node in self.nodes]
        edges = [(code[before] if before else 0, code[node.name]) for node in self.nodes for before in (node.after or [None])]
        relations = [
            {
                "name": "",
                "preTaskCode": before,
                "preTaskVersion": 0 if before == 0 else 1,
                "postTaskCode": after,
                "postTaskVersion": 1,
                "conditionType": "NONE",
                "conditionParams": {},
            }
            for before, after in edges
        ]
        locations = [
            {"taskCode": code[node.name], "x": 120 + 280 * self._depth(node), "y": 80 + 110 * row}
            for row, node in enumerate(self.nodes)
        ]
        return tasks, relations, locations

    def _depth(self, node):
        by_name = {each.name: each for each in self.nodes}
        return 1 + max(self._depth(by_name[name]) for name in node.after) if node.after else 0


def out(name, kind="VARCHAR", value=""):
    """A custom parameter that the task fills."""
    return {"prop": name, "direct": "OUT", "type": kind, "value": value}


def given(name, value, kind="VARCHAR"):
    """A custom parameter that the task reads."""
    return {"prop": name, "direct": "IN", "type": kind, "value": value}


def shell(name, script, after=(), **options):
    """A node of the stock SHELL type."""
    return Node(name, "SHELL", {"rawScript": script, "localParams": options.pop("local", [])}, after, **options)


def notebook(name, source, target, environment_name, parameters="", after=(), local=(), fields=None, **options):
    """A JUPYTER node; `fields` adds or replaces fields of its form."""
    form = {
        "condaEnvName": environment_name,
        "inputNotePath": str(source),
        "outputNotePath": str(target),
        "parameters": parameters,
        "kernel": "",
        "engine": "",
        "executionTimeout": "",
        "startTimeout": "",
        "others": "",
        "localParams": list(local),
        **(fields or {}),
    }
    return Node(name, "JUPYTER", form, after, **options)


def sql(name, statements, mode="online", after=(), local=(), fields=None, **options):
    """An OPENMLDB node; `fields` adds or replaces fields of its form."""
    form = {"zk": "", "zkPath": "", "executeMode": mode, "sql": statements, "localParams": list(local)}
    return Node(name, "OPENMLDB", dict(form, **(fields or {})), after, **options)


def manifest(name, objects, namespace="default", after=(), local=(), fields=None, **options):
    """A KUBEFLOW node with objects, or with the text of a manifest, as the form of 3.2 and later sends it."""
    text = objects if isinstance(objects, str) else "\n---\n".join(json.dumps(each, indent=1) for each in objects)
    form = {"yamlContent": text, "namespace": json.dumps({"name": namespace, "cluster": "test"}), "localParams": list(local)}
    return Node(name, "KUBEFLOW", dict(form, **(fields or {})), after, **options)


def data(name, action, repository, after=(), fields=None, **options):
    """A DVC node, with all that the stock form sends for one; `fields` adds or replaces fields of its form."""
    form = {
        "dvcTaskType": action,
        "dvcRepository": str(repository),
        "dvcVersion": "",
        "dvcDataLocation": "",
        "dvcMessage": "",
        "dvcLoadSaveDataPath": "",
        "dvcStoreUrl": "",
        "localParams": [],
    }
    return Node(name, "DVC", dict(form, **(fields or {})), after, **options)


def deployment(name, model, port, tracking_uri, environment_name, after=(), local=(), fields=None, **options):
    """An MLFLOW node of type MLflow Models, with all that the stock form sends for one."""
    form = {
        "algorithm": "svm",
        "mlflowTrackingUri": tracking_uri,
        "mlflowJobType": "CustomProject",
        "automlTool": "flaml",
        "mlflowTaskType": "MLflow Models",
        "deployType": "MLFLOW",
        "deployPort": str(port),
        "deployModelKey": model,
        "localParams": [given("mlflow.environment", str(environment_name)), *local],
        **(fields or {}),
    }
    return Node(name, "MLFLOW", form, after, **options)
