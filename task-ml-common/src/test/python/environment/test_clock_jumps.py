"""Somebody sets the machine's clock while a task builds an environment and others wait for it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clock import Clock  # noqa: E402


@pytest.mark.parametrize("days", [1, -1])
def test_a_build_and_who_waits_for_it(uv_worker, gate, tmp_path, days):
    clock = Clock(tmp_path)
    uv_worker.variables.update(clock.variables)
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    first = uv_worker.start()
    gate.wait_for_build()
    waiting = uv_worker.start()
    waiting.wait_for("waiting for process")
    clock.set(days)
    late = uv_worker.start()
    # The day shows in what people read, and nowhere else.
    late.wait_for("has been building the same environment for %s" % ("86" if days > 0 else "0 s"))
    gate.open()
    ended = [each.ended() for each in (first, waiting, late)]
    assert [each.code for each in ended] == [0, 0, 0], [each.log for each in ended]
    assert len({each.prefix for each in ended}) == 1 and gate.builds == 1
