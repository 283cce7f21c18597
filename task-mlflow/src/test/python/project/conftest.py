"""The run frame as the worker runs it, against a real tracking server of this environment's MLflow."""

import pytest

from frame import Frame, TrackingServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    server = TrackingServerProcess(tmp_path_factory.mktemp("tracking"))
    yield server
    server.stop()


@pytest.fixture
def frame(tmp_path, server):
    frame = Frame(tmp_path, server.address)
    yield frame
    frame.end()


@pytest.fixture
def client(server):
    from mlflow.tracking import MlflowClient

    return MlflowClient(server.address, server.address)
