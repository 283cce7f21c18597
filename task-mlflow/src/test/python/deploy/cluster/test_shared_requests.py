# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A canary by the platform's own share of requests, judged by what the versions' own servers have answered."""

import pytest

from dsharness.kubernetes.clients import Clients, query
from dsharness.waiting import wait_until


@pytest.fixture(params=["knative_services", "seldon_services"])
def place(request, namespace):
    """(the services of a platform, the platform, host and path of the model 'answers' in it)"""
    services = request.getfixturevalue(request.param)
    if request.param == "knative_services":
        return services, services.platform, "answers-%s.models.test" % namespace, "/v2/models/answers/infer"
    return services, services.platform, "", "/seldon/%s/answers/v2/models/answers/infer" % namespace


CANARY = {"canary": 0.5, "canaryTime": 12}


def test_a_version_that_answers_with_errors_is_taken_back_and_a_good_one_takes_over(place, tmp_path):
    services, platform, host, path = place
    assert services.light(model="models:/answers/1").report["status"] == "success"
    with Clients(platform, host, path) as clients:
        wait_until(lambda: ("1", 200) in clients.answers)
        bad = services.refusing(tmp_path)
        run = services.light(model="models:/answers/2", manifest=bad, checkPrediction=False, **CANARY)
        assert run.report["status"] == "failure"
        assert "of its answers are 5xx, against 0.00% of the old version's" in run.last_line, run.log
        assert "Deployment 'answers' serves models:/answers/1 as before" in run.log
        seen = len(clients.answers)
        wait_until(lambda: len(clients.answers) > seen + 40)
        assert set(clients.answers[seen:]) == {("1", 200)}
        wait_until(lambda: len(platform.pods(services.namespace, "")) == 1)

        run = services.light(model="models:/answers/2", **CANARY)
        assert run.report["status"] == "success", run.log
        wait_until(lambda: query(platform, host, path) == ("2", 200))
    answers = clients.answers[seen:]
    assert {code for _, code in answers} == {200}
    first, last = answers.index(("2", 200)), len(answers) - answers[::-1].index(("1", 200))
    assert first < last, "both versions answered for a while"
    assert "Canary: the new version is as good as the old one" in run.log
    # The next one, without a canary, goes on from there.
    run = services.light(model="models:/answers/1")
    assert run.report["status"] == "success", run.log
    wait_until(lambda: query(platform, host, path) == ("1", 200))
