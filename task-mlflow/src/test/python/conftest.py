"""One tracking server for all tests of a session."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "integration-tests/harness"))


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory):
    """A real `mlflow server` with SQLite, of the MLflow that the tests run with."""
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from dsharness.mlflow_server import MlflowServer

    with MlflowServer(tmp_path_factory.mktemp("server"), sys.prefix, port=0) as running:
        yield running
