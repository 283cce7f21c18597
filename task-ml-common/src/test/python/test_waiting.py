# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""WaitingLog of life, beside what blocks and between the lines of what talks."""

import pathlib
import sys
import threading

import pytest

RESOURCES = pathlib.Path(__file__).resolve().parents[2] / "main/resources"
sys.path.insert(0, str(RESOURCES))

from dolphinml.common.waiting import Beat, Heartbeat, WaitingLog  # noqa: E402

ENOUGH = 90.0


class Log:
    def __init__(self, count):
        self.lines = []
        self._count = count
        self.full = threading.Event()

    def line(self, text):
        self.lines.append(text)
        if len(self.lines) >= self._count:
            self.full.set()


def test_a_heartbeat_tells_what_is_waited_for_until_the_block_ends():
    log = Log(3)
    with Heartbeat(log, "Fetching the model", interval=0.01):
        assert log.full.wait(ENOUGH)
    count = len(log.lines)
    assert all(line.startswith("Fetching the model (") and line.endswith(" s)") for line in log.lines)
    assert not [thread for thread in threading.enumerate() if thread.name == "beat"]
    assert len(log.lines) == count


def test_a_heartbeat_ends_with_a_block_that_fails():
    with pytest.raises(ValueError), Heartbeat(Log(1), "Working"):
        raise ValueError("it")
    assert not [thread for thread in threading.enumerate() if thread.name == "beat"]


def test_what_talks_needs_no_signs():
    now, log = [0.0], Log(99)
    waiting = WaitingLog(log, "Waiting", clock=lambda: now[0], interval=5.0)
    for second in range(1, 13):
        now[0] = float(second)
        if second in (3, 6):
            waiting.line("it says something")
        waiting.report(": more")
    assert log.lines == ["it says something", "it says something", "Waiting (11 s): more"]
    assert waiting.seconds == 12.0


def test_a_beat_looks_again_and_again():
    looked = []
    enough = threading.Event()

    def look():
        looked.append(1)
        if len(looked) == 3:
            enough.set()

    with Beat(look, 0.01):
        assert enough.wait(ENOUGH)
