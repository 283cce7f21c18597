# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How often the output notebook is saved: a large one not before and after each cell, and what is new all the same."""

import json

from conftest import cell

from dolphinml.jupyter.paced_saving import MULTIPLE, PacedSaving
from dsharness.waiting import ENOUGH, wait_until


class Record:
    """In the place of papermill's record of a run; each save takes `seconds` of its clock."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.now = 0.0
        self.nb = "first"
        self.saved = []

    def save(self, **kwargs):
        self.now += self.seconds
        self.saved.append(self.nb)

    def notebook_complete(self, **kwargs):
        self.save()


def test_saving_takes_a_small_share_of_the_time():
    record = Record(seconds=1.0)
    PacedSaving(record, lambda: record.now)
    while record.now < 1000:
        record.now += 0.5
        record.save()
    assert len(record.saved) * record.seconds <= 1000 / (MULTIPLE + 1) + 1


def test_what_was_put_off_is_saved_as_soon_as_it_may_be():
    record = Record(seconds=1.0)
    saving = PacedSaving(record, lambda: record.now)
    record.save()
    record.save(nb="second")
    assert record.saved == ["first"]
    record.now += MULTIPLE - 0.5
    saving.save_if_due()
    assert record.saved == ["first"]
    record.now += 0.5
    saving.save_if_due()
    assert record.saved == ["first", "second"]
    record.now += 100
    saving.save_if_due()
    assert record.saved == ["first", "second"], "there was nothing new"


def test_the_end_is_saved_at_once():
    record = Record(seconds=1.0)
    PacedSaving(record, lambda: record.now)
    record.save()
    record.save(nb="second")
    record.notebook_complete()
    assert record.saved == ["first", "second"]


def test_a_cell_that_runs_for_long_is_in_the_notebook_on_the_disk(runner):
    cells = [cell("print('before')") for _ in range(20)]
    process = runner.start(*cells, cell("import os, time\nwhile not os.path.exists('go'): time.sleep(0.1)"))

    def states():
        try:
            written = runner.written()
        except (OSError, json.JSONDecodeError):  # it is just being written
            return []
        return [each["metadata"].get("papermill", {}).get("status") for each in written["cells"]]

    # One more than the cells: papermill puts the parameters into one of its own.
    wait_until(lambda: states() == ["completed"] * 21 + ["running"], ENOUGH, "the long cell is marked as running on the disk")
    (runner.directory / "go").touch()
    ended = runner.finish(process)
    assert ended.code == 0, ended.log
    assert states() == ["completed"] * 22
