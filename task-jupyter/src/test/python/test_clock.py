# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Somebody sets the machine's clock, by a day and back, while a notebook with time limits runs."""

import sys

from conftest import PROJECT, cell

from dsharness.waiting import wait_until

sys.path.insert(0, str(PROJECT / "task-ml-common/src/test/python"))

from clock import Clock  # noqa: E402

#: Ends when it sees another day.
WAITS = """
import time
begin, start = time.time(), time.monotonic()
open(%r, "w").close()
while abs(time.time() - begin) < 40000:
    assert time.monotonic() - start < 300
    time.sleep(0.02)
"""


def test_time_limits_do_not_follow_the_clock(runner, tmp_path):
    clock = Clock(tmp_path)
    process = runner.start(
        cell(WAITS % "ahead"), cell(WAITS % "back"), executionTimeout=600, startTimeout=600, environment=clock.variables
    )
    for name, days in (("ahead", 1), ("back", -1)):
        wait_until(lambda: (runner.directory / name).exists() or process.poll() is not None, 300)
        clock.set(days)
    ended = runner.finish(process)
    assert ended.code == 0 and ended.report["status"] == "success", ended.log
