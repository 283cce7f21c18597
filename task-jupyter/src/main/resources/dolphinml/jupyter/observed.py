# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Watches papermill at work through its own extension points: the engine, its client, and the writer of notebooks."""

import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple, Type

from dolphinml.common.program import Stopped, Task
from dolphinml.jupyter import cells
from dolphinml.jupyter.paced_saving import PacedSaving
from dolphinml.jupyter.printed_error import Raised
from dolphinml.jupyter.watchdog import Watchdog

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from papermill.engines import NotebookExecutionManager

    from dolphinml.jupyter.checkpoint import Resumption
    from dolphinml.jupyter.early_kernel import EarlyKernel, KernelProcess
    from dolphinml.jupyter.kernel_text import KernelText
    from dolphinml.jupyter.live_log import LiveLog
    from dolphinml.jupyter.outputs import Outputs
    from dolphinml.jupyter.stream_limit import StreamLimit

# A kernel that dies before any cell has run has probably lost a race for a port, as happens when several start at once.
KERNEL_STARTS = 4


class Observer:
    """Reports what happens while a notebook runs to the log, the outputs and the checkpoints."""

    def __init__(
        self,
        task: Task,
        live_log: "LiveLog",
        outputs: "Outputs",
        resumption: "Resumption",
        limit: "StreamLimit",
        kernel_text: "KernelText",
    ) -> None:
        self.task = task
        self.live_log = live_log
        self.watchdog = Watchdog(task.console)
        self.kernel_text = kernel_text
        self.outputs = outputs
        self.resumption = resumption
        self.limit = limit
        self.cells_started = 0
        self.on_attach: Callable[["NotebookNode"], None] = lambda notebook: None
        # Set by the engine that calls `tick` while a cell runs.
        self.saving: Optional[PacedSaving] = None
        self.streams = False
        self.current: Optional[int] = None
        self.client: Any = None
        self.manager: Any = None
        # Kept here because older kernel managers drop a process that has died.
        self.kernel_process: "Optional[KernelProcess]" = None
        self.notebook: Any = None
        self._nb_man: Any = None
        # The failure of each failed cell, from the kernel's reply or the engine, by index of the cell.
        self.raised: Dict[int, Optional[Raised]] = {}

    def close(self) -> None:
        """Closes the connection to the kernel, which nbclient leaves open if it did not start the kernel."""
        if self.client is not None and getattr(self.client, "kc", None) is not None:
            self.client.kc.stop_channels()

    def tick(self) -> None:
        """Does what is due while a cell runs; call it several times a second."""
        self.watchdog.note_activity()
        if self.saving is not None:
            self.saving.save_if_due()

    def pace_saving(self) -> None:
        """Saves the notebook less often than papermill would; for engines that call `tick`."""
        if self.saving is None:
            self.saving = PacedSaving(self._nb_man)

    def attach(self, nb_man: "NotebookExecutionManager") -> None:
        """Puts this observer between an engine and papermill's record of the run; works for every engine."""
        self._nb_man, self.saving = nb_man, None
        self.notebook = nb_man.nb
        self.live_log.notebook(nb_man.nb.cells)
        self.on_attach(nb_man.nb)
        self.resumption.mark(nb_man.nb)
        self.live_log.skipped(self.resumption.indexes)
        start, fail, complete = nb_man.cell_start, nb_man.cell_exception, nb_man.cell_complete

        def cell_start(cell: "NotebookNode", *args: Any, **kwargs: Any) -> Any:
            if self.task.stopping:
                # The previous cell swallowed the interrupt, and papermill continues.
                raise Stopped()
            index = _cell_index(args, kwargs)
            self.cells_started += 1
            self.current = index
            if not self.resumption.skips(index):
                self.live_log.start(cell, index)
                if cells.runs(cell):
                    self.watchdog.start(self.live_log.label(index))
            return start(cell, *args, **kwargs)

        def cell_exception(cell: "NotebookNode", *args: Any, **kwargs: Any) -> Any:
            self.raised[_cell_index(args, kwargs)] = kwargs.get("exception")
            return fail(cell, *args, **kwargs)

        def cell_complete(cell: "NotebookNode", *args: Any, **kwargs: Any) -> Any:
            index = _cell_index(args, kwargs)
            if self.task.stopping or sys.exc_info()[0] is not None or (index in self.raised and cells.error(cell) is None):
                # papermill would mark a cell as complete that was interrupted, timed out or lost its kernel, or that failed
                # without an error output (as with an exception group) while its tag allows failures.
                _mark_failed(nb_man.nb, cell)
            if self.resumption.skips(index):
                self.resumption.restore(cell, index)
            elif not self.streams:
                for output in cell.get("outputs") or ():
                    self.live_log.output(output)
            result = complete(cell, *args, **kwargs)
            self.watchdog.end()
            if not self.resumption.skips(index):
                self.live_log.end(cell, index)
            return result

        nb_man.cell_start, nb_man.cell_exception, nb_man.cell_complete = cell_start, cell_exception, cell_complete


def _mark_failed(notebook: "NotebookNode", cell: "NotebookNode") -> None:
    cell.metadata["papermill"].update(exception=True, status="failed")
    notebook.metadata["papermill"]["exception"] = True


def _cell_index(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> int:
    return args[0] if args else kwargs.get("cell_index")


def observed_engine(engine: Any, observer: Observer, early_kernel: "Optional[EarlyKernel]") -> Type[Any]:
    """Returns a subclass of an engine that reports to the observer and restarts a kernel that died at its start."""

    class ObservedEngine(engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: "NotebookExecutionManager", kernel_name: str, **kwargs: Any) -> Any:
            observer.attach(nb_man)
            first = True
            for left in reversed(range(KERNEL_STARTS)):
                try:
                    if first and early_kernel is not None:
                        kwargs["km"] = early_kernel.manager
                    elif not first:
                        kwargs.pop("km", None)
                    return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
                except Stopped:
                    raise
                except Exception as error:
                    if observer.cells_started or not left or not died_at_start(error):
                        raise
                    first = False
                    observer.task.console.line(
                        "The kernel died while it was starting (%s); it is started again, %d of %d."
                        % (str(error).split("\n")[0], KERNEL_STARTS - left, KERNEL_STARTS - 1)
                    )
                    time.sleep(0.2)

    return ObservedEngine


def died_at_start(error: Exception) -> bool:
    text = "%s %s" % (type(error).__name__, error)
    return "DeadKernel" in text or "Kernel died" in text or "ZMQError" in text or "Address already in use" in text
