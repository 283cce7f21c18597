"""Turns what papermill raises, and a notebook that only looks complete, into the block that ends the log."""

from dolphinml.common.program import TaskFailure
from dolphinml.jupyter import cells, failure_card, memory, printed_error
from dolphinml.jupyter.early_kernel import exit_code


def of_error(run, error):
    """The failure of a run that has raised `error`: of its cell where one was running, else papermill's own reason."""
    from papermill.exceptions import PapermillExecutionError

    observer = run.observer
    if observer is None or observer.notebook is None or not observer.cells_started:
        return TaskFailure("%s: %s" % (type(error).__name__, str(error).strip().split("\n")[-1]))
    notebook = cells.without_error_markers(observer.notebook)
    index, output = failure_card.failed_cell(notebook) or (observer.current, None)
    of_the_cell = isinstance(error, PapermillExecutionError)
    return _of_cell(run, notebook, index, output, None if of_the_cell else _reason(observer.manager, error))


def verify(run, notebook):
    """Raises the failure of a notebook that papermill calls complete and that has a failed or waiting cell."""
    from papermill.iorw import load_notebook_node

    try:
        written = cells.without_error_markers(load_notebook_node(run.written))
    except Exception as error:  # each store and each broken file has its own
        raise TaskFailure(
            "outputNotePath: %s cannot be read again after the run (%s: %s); give each node that runs at the same time an"
            " output notebook of its own" % (run.written, type(error).__name__, str(error).strip().split("\n")[0][:200])
        )
    failed = failure_card.failed_cell(written)
    if failed is None:
        pending = failure_card.pending_cell(written)
        failed = None if pending is None else (pending, None)
    if failed is not None:
        raise _of_cell(run, written, *failed)
    _warn_of_the_end(run, written)


def _warn_of_the_end(run, notebook):
    """sys.exit(0) is a good end, and still its author may not have meant all that it leaves out."""
    ended = [index for index, cell in enumerate(notebook.cells) if cells.is_code(cell) and cells.ended_notebook(cell)]
    if not ended:
        return
    left = sum(cells.runs(cell) and cells.untouched(cell) for cell in notebook.cells[ended[0] + 1 :])
    if left:
        numbering = cells.Numbering(notebook.cells)
        run.warn("Cell %d of %d ended the notebook; %s." % (
            numbering.of(ended[0]), numbering.total,
            "the cell after it did not run" if left == 1 else "the %d cells after it did not run" % left))


def _of_cell(run, notebook, index, output, reason=None):
    numbering = cells.Numbering(notebook.cells)
    if output is None:
        output = printed_error.of(notebook.cells[index], run.observer.raised.get(index))
    summary = failure_card.summary(notebook, index, output, numbering)
    if reason:
        summary = "cell %s of %d: %s" % (numbering.of(index), numbering.total, reason)
    block = failure_card.lines(notebook, index, output, numbering, run.passed, run.secret_names, run.places())
    return TaskFailure(summary, block + [summary])


def _reason(manager, error):
    if "DeadKernel" not in type(error).__name__:
        return "%s: %s" % (type(error).__name__, str(error).strip().split("\n")[0])
    code = None if manager is None else exit_code(manager)
    facts = "; ".join(memory.facts(memory.peak_of_children()))
    if code is not None and code >= 0:
        return "the kernel ended by itself with exit code %d; %s." % (code, facts)
    how = " by signal %d" % -code if code is not None and code < -1 else ""
    return "the kernel died%s, probably out of memory: %s." % (how, facts)
