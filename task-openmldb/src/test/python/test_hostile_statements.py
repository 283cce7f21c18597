# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in all that a node hands to OpenMLDB's SDK; a recorder stands for the SDK.

`DOLPHINML_FUZZ_CASES=10000` runs more of it.
"""

import json
import os
import sys

import pytest
from conftest import HERE, MODULE

sys.path.insert(0, os.path.join(os.path.dirname(MODULE), "task-ml-common", "src", "test", "python"))

from hostile import cases, nothing_else_ran  # noqa: E402

from dolphinml.openmldb.session import OpenMldbSession  # noqa: E402
from dsharness.processes import python_path  # noqa: E402

#: A session is a process.
STATEMENTS_OF_A_SESSION = 50


@pytest.fixture
def records(tmp_path, monkeypatch):
    path = tmp_path / "records"
    monkeypatch.setenv("OPENMLDB_RECORDS", str(path))
    monkeypatch.setenv("PYTHONPATH", python_path(os.path.join(HERE, "recorder")))
    return path


def told(path):
    calls = [json.loads(line) for line in path.read_text().splitlines()]
    path.unlink()
    return calls


def connected(texts):
    options = {"zk": texts.text(), "zkPath": texts.text(), "user": texts.text(), "password": texts.text()}
    session = OpenMldbSession(options)
    session.start(300)
    return session, options


def test_what_reaches_the_sdk(records, tmp_path):
    session, expected = None, []
    with nothing_else_ran(tmp_path):
        try:
            for number, texts in enumerate(cases("openmldb")):
                if number % STATEMENTS_OF_A_SESSION == 0:
                    check(session, expected, records)
                    session, options = connected(texts)
                    expected = [{"connect": dict(options, zkLogLevel=2, glogLevel=1)}]
                sql = texts.random.choice(("", "INSERT INTO t VALUES ('")) + texts.text()
                session.execute(sql, seconds=300)
                expected.append({"sql": sql})
            check(session, expected, records)
        finally:
            if session is not None:
                session.close()


def check(session, expected, records):
    if session is not None:
        session.close()
        assert told(records) == expected
