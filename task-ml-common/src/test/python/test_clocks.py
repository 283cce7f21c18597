# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Time limits do not depend on the time of day, which somebody may set while a task runs."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]

#: Where a time of day is compared with one of a file or of another process, which have no other clock in common.
TIMES_OF_DAY = {
    "jupyter/ready_kernel.py": "when a task has last needed the parent of a folder",
    "jupyter/early_kernel.py": "the age of a folder that a killed run left",
    "environment/build_lock.py": "since when another process builds, and when a build failed, for people",
    "environment/store.py": "when an environment was built",
    "environment/archive.py": "whether a file may still be written",
    "environment/pruning.py": "which environment was not used for the longest time",
    "relay/metrics.py": "when a front started, which Prometheus compares with times of day",
}

PROGRAMS = sorted(path for path in PROJECT.glob("task-*/src/main/resources/dolphinml/**/*.py"))
SOURCES = sorted(PROJECT.glob("task-*/src/main/java/**/*.java"))


def named(path):
    return "/".join(path.parts[-2:])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: named(path))
def test_programs(path):
    uses = re.search(r"\btime\.time\(|datetime\.(now|utcnow)\(", path.read_text(encoding="utf-8"))
    assert not uses or named(path) in TIMES_OF_DAY, "%s: use time.monotonic()" % path


def test_the_list_is_up_to_date():
    names = {named(path) for path in PROGRAMS if "time.time(" in path.read_text(encoding="utf-8")}
    assert set(TIMES_OF_DAY) == names


def test_java():
    found = [
        str(path)
        for path in SOURCES
        if re.search(r"currentTimeMillis|new Date\(|Instant\.now|LocalDateTime\.now", path.read_text(encoding="utf-8"))
    ]
    assert found == [], "use System.nanoTime()"
