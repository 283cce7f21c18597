"""Runs one notebook as request["notebook"] says. The work is papermill's own; this adds what a scheduler needs:

faults before the kernel starts, a live log, output parameters, an honest end, and the reason of a failure last.
"""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from dolphinml.common import program  # noqa: E402
from dolphinml.common.program import Stopped, TaskFailure  # noqa: E402
from dolphinml.jupyter import cells, checkpoint, command_line, preflight  # noqa: E402
from dolphinml.jupyter.checkpoint import Resumption  # noqa: E402
from dolphinml.jupyter.early_kernel import EarlyKernel  # noqa: E402
from dolphinml.jupyter.live_log import LiveLog  # noqa: E402
from dolphinml.jupyter.observed import Observer, observed_client, observed_engine  # noqa: E402
from dolphinml.jupyter.outputs import Outputs, too_large  # noqa: E402

# How long an interrupted cell may take to end by itself before the run is broken off.
SECONDS_AFTER_INTERRUPT = 1


class NotebookRun:
    """One run, from its checks to its outputs."""

    def __init__(self, task):
        self.task = task
        self.request = task.request["notebook"]
        self.input = self.request["input"]
        self.output = self.request["output"]
        self.parameters = dict(self.request.get("parameters") or {})
        self.secret_names = set(self.request.get("secretParameters") or ())
        self.notebook = None
        self.kernel = None
        self.early = None
        self.words = list(self.request.get("others") or ())
        self.options = {}
        self.scrubber = None
        self.observer = None

    def warn(self, sentence):
        self.task.console.line("WARNING " + sentence)

    # Before the kernel starts

    def check(self):
        faults = preflight.Faults()
        line = preflight.environment(faults)
        self.notebook = preflight.input_notebook(self.input, faults)
        preflight.output_notebook(self.output, self.input, faults)
        if line is not None:
            self.task.console.line(line)
            self.options = command_line.check(self.words, self.request, faults)
            asked = self.request.get("kernel") or self.options.get("kernel")
            if self._has_default_engine():
                self.kernel = preflight.kernel(asked, self.notebook, faults, self.warn)
            else:
                self._check_engine(faults)
        faults.raise_if_any()

    def _has_default_engine(self):
        return (self.request.get("engine") or self.options.get("engine")) in (None, "nbclient")

    def _check_engine(self, faults):
        from papermill.engines import papermill_engines
        from papermill.exceptions import PapermillException

        name = self.request.get("engine") or self.options.get("engine")
        try:
            papermill_engines.get_engine(name)
        except PapermillException:
            known = sorted(engine for engine in papermill_engines._engines if engine)
            faults.add("engine", 'papermill has no engine "%s" here' % name, "use one of: " + ", ".join(known))

    def start_kernel(self):
        """Starts the kernel early where papermill would start the same one; a failure is left to papermill."""
        if self.kernel is None or self.options.get("prepare_only") or not self._has_default_engine():
            return
        self.early = EarlyKernel(self.kernel)
        try:
            self.early.start(self.options.get("cwd"))
        except Exception as error:
            self.warn("The kernel could not be started early: %s" % error)
            self.early.remove_files()
            self.early = None

    # The run

    def run(self):
        import logging

        import papermill.cli
        from papermill import engines, iorw

        secrets = list(self.task.request.get("secrets") or ())
        if secrets or self.secret_names:
            from dolphinml.jupyter.scrub import Scrubber

            self.scrubber = Scrubber(secrets, self.secret_names)
            iorw.papermill_io.write = self.scrubber.around(iorw.papermill_io.write)
        logging.getLogger("papermill").addFilter(_says_more_than_we_do)
        self._warn_of_parameters()
        self._observe(engines)
        execute = papermill.cli.execute_notebook
        done = {}

        def execute_notebook(**kwargs):
            try:
                done["notebook"] = execute(**self._completed(kwargs))
            except Exception as error:  # the command would print it and turn it into an exit code
                done["error"] = error

        papermill.cli.execute_notebook = execute_notebook
        arguments = [self.input, self.output] + command_line.arguments(self.request)
        if self.kernel and not self.request.get("kernel") and not self.options.get("kernel"):
            arguments += ["--kernel", self.kernel]
        papermill.cli.papermill.main(arguments + self.words, "papermill", standalone_mode=False)
        if "error" in done:
            raise done["error"]
        return done["notebook"]

    def _completed(self, kwargs):
        given = dict(self.parameters)
        if self.request.get("parameterTypes") == "guess":
            given = {name: _guessed(value) for name, value in given.items()}
        merged = dict(given)
        merged.update(kwargs.get("parameters") or {})
        kwargs["parameters"] = merged
        kwargs["log_output"] = False
        return kwargs

    def _warn_of_parameters(self):
        if not self.parameters or self.notebook is None:
            return
        from papermill import inspect_notebook

        try:
            predefined = inspect_notebook(self.input)
        except Exception:  # papermill cannot infer parameters in every language
            return
        exact = self.request.get("parameterTypes") != "guess"
        preflight.parameters(self.parameters if exact else dict.fromkeys(self.parameters), predefined, self.warn)

    def _observe(self, engines):
        live_log = LiveLog(self.task.console)
        outputs = Outputs(self.task.request.get("outputs") or (), self.warn)
        self.observer = Observer(self.task, live_log, outputs, self._resumption(live_log))
        engines.PapermillNotebookClient = observed_client(engines.PapermillNotebookClient, self.observer)
        name = self.request.get("engine") or self.options.get("engine")
        engine = engines.papermill_engines.get_engine(name)
        engines.papermill_engines.register(name, observed_engine(engine, self.observer, self.early))

    def _resumption(self, live_log):
        key = self.request.get("runKey")
        if not (self.request.get("resume") and key and self.notebook) or not checkpoint.opts_in(self.notebook):
            return Resumption()
        if not self._has_default_engine():
            self.warn("Checkpoints work with papermill's own engine only; nothing is skipped.")
            return Resumption()
        return Resumption(checkpoint.fingerprint(key, self.notebook, self.parameters), self._previous())

    def _previous(self):
        from papermill.iorw import load_notebook_node

        try:
            return load_notebook_node(self.output)
        except Exception:  # none is there, which is what a first attempt finds
            return None

    # The end

    def stop(self):
        """At SIGTERM: interrupts the cell, so that it and papermill can save, and breaks off if it does not end."""
        import signal

        signal.signal(signal.SIGALRM, _break_off)
        signal.setitimer(signal.ITIMER_REAL, SECONDS_AFTER_INTERRUPT)
        manager = self.observer.manager if self.observer else self.early.manager if self.early else None
        if manager is None or self.observer is None or not self.observer.cells_started:
            raise Stopped()
        from dolphinml.jupyter.early_kernel import process

        kernel = process(manager)
        if kernel is None:
            raise Stopped()
        try:
            os.killpg(os.getpgid(kernel.pid), signal.SIGINT)
        except OSError:
            raise Stopped()

    def outputs(self, notebook):
        values = self.observer.outputs.values(notebook.cells)
        faults = too_large(values, self.request.get("outputLimit") or 1 << 62)
        if faults:
            raise TaskFailure(faults[0], faults)
        return values

    def report(self):
        """The HTML report's path, or None."""
        if self.request.get("report") != "html":
            return None
        from dolphinml.jupyter import html_report

        scrub = self.scrubber.text if self.scrubber else str
        return html_report.write(self.output, bool(self.request.get("reportHideInput")), scrub, self.warn)

    def failure(self, error):
        """What a failed run raises: the failing cell where there is one, else papermill's own reason."""
        from papermill.exceptions import PapermillExecutionError

        notebook = self.observer.notebook if self.observer else None
        if notebook is None or not self.observer.cells_started:
            raise TaskFailure("%s: %s" % (type(error).__name__, str(error).strip().split("\n")[-1])) from error
        from dolphinml.jupyter import failure_card, memory

        places = [("Output notebook", os.path.abspath(self.output) if "://" not in self.output else self.output)]
        report = self.report()
        if report:
            places.append(("Report", os.path.abspath(report) if "://" not in report else report))
        found = failure_card.failed_cell(cells.without_error_markers(notebook))
        if found is None and self.observer.current is not None:
            found = (self.observer.current, None)
        index, output = found
        numbering = self.observer.live_log.numbering
        block = failure_card.lines(
            notebook, index, output, numbering, self.parameters, self.secret_names, places
        )
        summary = failure_card.summary(notebook, index, output, numbering)
        if not isinstance(error, PapermillExecutionError):
            summary = "cell %s of %d: %s" % (numbering.of(index), numbering.total, self._reason(error, memory))
            block[-1] = summary
        return TaskFailure(summary, block)

    def _reason(self, error, memory):
        if "DeadKernel" not in type(error).__name__:
            return "%s: %s" % (type(error).__name__, str(error).strip().split("\n")[0])
        from dolphinml.jupyter.early_kernel import exit_code

        code = exit_code(self.observer.manager) if self.observer.manager is not None else None
        how = " by signal %d" % -code if code is not None and code < -1 else ""
        facts = "; ".join(memory.facts())
        if code is not None and code >= 0:
            return "the kernel ended by itself with exit code %d; %s." % (code, facts)
        return "the kernel died%s, probably out of memory: %s." % (how, facts)


def _says_more_than_we_do(record):
    """papermill warns of parameters in its own way, also of the paths that it is told to inject."""
    message = record.getMessage()
    return "Passed unknown parameter" not in message and "does not contain a cell with tag" not in message


def _break_off(number, frame):
    raise Stopped()


def _guessed(value):
    from papermill.cli import _resolve_type

    return _resolve_type(value) if isinstance(value, str) else value


def _verify(run, notebook):
    """papermill has ended without an error; a notebook with a failed or waiting cell is a failure all the same."""
    from papermill.iorw import load_notebook_node

    from dolphinml.jupyter import failure_card

    if run.options.get("prepare_only"):
        return
    written = load_notebook_node(notebook.metadata.papermill.get("output_path") or run.output)
    cells.without_error_markers(written)
    numbering = cells.Numbering(written.cells)
    failed = failure_card.failed_cell(written)
    waiting = failure_card.pending_cell(written) if failed is None else None
    if waiting is not None:
        failed = (waiting, None)
    if failed is not None:
        index, error = failed
        places = [("Output notebook", run.output)]
        block = failure_card.lines(written, index, error, numbering, run.parameters, run.secret_names, places)
        raise TaskFailure(failure_card.summary(written, index, error, numbering), block)


def main(task):
    run = NotebookRun(task)
    task.on_stop(run.stop)
    try:
        return run_whole(task, run)
    finally:
        if run.early:
            run.early.remove_files()


def run_whole(task, run):
    run.check()
    run.start_kernel()
    try:
        notebook = run.run()
    except (Stopped, TaskFailure):
        raise
    except Exception as error:
        failure = run.failure(error)
        raise failure from None
    if run.early:
        run.early.request_end()
        run.observer.close()
    _verify(run, notebook)
    values = run.outputs(notebook)
    run.observer.live_log.slowest()
    report = run.report()
    task.console.line("Output notebook: %s" % run.output)
    if report:
        task.console.line("Report: %s" % report)
    if run.early:
        run.early.wait_for_end()
    return values


if __name__ == "__main__":
    # Filled when the request has been read; by then the program knows whether it may leave processes behind.
    keep = {}

    def remember(task):
        keep["processes"] = bool(task.request["notebook"].get("keepProcesses"))
        return main(task)

    # Nothing that the worker's pipe holds is a notebook, which papermill would take it for.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    program.run(remember, keep_children=lambda: keep.get("processes", False))
