# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The server takes our factories and leaves the stock ones, which are on its class path too."""

import re

import pytest

from dsharness import server

TYPES = {"JUPYTER": "jupyter", "MLFLOW": "mlflow", "OPENMLDB": "openmldb", "KUBEFLOW": "kubeflow", "DVC": "dvc"}

#: DolphinScheduler has had it since 3.2.
NEW = ("KUBEFLOW",)


@pytest.mark.parametrize("kind", TYPES)
def test_our_factory_wins_over_the_stock_one(ds, client, kind):
    log = ds.log()
    registered = re.findall(r"Registered task plugin: %s - class (\S+)" % kind, log)
    assert registered and set(registered) == {
        "io.github.dolphinml.%s.%sTaskChannelFactory" % (TYPES[kind], TYPES[kind].capitalize())
    }
    if kind in NEW:
        return
    stock = r"org\.apache\.dolphinscheduler\.plugin\.task\.%s\.\w+" % TYPES[kind]
    # Which of the two the server says depends on the order of the jars on its class path.
    overridden = r"has high priority, will override %s|The low plugin %s\S* will be skipped" % (stock, stock)
    assert re.search(overridden, log), "the stock plugin was not there to be overridden"


def test_every_other_type_stays_as_it_is(ds, client):
    log = ds.log()
    registered = dict(re.findall(r"Registered task plugin: (\S+) - class (\S+)", log))
    ours = {kind for kind, factory in registered.items() if factory.startswith("io.github.dolphinml.")}
    assert ours <= set(TYPES)
    assert {"SHELL", "PYTHON", "SQL", "SPARK"} <= set(registered)


@pytest.mark.skipif(not server.has_java8(), reason="the runtime of Java 8 in the Python index is for x86-64 Linux")
def test_the_second_server_runs_on_java_8(second_ds):
    log = second_ds.log()
    assert re.search(r"jetty-.*; jvm 1\.8\.0_", log)
    ours = re.findall(r"Registered task plugin: (\S+) - class io\.github\.dolphinml\.", log)
    assert set(ours) == set(TYPES)
