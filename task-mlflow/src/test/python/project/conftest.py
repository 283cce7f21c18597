# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The run frame as the worker runs it, against a real tracking server of this environment's MLflow."""

import pytest
from frame import Frame


@pytest.fixture(scope="session")
def server(mlflow_server):
    return mlflow_server


@pytest.fixture
def frame(tmp_path, server):
    frame = Frame(tmp_path, server.address)
    yield frame
    frame.end()


@pytest.fixture
def client(server):
    from mlflow.tracking import MlflowClient

    return MlflowClient(server.address, server.address)
