# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One tracking server for all tests of a session; a mark for the tests with a real Docker engine."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "integration-tests/harness"))


def pytest_configure(config):
    config.addinivalue_line("markers", "cluster: a real Kubernetes API server takes part; in a stage of their own, too")
    config.addinivalue_line("markers", "engine: a real Docker engine takes part; .ci/run has them in a stage of their own")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if "base_image" in item.fixturenames:
            item.add_marker("engine")
        if "cluster" in item.fixturenames:
            item.add_marker("cluster")


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory):
    """A real `mlflow server` with SQLite, of the MLflow that the tests run with."""
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from dsharness.mlflow_server import MlflowServer

    with MlflowServer(tmp_path_factory.mktemp("server"), sys.prefix, port=0) as running:
        yield running
