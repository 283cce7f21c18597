"""Somebody sets the machine's clock, by a day and back, while a notebook with time limits runs."""

import sys
import time

from conftest import PROJECT, cell

sys.path.insert(0, str(PROJECT / "task-ml-common/src/test/python"))

from clock import Clock  # noqa: E402

#: Ends when it sees another day.
WAITS = """
import time
begin, start = time.time(), time.monotonic()
open(%r, "w").close()
while abs(time.time() - begin) < 40000:
    assert time.monotonic() - start < 60
    time.sleep(0.02)
"""


def test_time_limits_do_not_follow_the_clock(runner, tmp_path):
    clock = Clock(tmp_path)
    process = runner.start(cell(WAITS % "ahead"), cell(WAITS % "back"), executionTimeout=120, startTimeout=120,
                           environment=clock.variables)
    for name, days in (("ahead", 1), ("back", -1)):
        deadline = time.monotonic() + 60
        while not (runner.directory / name).exists():
            assert time.monotonic() < deadline and process.poll() is None, runner.finish(process).log
            time.sleep(0.02)
        clock.set(days)
    ended = runner.finish(process)
    assert ended.code == 0 and ended.report["status"] == "success", ended.log
