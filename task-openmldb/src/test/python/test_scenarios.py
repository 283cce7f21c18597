# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The scenarios of src/test/resources/scenarios through the SDK and through the API server: both do the same."""

import glob
import json
import os
import re

import pytest
from conftest import SCENARIOS, both_routes, plain, sent

PATHS = sorted(glob.glob(os.path.join(SCENARIOS, "*.json")))
assert len(PATHS) >= 13


def matches(expected, line):
    """`~text~` in an expected line stands for anything with that text in it."""
    parts = re.split(r"(~[^~]+~)", expected)
    pattern = "".join(".*" + re.escape(p[1:-1]) + ".*" if p.startswith("~") else re.escape(p) for p in parts)
    return re.match(pattern + "$", line) is not None


@both_routes
@pytest.mark.parametrize("path", PATHS, ids=[os.path.basename(p)[:-5] for p in PATHS])
def test_scenario(path, runs):
    with open(path, encoding="utf-8") as stream:
        scenario = json.load(stream)
    sets_sync_job = any(statement.get("variable") == "sync_job" for statement in scenario["list"])
    statements = {
        "executeMode": scenario["executeMode"],
        "setsSyncJob": sets_sync_job,
        "list": scenario["list"],
        "jobTimeout": scenario.get("jobTimeout"),
    }
    run = runs(scenario["cluster"], statements, scenario["outputs"]).wait()
    log = plain(run.lines)
    through_sdk = log[0].startswith("OpenMLDB through its Python SDK ")
    assert through_sdk or log[0].startswith("OpenMLDB through its API server 127.0.0.1:")
    assert len(log) - 1 == len(scenario["log"]), "\n".join(log)
    for expected, line in zip(scenario["log"], log[1:]):
        assert matches(expected, line), "%s\n%s" % (expected, "\n".join(log))
    if "error" in scenario:
        assert run.report["status"] == "failure"
        assert matches(scenario["error"], run.report["error"])
        assert run.process.returncode == 1
    else:
        assert run.report == {"status": "success", "outputs": scenario.get("result", {})}
    written = [statement["text"] for statement in scenario["list"]]
    texts = sent(run)
    if through_sdk:
        assert texts[0] == "SET @@execute_mode='%s'" % scenario["executeMode"]
        assert ("SET @@sync_job=false" in texts[:2]) != sets_sync_job
    else:
        # The server has no sessions: what sets one up goes along with each statement.
        settings = [s["text"] for s in scenario["list"] if s["kind"] == "USE" or "variable" in s]
        written = [text for text in written if text not in settings]
    own = [text for text in texts if text in written]
    assert own == written[: len(own)]
    assert "error" in scenario or own == written
