# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes of the types JUPYTER, MLFLOW and OPENMLDB for pydolphinscheduler.

pydolphinscheduler has no class for JUPYTER, and its classes for the others know a part of the fields. These take the
fields by the names that the task's JSON has, so that every field and every custom parameter can be set.
"""

from pydolphinscheduler.core.task import Task


class MlNode(Task):
    """A node with the fields of its form; `custom` are its custom parameters, as `given` and `out` make them."""

    def __init__(self, name, task_type, fields, custom=(), **options):
        super().__init__(name, task_type, **options)
        self._fields = dict(fields, localParams=list(custom))

    @property
    def task_params(self):
        return dict(super().task_params, **self._fields)


class Jupyter(MlNode):
    """Runs a notebook: condaEnvName, inputNotePath, outputNotePath, parameters and so on."""

    def __init__(self, name, custom=(), options=None, **fields):
        super().__init__(name, "JUPYTER", fields, custom, **(options or {}))


class Mlflow(MlNode):
    """Runs a project or deploys a model, by mlflowTaskType."""

    def __init__(self, name, custom=(), options=None, **fields):
        super().__init__(name, "MLFLOW", fields, custom, **(options or {}))


class Openmldb(MlNode):
    """Runs SQL: zk, zkPath, executeMode, sql."""

    def __init__(self, name, custom=(), options=None, **fields):
        super().__init__(name, "OPENMLDB", fields, custom, **(options or {}))


def given(name, value):
    """A custom parameter that the node reads; an option, for example `given("jupyter.report", "html")`."""
    return {"prop": name, "direct": "IN", "type": "VARCHAR", "value": value}


def out(name, kind="VARCHAR"):
    """A custom parameter that the node fills and later nodes read as ${name}."""
    return {"prop": name, "direct": "OUT", "type": kind, "value": ""}
