# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a service says of a model, by the Open Inference Protocol."""

import http.server
import socket
import threading

import pytest

from dolphinml.mlflow.deploy.cluster.gateway import Service
from dolphinml.mlflow.deploy.serving import endpoint, health
from dsharness.ports import free_port


@pytest.fixture
def server():
    """A server whose `code` is that of its answers."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(self.server.code if self.path == "/v2/models/iris/ready" else 500)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_server_that_listens_may_not_have_loaded_the_model(server):
    service = Service("http://127.0.0.1:%d" % server.server_address[1], "iris")
    # As MLServer answers meanwhile.
    server.code = 400
    assert service.loading() == "HTTP 400 at %s/ready" % service.address
    server.code = 200
    assert service.loading() is None


def test_a_server_that_does_not_know_the_path_gets_a_prediction_request(server):
    server.code = 404
    assert Service("http://127.0.0.1:%d" % server.server_address[1], "iris").loading() is None


def test_where_no_server_answers_the_prediction_says_so():
    assert Service("http://127.0.0.1:%d" % free_port(), "iris").loading() is None


def test_a_service_without_a_server_is_reported_in_the_words_of_a_deployment_on_a_worker():
    address = "http://127.0.0.1:%d" % free_port()
    assert Service(address, "iris").unanswered_reason() == "Connection refused"
    assert endpoint.unanswered_reason(address, seconds=0.1) == "Connection refused"
    with pytest.raises(health.PredictionFailed, match="^Connection refused$"):
        health.predict(address, "/invocations", "{}", 5)


def test_a_server_that_says_nothing_is_reported_as_silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "http://127.0.0.1:%d" % listener.getsockname()[1]
        assert endpoint.unanswered_reason(address, seconds=0.1) == "no answer in time"
