# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A front of another release is replaced by the current program, and no request is lost."""

import contextlib
import http.client
import os
import signal
import socket

import pytest
from conftest import ENOUGH, alive, free_port, wait_until
from fronts import got
from load import Load

from dolphinml.mlflow.deploy.relay import control, succession
from dolphinml.mlflow.deploy.state import record


@pytest.fixture
def load(port):
    made = Load("http://127.0.0.1:%d" % port, rate=200)
    yield made
    made.stop()


def old_one(fronts, release):
    """(process, record) of a front that serves "one"."""
    known = fronts.start_old() if release == "0.1.0" else fronts.serve(1)
    return known["pid"], known


@pytest.mark.parametrize("release", ["0.1.0", "another one of this protocol"])
def test_a_redeploy_replaces_the_front_and_loses_no_request(fronts, load, port, release):
    pid, _ = old_one(fronts, release)
    load.start().wait_for(50, "one")
    session = fronts.following()
    fronts.start(session, 2)
    said = fronts.switch(session, 2)
    assert said["replaced"] == 1
    load.wait_for(50, "two")
    event = session.next_event(90)
    assert (event["event"], event["generation"]) == ("drained", 1)
    load.wait_for(100, "two")
    load.stop()
    assert load.failures == []
    assert fronts.hello()["pid"] == said["record"]["pid"] != pid
    # The old one stays while clients keep connections to it, and then takes nothing of the deployment with it.
    wait_until(lambda: not alive(pid))
    wait_until(lambda: record.read_record(fronts.directory) == said["record"])
    wait_until(lambda: os.path.exists(os.path.join(fronts.directory, control.SOCKET_NAME)))
    assert fronts.hello()["record"] == said["record"] and got(port) == "two"
    assert fronts.serve(3)["pid"] == said["record"]["pid"] and got(port) == "three"


@pytest.mark.parametrize("release", ["0.1.0", "another one of this protocol"])
def test_a_failed_redeploy_leaves_the_old_front_as_it_was(fronts, port, release):
    pid, known = old_one(fronts, release)
    session = fronts.following()
    next_pid = session.query("hello")["pid"]
    fronts.start(session, 2)
    session.close()
    wait_until(lambda: not alive(next_pid))
    assert fronts.hello()["pid"] == pid and got(port) == "one"
    assert record.read_record(fronts.directory) == known


@pytest.mark.parametrize("release", ["0.1.0", "another one of this protocol"])
def test_it_moves_to_another_port_too(fronts, port, release):
    pid, _ = old_one(fronts, release)
    other = free_port()
    session = fronts.following(port=other)
    fronts.start(session, 2, port=other)
    fronts.switch(session, 2)
    assert (got(port), got(other)) == (None, "two")
    wait_until(lambda: not alive(pid))


def test_without_the_right_to_its_sockets_the_port_changes_hands_in_a_moment(fronts, port, monkeypatch):
    fronts.start_old()
    predecessor = succession.Predecessor(fronts.directory)
    monkeypatch.setattr(succession, "_taken_from", lambda pid, port: [])
    assert predecessor.sockets() == ([], [])
    predecessor.build_bridge("127.0.0.1", port)

    def bind():
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", port))
            bound.listen(10)
        except OSError:
            bound.close()
            raise
        return [bound]

    (bound,) = predecessor.leave_for(bind, {"name": "it"}, 1)
    assert bound.getsockname()[1] == port
    bound.close()
    predecessor.close()


def test_its_metrics_keep_their_port(fronts, port):
    metrics = {"host": "127.0.0.1", "port": free_port()}
    fronts.serve(1, metrics=metrics)
    session = fronts.following()
    fronts.start(session, 2)
    fronts.switch(session, 2, metrics=metrics)
    assert "dolphinml_up" in got(metrics["port"], path="/metrics")


def test_a_front_that_is_stopped_takes_its_predecessor_with_it(fronts, port):
    fronts.bridge_seconds = 900.0
    pid, _ = old_one(fronts, "0.1.0")
    session = fronts.following()
    fronts.start(session, 2)
    fronts.switch(session, 2)
    assert alive(pid)
    fronts.session().query("stop")
    wait_until(lambda: not alive(pid) and got(port) is None)


def test_connections_outlive_the_front_between_theirs_and_the_one_that_serves(fronts, port):
    fronts.bridge_seconds = 900.0
    first = fronts.serve(1)["pid"]
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, ENOUGH)) as kept:

        def said():
            kept.request("GET", "/")
            return kept.getresponse().read().decode()

        assert said() == "one"
        pids = [first]
        for number, answer in ((2, "two"), (3, "three")):
            session = fronts.following()
            fronts.start(session, number)
            pids.append(fronts.switch(session, number)["record"]["pid"])
            assert said() == answer
        # As its bridge does when nobody uses it any more.
        os.kill(pids[1], signal.SIGTERM)
        wait_until(lambda: not alive(pids[1]))
        assert [said() for _ in range(20)] == ["three"] * 20 and alive(first)
    fronts.session().query("stop")
    wait_until(lambda: not any(map(alive, pids)) and got(port) is None)


def test_the_current_one_needs_no_follower(fronts):
    fronts.serve(1)
    assert fronts.hello()["program"] == control.program()


def test_a_foreground_service_of_an_old_front_learns_that_it_is_replaced(fronts, port):
    first = fronts.session()
    fronts.start(first, 1)
    fronts.switch(first, 1, foreground=True)
    session = fronts.following()
    fronts.start(session, 2)
    fronts.switch(session, 2)
    event = first.next_event(90)
    assert (event["event"], event["by"]["number"]) == ("replaced", 2)
    first.close()
    assert got(port) == "two"
    os.kill(fronts.hello()["record"]["serverPid"], signal.SIGKILL)
    wait_until(lambda: (fronts.hello()["record"] or {}).get("restarts") == 1)
    assert got(port) == "two"
