# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is shown of a container's log while the engine writes it."""

import sys

import pytest

from dolphinml.mlflow.deploy.containers.docker import ContainerLog


class Engine:
    """Has the lines of `written`; hands out those from a time on, as `docker logs --timestamps --since` does."""

    def __init__(self):
        self.written = []
        self.since = []

    def command(self, arguments):
        since = arguments[arguments.index("--since") + 1] if "--since" in arguments else ""
        self.since.append(since)
        lines = [line for line in self.written if line.partition(" ")[0] >= since]
        return [sys.executable, "-c", "import sys; sys.stdout.write(sys.argv[1])", "".join(line + "\n" for line in lines)]


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def log(engine):
    return ContainerLog(engine, "any")


def test_each_line_is_shown_once_in_the_order_of_its_time(engine, log):
    assert log.lines() == []
    engine.written += ["2 b", "1 a"]
    assert log.lines() == ["a", "b"]
    engine.written += ["3 c c"]
    assert log.lines() == ["c c"]
    assert log.lines() == log.lines() == log.lines() == []
    engine.written += ["4 c c"]
    assert log.lines() == ["c c"]


def test_a_line_that_is_written_after_a_younger_one_is_shown(engine, log):
    engine.written += ["1 a", "3 c"]
    assert log.lines() == ["a", "c"]
    engine.written += ["2 b"]
    assert log.lines() == ["b"]


def test_old_lines_are_not_requested_again(engine, log):
    for number in range(1, 5):
        engine.written.append("%d a" % number)
        log.lines()
    assert engine.since == ["", "", "1", "2"]
