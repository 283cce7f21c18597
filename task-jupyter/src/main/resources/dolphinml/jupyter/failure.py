# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Turns an error of papermill, or a notebook that only looks complete, into the failure block at the end of the log."""

from typing import TYPE_CHECKING, Optional

from dolphinml.common.optional import given
from dolphinml.common.program import TaskFailure
from dolphinml.jupyter import cells, death, failure_card, memory, printed_error

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from dolphinml.jupyter.early_kernel import KernelProcess
    from dolphinml.jupyter.notebook_run import NotebookRun

# At the end papermill looks at the outputs and ignores the tags.
ALLOWED = " (its tag raises-exception let the cells after it run; papermill fails the notebook anyway)"


def failure_of_error(run: "NotebookRun", error: Exception) -> TaskFailure:
    """Returns the failure of a run that raised `error`: that of the running cell if there is one, else papermill's reason."""
    from papermill.exceptions import PapermillExecutionError

    observer = run.observer
    run.kernel_text.drain()
    if observer is None or observer.notebook is None or not observer.cells_started:
        return TaskFailure(_error_with_type(error, -1))
    notebook = cells.without_error_markers(observer.notebook)
    failed = failure_card.failed_cell(notebook, observer.raised)
    if not isinstance(error, PapermillExecutionError):
        index, output = failed or (given(observer.current), None)
        return _of_cell(run, notebook, index, output, _reason_of_error(observer.kernel_process, error))
    allowed = None if failed else failure_card.allowed_failure(notebook, observer.raised)
    if allowed:
        index, output = allowed
        return _of_cell(run, notebook, index, output, note=ALLOWED)
    return _of_cell(run, notebook, *(failed or (given(observer.current), None)))


def verify_outcome(run: "NotebookRun") -> None:
    """Raises TaskFailure if a notebook that papermill considers complete has a cell that failed or did not run."""
    from papermill.iorw import load_notebook_node

    try:
        written = cells.without_error_markers(load_notebook_node(run.written))
    except Exception as error:  # every store and every kind of damage has its own exceptions
        raise TaskFailure(
            "outputNotePath: %s cannot be read again after the run (%s: %s); give each node that runs at the same time an"
            " output notebook of its own" % (run.written, type(error).__name__, str(error).strip().split("\n")[0][:200])
        )
    raised = given(run.observer).raised
    failed = failure_card.failed_cell(written, raised)
    if failed is None:
        pending = failure_card.pending_cell(written)
        failed = None if pending is None else (pending, None)
    if failed is not None:
        raise _of_cell(run, written, *failed)
    allowed = failure_card.allowed_failure(written, raised)
    if allowed is not None:  # papermill 2.4 only detects error outputs
        index, output = allowed
        raise _of_cell(run, written, index, output, note=ALLOWED)
    _warn_of_the_end(run, written)


def _warn_of_the_end(run: "NotebookRun", notebook: "NotebookNode") -> None:
    """Warns of the cells that a successful sys.exit(0) has left out, since that may not be intended."""
    ended = [index for index, cell in enumerate(notebook.cells) if cells.is_code(cell) and cells.ended_notebook(cell)]
    if not ended:
        return
    left = sum(cells.runs(cell) and cells.untouched(cell) for cell in notebook.cells[ended[0] + 1 :])
    if left:
        numbering = cells.Numbering(notebook.cells)
        run.warn(
            "Cell %d of %d ended the notebook; %s."
            % (
                given(numbering.of(ended[0])),
                numbering.total,
                "the cell after it did not run" if left == 1 else "the %d cells after it did not run" % left,
            )
        )


def _of_cell(
    run: "NotebookRun",
    notebook: "NotebookNode",
    index: int,
    output: Optional[cells.CellOutput],
    reason: Optional[str] = None,
    note: str = "",
) -> TaskFailure:
    numbering = cells.Numbering(notebook.cells)
    if output is None:
        output = printed_error.printed_error_of(notebook.cells[index], given(run.observer).raised.get(index))
    summary = failure_card.failure_summary(notebook, index, output, numbering)
    if reason:
        summary = "cell %s of %d: %s" % (numbering.of(index), numbering.total, reason)
    summary += note
    block = failure_card.failure_block(notebook, index, output, numbering, run.passed, run.secret_names, run.places())
    return TaskFailure(summary, block + [summary])


def _error_with_type(error: Exception, line: int) -> str:
    """Returns an exception's type and one line of its text: the first (0) or the last (-1)."""
    text = str(error).strip().split("\n")[line].strip()
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


def _reason_of_error(kernel: "Optional[KernelProcess]", error: Exception) -> str:
    if "DeadKernel" not in type(error).__name__:
        return _error_with_type(error, 0)
    code = None if kernel is None else kernel.poll()
    # Only a forked kernel has these: it is not a child of this process, so its supervisor reports them.
    peak, seconds = getattr(kernel, "peak", None), getattr(kernel, "processor_seconds", 0.0)
    facts = memory.memory_facts(peak or memory.peak_of_children())
    return death.reason_of_death(code, facts, death.processor_time_is_used_up(seconds))
