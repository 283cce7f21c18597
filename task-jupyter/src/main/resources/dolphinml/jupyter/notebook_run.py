# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One run of a notebook: its checks, its kernel, its execution by papermill, its outputs and where they are."""

import contextlib
import logging
import os
import signal
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Dict, List, NoReturn, Optional, Tuple

from dolphinml.common import secret_references
from dolphinml.common.masking import SecretNames
from dolphinml.common.optional import given
from dolphinml.common.program import Stopped, Task, TaskFailure
from dolphinml.jupyter import lazy_storage, papermill_call, places, preflight
from dolphinml.jupyter.complaints import Complaints
from dolphinml.jupyter.early_kernel import EarlyKernel, process
from dolphinml.jupyter.faults import Faults
from dolphinml.jupyter.kernel_text import KernelText
from dolphinml.jupyter.languages import PYTHON, Language
from dolphinml.jupyter.live_log import MARGIN, LiveLog

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from dolphinml.jupyter import observed
    from dolphinml.jupyter.checkpoint import Resumption
    from dolphinml.jupyter.ready_kernel import ReadyKernels
    from dolphinml.jupyter.scrub import Scrubber

# How long an interrupted cell may take to end by itself before the run is aborted.
SECONDS_AFTER_INTERRUPT = 1

# By default nbclient gives up if a cell's output is not completely read 4 s after its end; a cell may print a lot.
SECONDS_FOR_LATE_OUTPUT = 120


class NotebookRun:
    """One run, from its checks to its outputs."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.request = task.request["notebook"]
        self.input = self.request["input"]
        self.output = self.request["output"]
        self.parameters = dict(self.request.get("parameters") or {})
        self.passed: Dict[str, Any] = {}
        self.typed_secrets: Dict[str, Any] = {}
        self.secret_names = set(self.request.get("secretParameters") or ())
        self.notebook: Optional[Dict[str, Any]] = None
        self.kernel: Optional[str] = None
        self.language: Optional[Language] = None
        self.early: Optional[EarlyKernel] = None
        self.ready: Optional["ReadyKernels"] = None
        self.options: Dict[str, Any] = {}
        self.scrubber: Optional["Scrubber"] = None
        self.observer: Optional["observed.Observer"] = None
        self.kernel_text = KernelText(task.console, MARGIN)

    def warn(self, sentence: str) -> None:
        self.task.console.line("WARNING " + sentence)

    @property
    def engine(self) -> Optional[str]:
        """Returns the name of the engine, None for papermill's default."""
        name = self.request.get("engine") or self.options.get("engine")
        return None if name == "nbclient" else name

    # Before the kernel starts

    def check(self) -> None:
        """Finds all faults at once, chooses the kernel and prints the versions."""
        faults = Faults()
        line = preflight.check_environment(faults)
        if line is not None:
            self.task.console.line(line)
            if self.request.get("others") or self.request.get("engine"):
                _papermill()
            self.options = papermill_call.check_options(self.request, faults)
            self._hide_typed()
        self._check_paths(faults, line is not None)
        if line is not None:
            if self.engine is not None:
                preflight.check_engine(self.engine, faults)
            elif preflight.make_kernel_folders(faults):
                requested = self.request.get("kernel") or self.options.get("kernel")
                self.kernel = preflight.choose_kernel(requested, self.notebook, faults, self.warn)
            self._check_parameters(faults)
        faults.raise_if_any()

    def _check_paths(self, faults: Faults, papermill: bool) -> None:
        paths = {"inputNotePath": self.input, "outputNotePath": self.output}
        if papermill and any("{" in path for path in paths.values()):
            values = {"parameters": self.options.get(papermill_call.TYPED_PARAMETERS, {})}
            papermill_call.with_parameters(values, self.parameters, self.request.get("parameterTypes") == "guess")
            values = dict(zip(papermill_call.PATH_PARAMETERS, paths.values()), **values["parameters"])
        else:
            values = self.parameters
        source = places.completed("inputNotePath", self.input, values, faults)
        target = places.completed("outputNotePath", self.output, values, faults)
        if source is not None:
            self.notebook = preflight.read_input_notebook(source, faults)
        if target is not None:
            preflight.check_output_notebook(target, source, faults)

    def _check_parameters(self, faults: Faults) -> None:
        name = self.options.get("language") or preflight.parameter_language(self.notebook, self.kernel)
        given = {"parameters": self.parameters, "others": self.options.get(papermill_call.TYPED_PARAMETERS, {})}
        if self.kernel is not None and name is not None:
            metadata = self.notebook.get("metadata", {}) if self.notebook else {}
            self.language = Language(
                self.kernel,
                [
                    self.options.get("language"),
                    metadata.get("language_info", {}).get("name"),
                    metadata.get("kernelspec", {}).get("language"),
                    preflight.kernel_language(self.kernel),
                ],
            )
        for field, parameters in given.items():
            if name == PYTHON:
                preflight.check_python_names(field, parameters, faults)
            elif self.language is not None:
                self.language.check(field, parameters, faults)

    def _hide_typed(self) -> None:
        """Decides which parameters among the options are secret, and reads the values of those given by reference."""
        names = SecretNames(self.request.get("secretWords") or ())
        for name, value in (self.options.get(papermill_call.TYPED_PARAMETERS) or {}).items():
            given = secret_references.fill_references(value, self._secret_of_others)
            refers = given != value
            if refers:
                value = self.typed_secrets[name] = given
            if refers or name in self.secret_names or names.matches(name):
                self.secret_names.add(name)
                self.task.hide(names.values(value, True))
            else:
                self.task.hide(names.values(value))

    def _secret_of_others(self, name: str) -> str:
        return self.task.secret("others", name)

    def start_kernel(self) -> None:
        """Starts the kernel early if papermill would start the same one; failures are left for papermill to report."""
        # The papermill command sets the same before it starts a kernel.
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        if self.kernel is None or self.options.get("prepare_only") or self.engine is not None:
            return
        self.early = EarlyKernel(self.kernel, self.task.temporary_folder, self.kernel_text)
        try:
            self.early.start(self.options.get("cwd"), self._launching())
        except Exception as error:
            self.warn("The kernel could not be started early: %s" % error)
            self.early.remove_files()
            self.early = None

    def _launching(self) -> ContextManager[Any]:
        """The context in which the kernel is launched."""
        wanted = self.request.get("readyKernels")
        if not wanted:
            return contextlib.nullcontext()
        from dolphinml.jupyter.ready_kernel import ReadyKernels

        keep = bool(self.request.get("keepProcesses"))
        self.ready = ReadyKernels(self.task.request["task"].get("tenant"), wanted, keep, self.task.console.line)
        return self.ready.in_use()

    # The run

    def execute(self) -> "NotebookNode":
        """Runs the notebook and returns it; lets papermill's exceptions through."""
        papermill, engines = _papermill()
        Complaints(self.warn).install()
        self._hide_secrets()
        language = self.language.name if self.language is not None else None
        # If papermill does not know the language, it must not write anything into the notebook.
        inject_paths = self.language is None or language is not None
        passed = papermill_call.keyword_arguments(self.request, self.kernel, inject_paths)
        if language is not None:
            passed.update(papermill_call.name_language(given(self.kernel), language))
        if self.typed_secrets:
            passed["parameters"].update(self.typed_secrets)
        doubles = papermill_call.with_parameters(passed, self.parameters, self.request.get("parameterTypes") == "guess")
        for name in doubles:
            self.warn("parameters: %s is also given in others, which takes precedence." % name)
        self.passed = {name: value for name, value in passed["parameters"].items() if name not in papermill_call.PATH_PARAMETERS}
        self._warn_of_parameters(papermill)
        self._observe(engines, passed["parameters"])
        if self.engine is None:
            passed["iopub_timeout"] = SECONDS_FOR_LATE_OUTPUT
        return papermill.execute_notebook(**passed)

    def _hide_secrets(self) -> None:
        secrets = list(self.task.request.get("secrets") or ())
        if secrets or self.secret_names:
            from dolphinml.jupyter.scrub import Scrubber

            self.scrubber = Scrubber(secrets, self.secret_names)
            self.scrubber.install()

    def _warn_of_parameters(self, papermill: ModuleType) -> None:
        if not self.passed or self.notebook is None:
            return
        log = logging.getLogger("papermill")
        log.disabled = True  # it logs the input notebook, which the run itself will log again
        try:
            predefined = papermill.inspect_notebook(self.input)
        except Exception:  # papermill cannot infer parameters in every language
            return
        finally:
            log.disabled = False
        exact = self.request.get("parameterTypes") != "guess"
        typed = {name: self.parameters.get(name) if exact else None for name in self.passed}
        preflight.warn_of_parameters(typed, predefined, self.warn)

    def _observe(self, engines: Any, passed: Dict[str, Any]) -> None:
        from dolphinml.jupyter import observed
        from dolphinml.jupyter.observed_client import observed_client
        from dolphinml.jupyter.outputs import Outputs
        from dolphinml.jupyter.stream_limit import StreamLimit

        outputs = Outputs(self.task.request.get("outputs") or (), self.warn)
        resumption = self._resumption(passed)
        limit = StreamLimit(self.request.get("printLimit") or 1 << 62, self.warn)
        live_log = LiveLog(self.task.console)
        self.observer = observed.Observer(self.task, live_log, outputs, resumption, limit, self.kernel_text)
        self.observer.on_attach = self._attached
        engines.PapermillNotebookClient = observed_client(engines.PapermillNotebookClient, self.observer)
        engine = engines.papermill_engines.get_engine(self.engine)
        observing = observed.observed_engine(engine, self.observer, self.early)
        engines.papermill_engines.register(self.engine, observing)
        if self.engine is None:
            engines.papermill_engines.register("nbclient", observing)

    def _resumption(self, passed: Dict[str, Any]) -> "Resumption":
        """Returns what this run may skip after the previous attempt; nothing unless node and notebook allow it."""
        from dolphinml.jupyter import checkpoint

        key = self.request.get("runKey")
        if not (self.request.get("resume") and key and self.notebook) or not checkpoint.opts_in(self.notebook):
            return checkpoint.Resumption()
        if self.engine is not None:
            self.warn("Checkpoints work with papermill's own engine only; nothing is skipped.")
            return checkpoint.Resumption()
        identifying = checkpoint.with_checksums(self.passed, self.task.request.get("inputsReport"))
        return checkpoint.resumption(key, self.notebook, identifying, self.output, passed)

    def _attached(self, notebook: "NotebookNode") -> None:
        self.task.so_far("Output notebook: %s" % _readable_address(self.written))
        preflight.warn_of_overwritten(notebook.cells, self.passed, self.warn)

    def interrupt_cell(self) -> None:
        """Handles SIGTERM: interrupts the cell so that it and papermill can save, and aborts if it does not end."""
        signal.signal(signal.SIGALRM, _break_off)
        signal.setitimer(signal.ITIMER_REAL, SECONDS_AFTER_INTERRUPT)
        if self.observer is None or self.observer.manager is None or not self.observer.cells_started:
            raise Stopped()
        kernel = process(self.observer.manager)
        if kernel is None:
            raise Stopped()
        try:
            os.killpg(os.getpgid(kernel.pid), signal.SIGINT)
        except OSError:
            raise Stopped()

    # The end

    def end_kernel(self) -> None:
        """Requests the kernel's shutdown, which proceeds while the outputs are read."""
        if self.early and self.observer:
            self.early.request_end()
            self.observer.close()

    def outputs(self, notebook: "NotebookNode") -> Dict[str, Any]:
        from dolphinml.jupyter.outputs import too_large

        values = given(self.observer).outputs.values(notebook.cells)
        faults = too_large(values, self.request.get("outputLimit") or 1 << 62)
        if faults:
            raise TaskFailure(faults[0], faults)
        return values

    @property
    def written(self) -> str:
        """Returns the path of the output notebook: that of the request with papermill's placeholders filled in."""
        notebook = self.observer.notebook if self.observer else None
        return (notebook.metadata.papermill.get("output_path") if notebook is not None else None) or self.output

    def places(self) -> List[Tuple[str, str]]:
        """Returns pairs of a label and a path: the output notebook, and the report if there is one."""
        found = [("Output notebook", _readable_address(self.written))]
        if self.request.get("report") == "html":
            from dolphinml.jupyter import html_report

            # A notebook without secrets needs no masking.
            scrub: Callable[[str], str] = self.scrubber.text if self.scrubber else lambda page: page
            path = html_report.write_report(self.written, bool(self.request.get("reportHideInput")), scrub, self.warn)
            if path:
                found.append(("Report", _readable_address(path)))
        return found


def _papermill() -> Tuple[ModuleType, ModuleType]:
    """Imports papermill and its module `engines`; raises TaskFailure if papermill is installed but cannot be imported."""
    import logging

    try:
        lazy_storage.import_iorw()
        import papermill
        import papermill.cli
        from papermill import engines
    except Exception as error:
        wrong = "papermill cannot be imported (%s: %s)" % (type(error).__name__, error)
        faults = Faults()
        faults.add("condaEnvName", wrong, "repair it: %s -m pip install --upgrade papermill" % sys.executable)
        faults.raise_if_any()
    logging.getLogger("papermill").addFilter(_is_worth_logging)
    return papermill, engines


def _readable_address(path: str) -> str:
    return path if "://" in path else places.absolute(path)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Filters out papermill's lines on parameters and nbclient's on a dead kernel: the task's own report is clearer."""
    message = record.getMessage()
    if "Timeout waiting for IOPub output" in message:
        record.msg, record.args = "WARNING The cell has ended, and its output did not arrive whole.", ()
    return not any(
        text in message
        for text in (
            "Passed unknown parameter",
            "does not contain a cell with tag",
            "does not support parameter introspection",
            "Kernel died while waiting for execute reply",
        )
    )


def _break_off(number: int, frame: Any) -> NoReturn:
    raise Stopped()
