# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Somebody sets the machine's clock while a task builds an environment and others wait for it."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clock import Clock  # noqa: E402

from dolphinml.environment.store import FACTS  # noqa: E402


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


def test_a_failure_that_a_clock_puts_into_the_future_is_over(uv_worker, gate):
    uv_worker.file("requirements.txt", str(gate.archive) + "\n")
    gate.open("no compiler here")
    assert uv_worker.run().code == 1
    [lock] = uv_worker.tree.glob("*.lock")
    put_ahead(lock, "failed")
    assert uv_worker.run().built


def test_a_refresh_of_what_a_clock_puts_into_the_future(uv_worker, tiny_wheel):
    uv_worker.file("requirements.txt", tiny_wheel("tiny").name + "\n")
    old = uv_worker.run().prefix
    put_ahead(old / FACTS, "at")
    new = uv_worker.run(refresh=True)
    assert new.built and new.prefix != old


def put_ahead(file, name):
    content = json.loads(file.read_text())
    content[name] += 86400
    file.write_text(json.dumps(content))
