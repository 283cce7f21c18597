# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A generation that gets a share of the requests beside the one that serves, and what is counted of both."""

import asyncio
import http.client
import os
import re
import signal
import threading

import pytest
from conftest import ENOUGH, alive, free_port, wait_until
from fronts import got
from started_program import PROJECT

from dolphinml.mlflow.deploy.relay import container_front, control


@pytest.fixture
def trial(fronts):
    """The session of a task whose generation 2 gets half of the requests; generation 1 serves."""
    fronts.serve(1)
    session = fronts.session()
    fronts.start(session, 2)
    session.query("canary", generation=2, share=0.5, version="7")
    return session


def answers(port, count):
    return [got(port) for _ in range(count)]


def test_both_are_counted_from_the_beginning_of_the_trial(fronts, trial, port):
    assert sorted(answers(port, 40)) == ["one"] * 20 + ["two"] * 20
    said = trial.query("statistics")
    for each in ("current", "candidate"):
        assert (said[each]["requests"], said[each]["errors5xx"], said[each]["codes"]) == (20, 0, {"200": 20})
        assert 0 < said[each]["median"] <= said[each]["p95"] < ENOUGH
    assert said["total"]["requests"] == 40 and said["inFlight"] == 0


def test_the_share_can_be_changed_while_it_runs(fronts, trial, port):
    answers(port, 10)
    trial.query("canary", generation=2, share=1.0)
    assert answers(port, 10) == ["two"] * 10
    assert trial.query("statistics")["candidate"]["requests"] == 15
    with pytest.raises(control.FrontRefused, match="a share is from 0 to 1"):
        trial.query("canary", generation=2, share=1.5)


def test_a_switch_ends_the_trial_for_it(fronts, trial, port):
    answers(port, 10)
    fronts.switch(trial, 2, version="7")
    assert answers(port, 10) == ["two"] * 10
    said = trial.query("statistics")
    assert said["candidate"] is None and said["current"]["requests"] == 15


@pytest.mark.parametrize("how", ["withdraw", "abandon", "task killed"])
def test_the_trial_ends_against_it(fronts, trial, port, how):
    answers(port, 10)
    pid = trial.query("state", generation=2) and fronts.hello()["record"]["serverPid"]
    if how == "task killed":
        trial.close()
        wait_until(lambda: "generation 2 is withdrawn" in fronts.log)
    else:
        trial.query(how, generation=2)
    assert answers(port, 10) == ["one"] * 10
    assert fronts.hello()["record"]["serverPid"] == pid


def test_errors_are_counted_for_the_one_that_makes_them(fronts, port):
    fronts.serve(1)
    session = fronts.session()
    fronts.start(session, 2, words=["fails"])
    session.query("canary", generation=2, share=0.2)
    found = answers(port, 50)
    said = session.query("statistics")
    assert found.count(500) == said["candidate"]["errors5xx"] == said["candidate"]["requests"] == 10
    assert (said["current"]["errors5xx"], said["current"]["requests"]) == (0, 40)


def test_a_candidate_that_dies_costs_no_request(fronts, trial, port):
    started = trial.query("state", generation=2)
    assert started["running"]
    candidate = [pid for pid in os.listdir("/proc") if pid.isdigit() and _is_second(pid)]
    for pid in candidate:
        os.kill(int(pid), signal.SIGKILL)
    wait_until(lambda: not trial.query("state", generation=2)["running"])
    assert answers(port, 20) == ["one"] * 20
    assert trial.query("statistics")["candidate"]["errors5xx"] > 0


def _is_second(pid):
    try:
        with open("/proc/%s/cmdline" % pid, "rb") as command:
            words = command.read().split(b"\0")
        return b"two" in words and os.readlink("/proc/%s/cwd" % pid) and alive(int(pid))
    except OSError:
        return False


def test_a_request_that_a_candidate_has_is_answered_though_it_is_withdrawn(fronts, port):
    fronts.serve(1)
    session = fronts.session()
    fronts.start(session, 2, words=["0.5"])
    session.query("canary", generation=2, share=1.0)
    found = []
    asking = threading.Thread(target=lambda: found.append(got(port)))
    asking.start()
    wait_until(lambda: session.query("statistics")["inFlight"] == 1)
    session.query("abandon", generation=2)
    asking.join()
    assert found == ["two"]


def test_the_metrics_are_prometheus_text(fronts, port):
    metrics_port = free_port()
    session = fronts.session()
    fronts.start(session, 1)
    fronts.switch(session, 1, metrics={"host": "127.0.0.1", "port": metrics_port}, version="3")
    assert answers(port, 5) == ["one"] * 5
    text = got(metrics_port, path="/metrics")
    name = os.path.basename(fronts.directory)
    assert 'dolphinml_requests_total{deployment="%s",version="3",code="200"} 5\n' % name in text
    assert 'dolphinml_request_duration_seconds_count{deployment="%s",version="3"} 5\n' % name in text
    assert 'dolphinml_up{deployment="%s"} 1\n' % name in text
    assert 'dolphinml_build_info{deployment="%s",protocol="2",program="' % name in text
    assert got(metrics_port) == 404
    check_text(text)
    connection = http.client.HTTPConnection("127.0.0.1", metrics_port, timeout=ENOUGH)
    connection.request("POST", "/metrics", b"a")
    assert connection.getresponse().status == 405
    connection.close()
    # A deployment without them closes the port; a port that cannot be had changes nothing.
    fronts.start(session, 2)
    with pytest.raises(control.FrontRefused, match="Address already in use"):
        fronts.switch(session, 2, metrics={"host": "127.0.0.1", "port": port})
    assert (got(port), got(metrics_port, path="/metrics").count("# TYPE")) == ("one", text.count("# TYPE"))
    fronts.switch(session, 2)
    assert (got(port), got(metrics_port, path="/metrics")) == ("two", None)


def test_the_dashboard_and_the_alerts_name_metrics_that_there_are():
    from dolphinml.mlflow.deploy.relay import metrics
    from dolphinml.mlflow.deploy.relay.backend import Backend
    from dolphinml.mlflow.deploy.relay.relay import Relay

    async def rendered():
        backend = Backend("127.0.0.1", 1, "1")
        backend.statistics.count(200, 0.01)
        return metrics.render(Relay("it", backend))

    named = set()
    for file in (PROJECT / "examples/monitoring").iterdir():
        named |= set(re.findall(r"dolphinml_\w+", file.read_text()))
    there = set(re.findall(r"^(dolphinml_\w+){", asyncio.run(rendered()), re.MULTILINE))
    assert named and named <= there


def check_text(text):
    """After the exposition format: each family once, with help and type before its samples; histograms that only grow."""
    families, last = [], {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            families.append(line.split()[2])
        elif not line.startswith("#"):
            name, _, rest = line.partition("{")
            assert name.startswith(families[-1]), line
            value = float(rest.rpartition("} ")[2])
            if name.endswith("_bucket"):
                version = rest.partition('version="')[2].partition('"')[0]
                assert value >= last.get(version, 0), line
                last[version] = value
    assert len(families) == len(set(families)) == text.count("# HELP ")


def test_a_server_that_is_started_again_continues_to_count(fronts, port):
    fronts.serve(1)
    answers(port, 5)
    os.kill(fronts.hello()["record"]["serverPid"], signal.SIGKILL)
    wait_until(lambda: (fronts.hello()["record"] or {}).get("restarts") == 1)
    assert answers(port, 5) == ["one"] * 5
    assert fronts.session().query("statistics")["current"]["codes"]["200"] == 10


def test_a_container_whose_share_changes_is_looked_up_by_one_task():
    async def lookups():
        front = container_front.ContainerFront()
        for share in (0.1, 0.5):
            await front.canary("localhost", 1, share)
        return [task for task in asyncio.all_tasks() if "keep_known" in repr(task)]

    assert len(asyncio.run(lookups())) == 1
