# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Where models come from, as far as no server takes part."""

import pytest

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.model import source


@pytest.mark.parametrize("version", ["1.30.1", "2.2.2", "2.0.0rc0"])
def test_an_mlflow_that_knows_no_aliases_is_refused(monkeypatch, version):
    mlflow = pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    monkeypatch.setattr(mlflow, "__version__", version)
    with pytest.raises(
        TaskFailure, match="mlflow.environment: MLflow %s in .* is too old to deploy models; install mlflow 2.3" % version
    ):
        source._refuse_old_mlflow()


@pytest.mark.parametrize("version", ["2.3.0", "2.22.1", "3.17.2", "4.0.dev0", "main"])
def test_newer_ones_and_builds_of_ones_own_are_not(monkeypatch, version):
    mlflow = pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    monkeypatch.setattr(mlflow, "__version__", version)
    source._refuse_old_mlflow()
