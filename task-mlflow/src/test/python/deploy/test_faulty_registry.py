"""A tracking server that hangs, resets or answers 500; what is expected is in docs/en/faults.md."""

import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[5] / "integration-tests/harness/dsharness"))

from faulty_http import FaultyServer  # noqa: E402

# As an operator may set them; without them a hang is told after two minutes.
QUICK = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "2", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


CASES = [("hang", "timed out"), ("reset", "reset"), ("500", "500")]


@pytest.fixture(params=CASES, ids=[fault for fault, _ in CASES])
def registry(request):
    """In place of the models of the other tests: a registry that has this fault, `words` of which are expected."""
    fault, words = request.param
    server = FaultyServer(1, [{"fault": fault}])
    server.uri, server.words = "http://" + server.address, words
    yield server
    server.close()


def test_the_deployment_fails_and_leaves_nothing(deployer, registry, port):
    began = time.monotonic()
    run = deployer.start(environment=QUICK, model="models:/answers/1", name="faulty", port=port).finish()
    assert time.monotonic() - began < 90
    assert run.report["status"] == "failure"
    assert run.last_line.startswith("mlflowTrackingUri: the model registry at '%s' does not answer: " % registry.uri)
    assert registry.words in run.last_line
    assert "Traceback" not in run.log
    assert deployer.record("faulty") is None
