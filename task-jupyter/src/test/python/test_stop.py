# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A run that is stopped: what is saved, and what is left."""

import os
import signal
import subprocess

import pytest
from conftest import ROOTS, cell

from dsharness.processes import python_path
from dsharness.waiting import ENOUGH, wait_until


def started(runner):
    wait_until((runner.directory / "started").exists, 300, "the cell has started")


MARK = "open('started', 'w').close()\n"
#: An interrupted cell gets as long as it takes.
PATIENT = [("notebook_run", "SECONDS_AFTER_INTERRUPT", 600)]
#: Seconds that nothing else on this machine sleeps for.
LONG = "900.%07d" % os.getpid()
CELLS = {
    "sleeps": MARK + "import time; time.sleep(900)",
    "ignores": "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + MARK + "time.sleep(900)",
    "swallows": "import time\nwhile True:\n    try:\n        " + MARK + "        time.sleep(1)\n"
    "    except BaseException:\n        pass",
    "daemon": "import os, subprocess, time\nsubprocess.run(['bash', '-c', 'env -i setsid nohup sleep LONG & env -i setsid"
    ' bash -c "trap true TERM; sleep LONG; sleep LONG" &\'])\n'.replace("LONG", LONG)
    + MARK
    + "time.sleep(900)",
}


@pytest.mark.parametrize("name", CELLS)
def test_nothing_is_left_and_what_was_done_is_saved(runner, name):
    process = runner.start(cell("print('saved')"), cell(CELLS[name]))
    started(runner)
    kernels = [pid for pid in runner.living() if pid != process.pid]
    assert kernels
    process.send_signal(signal.SIGTERM)
    ended = runner.finish(process, ENOUGH)
    assert ended.code == 143 and ended.report["status"] == "stopped", ended.log
    assert runner.living() == []
    assert "saved" in runner.printed()
    cells = [each for each in runner.written()["cells"] if each["cell_type"] == "code"]
    states = [each["metadata"]["papermill"]["status"] for each in cells]
    assert states == ["completed", "completed", "failed"], ended.log
    assert ended.lines[-1] == "Stopped before the end. Output notebook: %s" % runner.output
    assert os.popen("pgrep -f '[s]leep %s'" % LONG).read() == ""


def test_a_cell_that_heeds_the_interrupt_has_its_traceback_saved(runner):
    process = runner.start(cell(CELLS["sleeps"]), constants=PATIENT)
    started(runner)
    process.send_signal(signal.SIGTERM)
    runner.finish(process, ENOUGH)
    outputs = runner.written()["cells"][-1]["outputs"]
    assert [output["ename"] for output in outputs if output["output_type"] == "error"] == ["KeyboardInterrupt"]
    assert runner.written()["cells"][-1]["metadata"]["papermill"]["status"] == "failed"


def handles(pid, number):
    """Whether the process has a handler for that signal."""
    with open("/proc/%d/status" % pid) as status:
        caught = next(line for line in status if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def test_before_the_first_cell(runner):
    process = runner.start(cell(CELLS["sleeps"]))
    wait_until(lambda: handles(process.pid, signal.SIGTERM))
    process.send_signal(signal.SIGTERM)
    ended = runner.finish(process, ENOUGH)
    assert ended.code == 143
    assert not (runner.directory / "started").exists()
    assert runner.living() == []


def test_before_the_request_is_read(runner):
    program = ROOTS[-1] / "jupyter" / "run_notebook.py"
    # Nothing is ever written into it.
    request = runner.directory / "request.json"
    os.mkfifo(str(request))
    process = subprocess.Popen(
        [runner.python, str(program), str(request)],
        env=dict(os.environ, PYTHONPATH=python_path(*(root.parent for root in ROOTS))),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=ENOUGH)[0] == b""
    assert process.returncode == -signal.SIGTERM


def test_what_cells_leave_behind_is_ended_with_a_good_run(runner):
    ended = runner.run(cell("import subprocess; subprocess.Popen(['setsid', 'sleep', '900'])"))
    assert ended.code == 0, ended.log
    assert runner.living() == []


def test_unless_the_node_wants_to_keep_it(runner):
    ended = runner.run(cell("import subprocess; subprocess.Popen(['setsid', 'sleep', '900'])"), keepProcesses=True)
    assert ended.code == 0, ended.log
    wait_until(lambda: [open("/proc/%d/cmdline" % pid).read() for pid in runner.living()] == ["sleep\0900\0"])


def test_the_loss_of_the_worker_ends_the_run(runner, tmp_path):
    """The process that started the program is killed, as when a worker's JVM dies."""
    process = runner.start(cell(CELLS["sleeps"]))
    started(runner)
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(process.pid, signal.SIGCONT)
    assert runner.living()
    process.terminate()
    runner.finish(process, ENOUGH)
    assert runner.living() == []


def test_no_cell_runs_after_one_that_swallowed_the_interrupt(runner):
    swallows = "import time\ntry:\n    " + MARK + "    time.sleep(900)\nexcept KeyboardInterrupt:\n    pass"
    process = runner.start(cell(swallows), cell("open('after', 'w').close()"), constants=PATIENT)
    started(runner)
    process.send_signal(signal.SIGTERM)
    ended = runner.finish(process, ENOUGH)
    assert ended.code == 143, ended.log
    assert not (runner.directory / "after").exists()
