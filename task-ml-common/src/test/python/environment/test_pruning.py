# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Room is made in a large cache: what is removed, what stays, and how often the machine's processes are looked through."""

import fcntl
import json
import os

from dolphinml.environment import pruning
from dolphinml.environment.build_lock import BuildLock
from dolphinml.environment.store import FACTS, LEASE, EnvironmentStore

SIZE = 1000


class Log:
    def __init__(self):
        self.lines = []

    def line(self, text):
        self.lines.append(text)


def tree_of(directory, count):
    """A tree of whole environments; the lower its number, the longer an environment was not used."""
    directory.mkdir(mode=0o700)
    tree = EnvironmentStore(str(directory))
    for number in range(count):
        path = directory / named(number)
        path.mkdir()
        (path / LEASE).touch()
        (path / FACTS).write_text(json.dumps({"size": SIZE}))
        os.utime(str(path / LEASE), (1000 + number, 1000 + number))
        (directory / named(number)[:20]).symlink_to(path.name)
    return tree


def named(number):
    return "%020x-%06x" % (number, number)


def left(tree):
    return sorted(name for _, name, _ in pruning.current_environments(tree))


def test_only_as_much_is_removed_as_is_needed_and_the_oldest_first(tmp_path):
    count = 2 * pruning.MOST_AT_ONCE + 50
    tree, log = tree_of(tmp_path / "tree", count), Log()
    pruning.enforce_limit(tree, 10 * SIZE, None, log)
    assert left(tree) == [named(number) for number in range(count - 10, count)]
    assert len(log.lines) == count - 10 and "removed %s " % named(0) in log.lines[0]
    # Nothing else of those that are gone is left: no link, no lock, no trash.
    assert len(os.listdir(tree.root)) == 2 * 10


def test_in_the_place_of_what_is_in_use_others_go(tmp_path, monkeypatch):
    tree, log = tree_of(tmp_path / "tree", 8), Log()
    with open(os.path.join(tree.path(named(0)), LEASE)) as lease:
        fcntl.flock(lease, fcntl.LOCK_SH)
        built = BuildLock(tree.path(named(1)[:20] + ".lock"))
        assert built.try_acquire()
        runs = {tree.path(named(2))}
        monkeypatch.setattr(pruning, "_with_processes", runs.intersection)
        pruning.enforce_limit(tree, 5 * SIZE, named(3), log)
        built.release()
    assert left(tree) == [named(number) for number in (0, 1, 2, 3, 7)]


def test_the_processes_are_looked_through_once_for_many_environments(tmp_path, monkeypatch):
    tree, looks = tree_of(tmp_path / "tree", 2 * pruning.MOST_AT_ONCE), []

    def look(prefixes):
        looks.append(len(prefixes))
        return set()

    monkeypatch.setattr(pruning, "_with_processes", look)
    pruning.enforce_limit(tree, 0, None, Log())
    assert looks == [pruning.MOST_AT_ONCE, pruning.MOST_AT_ONCE]
    assert left(tree) == []
