# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A tracking server that hangs, resets or answers 500; what is expected is in docs/en/faults.md."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[5] / "integration-tests/harness/dsharness"))

from faulty_http import FaultyServer  # noqa: E402

CASES = [
    ("hang", [{"fault": "hang"}], "the tracking server %s does not answer (no answer"),
    ("reset", [{"fault": "reset"}], "the tracking server %s does not answer (Connection reset by peer)"),
    ("500", [{"fault": "500"}], "the model registry at '%s' does not answer: API request to "),
    ("hangs later", [{"match": "/version", "fault": "404"}, {"fault": "hang"}], "the model registry at '%s' does not answer: "),
]

# As an operator may set them; without them a hang after the first contact is told after two minutes.
QUICK = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "2", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


@pytest.fixture(params=CASES, ids=[case[0] for case in CASES])
def registry(request):
    """In place of the models of the other tests: a registry that has this fault, and what is expected of it."""
    _, rules, sentence = request.param
    server = FaultyServer(1, rules)
    server.uri = "http://" + server.address
    server.sentence = "mlflowTrackingUri: " + sentence % server.uri
    yield server
    server.close()


def test_the_deployment_fails_and_leaves_nothing(deployer, registry, port):
    run = deployer.start(environment=QUICK, model="models:/answers/1", name="faulty", port=port).finish(300)
    assert run.report["status"] == "failure"
    assert run.last_line.startswith(registry.sentence)
    assert "Traceback" not in run.log
    assert deployer.record("faulty") is None
