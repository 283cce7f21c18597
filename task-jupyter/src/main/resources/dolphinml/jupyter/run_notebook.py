# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs one notebook as request["notebook"] says. papermill does the work; this adds what a scheduler needs:

checks before the kernel starts, a live log, output parameters, a reliable exit code, and the reason of a failure last.
"""

import os
import signal
import sys
from typing import Any, Dict

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from dolphinml.common import program  # noqa: E402
from dolphinml.common.optional import given  # noqa: E402
from dolphinml.common.program import Stopped, TaskFailure  # noqa: E402
from dolphinml.jupyter.notebook_run import NotebookRun  # noqa: E402


def run_to_outputs(task: program.Task, run: NotebookRun) -> Dict[str, Any]:
    run.check()
    run.start_kernel()
    try:
        notebook = run.execute()
    except (Stopped, TaskFailure):
        raise
    except Exception as error:
        from dolphinml.jupyter import failure

        raise failure.failure_of_error(run, error) from None
    run.end_kernel()
    if not run.options.get("prepare_only"):
        from dolphinml.jupyter import failure

        failure.verify_outcome(run)
    values = run.outputs(notebook)
    given(run.observer).live_log.slowest()
    for name, path in run.places():
        task.console.line("%s: %s" % (name, path))
    if run.early:
        run.early.wait_for_end()
    return values


def main(task: program.Task) -> Dict[str, Any]:
    run = NotebookRun(task)
    task.on_stop(run.interrupt_cell)
    try:
        return run_to_outputs(task, run)
    finally:
        if run.ready:
            run.ready.release_parent()
        # A second SIGTERM, or the alarm set by the first, must not interrupt what follows.
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        if run.early:
            run.early.remove_files()
        run.kernel_text.drain()


if __name__ == "__main__":
    # Filled when the request has been read, which says whether the program may leave processes behind.
    keep = {}

    def remember(task: program.Task) -> Dict[str, Any]:
        keep["processes"] = bool(task.request["notebook"].get("keepProcesses"))
        return main(task)

    # papermill would read the worker's pipe as a notebook.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    program.run(remember, keep_children=lambda: keep.get("processes", False))
