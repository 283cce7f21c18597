# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A kernel that prints faster than the log is read: it waits, and nothing is lost.

DOLPHINML_LOG_MEGABYTES=1024 prints a gigabyte.
"""

import json
import os
import signal
import threading
import time

import pytest
from conftest import cell

from dsharness.memory import Peaks
from dsharness.waiting import ENOUGH

MEGABYTES = int(os.environ.get("DOLPHINML_LOG_MEGABYTES", 16))
PROGRESS = "import os\nprogress = os.open('progress', os.O_CREAT | os.O_WRONLY)\n"
PRINTS = PROGRESS + (
    "for number in range(%d):\n    print('%%09d ' %% number + 'x' * 89)\n"
    "    if number %% 1000 == 0:\n        os.pwrite(progress, b'%%09d' %% number, 0)\n"
)

# Far more than what may be under way between the cell and the log.
MOST_MEGABYTES = 100
SECONDS_OF_A_HALT = 2


def progress(runner):
    """How many lines the cell has printed."""
    try:
        return int((runner.directory / "progress").read_text() or 0)
    except OSError:
        return 0


def await_halt(runner):
    """Returns how many lines were printed when the cell prints no more."""
    before, since = 0, time.monotonic()
    while not before or time.monotonic() - since < SECONDS_OF_A_HALT:
        time.sleep(0.1)
        now = progress(runner)
        assert now * 100 < MOST_MEGABYTES << 20, "the cell prints on, and nobody reads"
        if now != before:
            before, since = now, time.monotonic()
    return before


def numbers(log):
    return [int(line[4:13]) for line in log.split("\n") if line.startswith("  | ") and line.endswith("x" * 89)]


def gaps(found):
    """Pairs of lines between which others should be."""
    return [(one, other) for one, other in zip([-1] + found, found) if other != one + 1]


def test_it_waits_while_its_output_is_not_read(runner):
    process = runner.start(cell("print('first')"), cell(PRINTS % 10**9), printLimit=1 << 20)
    with Peaks(runner.entry) as peaks:
        halted = await_halt(runner)
        reader = Reader(process)
        while progress(runner) < 2 * halted:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        log = reader.all()
    assert process.wait(ENOUGH) == 143
    assert json.loads(process.report.read_text())["status"] == "stopped"
    assert runner.living() == []
    found = numbers(log)
    # What was printed just before the kill may be missing.
    assert found and gaps(found) == []
    assert peaks.largest() < MOST_MEGABYTES + 100


class Reader:
    """Reads what a process prints to its end."""

    def __init__(self, process):
        self._text = []
        self._thread = threading.Thread(target=lambda: self._text.append(process.stdout.read()))
        self._thread.start()

    def all(self):
        self._thread.join(900)
        return self._text[0].decode("utf-8")


@pytest.mark.parametrize("halt", [0, 3])
def test_all_of_it_arrives(runner, halt):
    lines = (MEGABYTES << 20) // 100
    process = runner.start(cell(PRINTS % lines), cell("print('after')"), printLimit=1 << 20)
    with Peaks(runner.entry) as peaks:
        while not progress(runner) and process.poll() is None:
            time.sleep(0.05)
        time.sleep(halt)
        ended = runner.finish(process, 1800)
    assert ended.code == 0, ended.log[-2000:]
    found = numbers(ended.log)
    assert len(found) == lines and gaps(found) == []
    assert "  | after" in ended.lines
    assert peaks.largest() < MOST_MEGABYTES + 100


def test_a_thread_that_prints_for_ever_does_not_keep_the_notebook_from_its_end(runner):
    ended = runner.run(
        cell(
            "import threading\ndef prints():\n    while True: print('y' * 99)\n"
            "threading.Thread(target=prints, daemon=True).start()\nvalue = 5",
            "outputs",
        ),
        cell("print('last')"),
        outputs=["value"],
        printLimit=1 << 20,
    )
    assert ended.code == 0, ended.log[-2000:]
    assert ended.outputs == {"value": 5}
    assert any(line.startswith("Output notebook: ") for line in ended.lines)


FLOOD = """
import sys, threading
kernel = get_ipython().kernel
reply = kernel.shell_handlers['kernel_info_request']
def flood(*args):
    for number in range(300):
        print('late', number)
        sys.stdout.flush()
    sent = threading.Event()
    kernel.iopub_thread.schedule(sent.set)
    assert sent.wait(600)
    return reply(*args)
kernel.shell_handlers['kernel_info_request'] = flood
"""


def test_output_that_comes_before_the_reply_to_a_request_after_the_last_cell(runner):
    """The kernel waits until it is read; widgets that exchange messages after the end of a cell cause the same."""
    process = runner.start(cell(FLOOD))
    try:
        ended = runner.finish(process, ENOUGH)
    finally:
        process.kill()
    assert ended.code == 0, ended.log
    # Its end may be under way when the reply arrives.
    assert "  | late 0" in ended.lines


def test_processes_that_the_cell_forks_print_as_ever(runner):
    ended = runner.run(
        cell(
            "import os, sys\nfor each in range(2):\n    if not os.fork():\n        print('child', each)\n"
            "        sys.stdout.flush()\n        os._exit(0)\n    os.wait()\nprint('z' * 99, *['z' * 99] * 20000, sep='\\n')\n"
            "print('parent')"
        )
    )
    assert ended.code == 0, ended.log[-2000:]
    assert "  | child 0" in ended.lines and "  | child 1" in ended.lines
    assert "  | parent" in ended.lines and ended.log.count("z" * 99) == 20001
