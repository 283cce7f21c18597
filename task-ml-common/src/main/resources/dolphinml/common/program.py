# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs each program: reads the request, writes the report, logs the root cause last, leaves no process running.

request.json   the worker's request; `request["task"]`, `request["outputs"]`, `request["secrets"]` are common to
               all programs, the rest belongs to the program. It may refer to secrets: see secret_references.py.
               For a run with versions of data, `request["inputsReport"]` is the path of the report of the program
               that fetched them.
report.json    the result: {"status": "success" | "failure" | "stopped", "outputs": {name: value},
               "error": "one sentence"}. Written to a temporary name and renamed, so it is complete or absent. The
               report of data-request.json is data-report.json.

undo-command.json    the argument list that `undo_with` has left for the worker.

so-far         the sentence given to Task.so_far, which the worker logs if the program is killed before it can.

rest-of-log    output that the worker no longer read: DolphinScheduler 3.2 kills the task's shell first.

temporary      the paths of temporary folders, one per line, which the worker removes if the program is killed before it can.

Exit codes: 0 success, 1 failure, 143 stopped by SIGTERM, as when the worker is lost.
"""

import contextlib
import json
import math
import os
import signal
import sys
import traceback
import uuid
from typing import Any, Callable, Dict, Iterable, Iterator, List, NoReturn, Optional, Tuple, Union

from dolphinml.common import collector, processes, run_tags
from dolphinml.common.capture import Capture
from dolphinml.common.console import Console
from dolphinml.common.masking import Secrets
from dolphinml.common.secret_references import MissingSecret, SecretReferences

# How long the program's children may take to end, in seconds; a stopped task has 3 s in all.
GRACE = 2.0
GRACE_WHEN_STOPPED = 0.5

EXIT_FAILURE = 1
EXIT_STOPPED = 143


#: A program; it returns the outputs.
Main = Callable[["Task"], Optional[Dict[str, Any]]]

#: Exit code, report, and the last lines of the log.
Outcome = Tuple[int, Dict[str, Any], List[str]]

#: The log of a program whose worker no longer reads its output.
REST_OF_LOG = "rest-of-log"


class TaskFailure(Exception):
    """The task cannot succeed. `summary` is one sentence for the user; `block` has the last lines of the log."""

    def __init__(self, summary: str, block: Iterable[str] = (), outputs: Optional[Dict[str, Any]] = None) -> None:
        super().__init__(summary)
        self.summary = summary
        self.block = list(block)
        self.outputs = dict(outputs or {})


class Stopped(KeyboardInterrupt):
    """The task was asked to stop. Not an Exception, so that no library's handler catches it; a KeyboardInterrupt,
    because an asyncio loop only lets that and SystemExit through."""


def workdir(task: "Task") -> str:
    """Returns the base directory of a task's relative paths: the worker's directory for the task, or the current one."""
    return task.request.get("workdir") or os.getcwd()


class Task:
    """One run of a program: what to do (`request`), where to log (`console`), and how a stop request arrives."""

    def __init__(self, request: Dict[str, Any], console: Console, secrets: Secrets, private: str) -> None:
        self.request = request
        self._references = SecretReferences(request.get("secretsDirectory"))
        self.console = console
        self.secrets = secrets
        self.private = private
        self.stopping = False
        self._on_stop: Optional[Callable[[], Any]] = None
        self._so_far: Optional[str] = None
        self._folders: List[str] = []

    def private_folder(self) -> str:
        """Creates a temporary folder next to the request, because a tenant may not be able to write to the task's directory."""
        return self.temporary_folder(self.private, "dolphinml-")

    def temporary_folder(self, parent: str, prefix: str) -> str:
        """Creates a folder for the task's user only, which is removed with the task even if the program is killed."""
        folder = os.path.join(parent, prefix + uuid.uuid4().hex[:8])
        # Recorded first: a kill in between leaves a record without a folder, not a folder without a record.
        with open(os.path.join(self.private, "temporary"), "a", encoding="utf-8") as stream:
            stream.write(folder + "\n")
        self._folders.append(folder)
        os.mkdir(folder, 0o700)
        return folder

    def remove_folders(self) -> None:
        """Removes the temporary folders; call it when no child of the program can write to them any more."""
        left = [folder for folder in self._folders if os.path.lexists(folder)]
        if left:
            import shutil

            for folder in left:
                shutil.rmtree(folder, ignore_errors=True)

    def undo_with(self, argv: List[str]) -> None:
        """Has the worker run a command as the task's user after it has killed this program, on request or at the timeout."""
        write_private(os.path.join(self.private, "undo-command.json"), argv)

    def read_secrets(self) -> None:
        """Replaces the references in the request by their secrets. A missing secret fails the task."""
        faults: List[str] = []
        filled = self._references.filled(self.request, faults)
        if faults:
            raise TaskFailure(faults[0], faults)
        self.request.clear()
        self.request.update(filled)
        if self._references.names:
            self.hide(self._references.values)
            self.console.line("Secrets read: %s" % ", ".join(self._references.names))

    def secret(self, field: str, name: str) -> str:
        """Returns the value of a secret that something other than the request refers to."""
        try:
            value = self._references.read(field, name)
        except MissingSecret as missing:
            raise TaskFailure(str(missing)) from None
        self.hide([value])
        return value

    def hide(self, values: Iterable[str]) -> None:
        """Masks these values in all output from now on."""
        self.secrets.add(values)
        self.request["secrets"] = list(self.request.get("secrets") or ()) + list(values)

    def so_far(self, sentence: str) -> None:
        """Sets the sentence that ends the log if the task is stopped, such as where its work so far can be found."""
        self._so_far = self.secrets.mask(sentence)
        with open(os.path.join(self.private, "so-far"), "w", encoding="utf-8") as stream:
            stream.write(self._so_far)

    def stopped_line(self) -> str:
        """Returns the last line of the log of a stopped task."""
        return " ".join(["Stopped before the end."] + ([self._so_far] if self._so_far else []))

    def on_stop(self, callback: Optional[Callable[[], Any]]) -> None:
        """Calls `callback()` in the main thread at the first SIGTERM or SIGINT instead of raising Stopped there."""
        self._on_stop = callback

    @contextlib.contextmanager
    def unstoppable(self) -> Iterator[None]:
        """Delays a stop until the block is done, for short work that must be done completely or not at all."""
        self.on_stop(lambda: None)
        try:
            yield
        finally:
            self.on_stop(None)
        if self.stopping:
            raise Stopped()

    def handle_stop(self, number: Any = None, frame: Any = None) -> None:
        # The worker and the lifeline may both request a stop, and saving the work must not be interrupted again.
        if self.stopping:
            return
        self.stopping = True
        if self._on_stop is None:
            raise Stopped()
        self._on_stop()


def write_private(path: str, value: Any) -> None:
    """Writes JSON that only the task's user can read; the file is complete or absent."""
    temporary = path + ".part"
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(strict(value), stream, ensure_ascii=True, default=str, allow_nan=False)
    os.replace(temporary, path)


def strict(value: Any) -> Any:
    """Returns the value in strict JSON: NaN, infinities and keys of other types become strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(name): strict(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(each) for each in value]
    return value


def load_request(path: str) -> Dict[str, Any]:
    with open(path, encoding="utf-8") as stream:
        request = json.load(stream)
    # It may contain secrets and is no longer needed.
    os.unlink(path)
    return request


def _failure_lines(failure: TaskFailure) -> List[str]:
    return failure.block if failure.block else [failure.summary]


def _vanished() -> Optional[str]:
    """Returns a sentence for failures that a removed environment may have caused; None if the environment still exists."""
    if not sys.executable or os.path.exists(sys.executable):
        return None
    return "The environment %s was removed while the task ran; run the task again, and do not remove it" % sys.prefix


def run(main: Main, argv: Optional[List[str]] = None, keep_children: Union[bool, Callable[[], bool]] = False) -> NoReturn:
    """Runs `main(task)`, which returns the outputs as a dict or raises TaskFailure; then exits this process.

    The program's children are killed at its end, unless `keep_children` (a callable or a bool) says otherwise.
    """
    path = (sys.argv if argv is None else argv)[1]
    capture = Capture()
    task = _begin(path, capture)
    code, report, last = _stoppable(main, task)
    keep = keep_children() if callable(keep_children) else keep_children
    if not (keep and code == 0):
        _end_children(task)
    if code == EXIT_STOPPED or (task.stopping and code != 0):
        code, report["status"] = EXIT_STOPPED, "stopped"
        last = last + [task.stopped_line()]
    try:
        write_private(os.path.join(task.private, os.path.basename(path).replace("request", "report")), report)
    except OSError as error:
        code = code or EXIT_FAILURE
        # The reason of an earlier failure stays at the end of the log.
        last = [
            "The report of this task could not be written to %s: %s; its outputs are lost"
            % (task.private, error.strerror or error)
        ] + last
    capture.drain()
    if last:
        task.console.block(last)
    sys.stdout.flush()
    # Skips the interpreter's shutdown: nothing is left to do, and it takes tens of milliseconds with big libraries.
    os._exit(code)


def _begin(path: str, capture: Capture) -> Task:
    """Creates the task of a request. From here on all output goes to its log."""
    collector.collect_rarely()
    request = load_request(path)
    private = os.path.dirname(os.path.abspath(path))
    secrets = Secrets(request.get("secrets") or ())
    console = Console(stream=capture.stream, secrets=secrets, rest=os.path.join(private, REST_OF_LOG))
    capture.start(console)
    task = Task(request, console, secrets, private)
    if request.get("inputsReport"):
        run_tags.announce(request["inputsReport"])
    processes.adopt_orphans()
    processes.watch_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    return task


def _stoppable(main: Main, task: Task) -> Outcome:
    """Returns the outcome of `main(task)`, which a stop may end at any time. Signals cannot interrupt what follows."""
    try:
        _handle_stops(task.handle_stop)
        outcome = _outcome(main, task)
        _handle_stops(signal.SIG_IGN)
        return outcome
    except Stopped:
        _handle_stops(signal.SIG_IGN)
        return EXIT_STOPPED, {"status": "stopped"}, []


def _handle_stops(handler: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _outcome(main: Main, task: Task) -> Outcome:
    """Runs `main(task)`; returns (exit code, report, the last lines of the log). Raises Stopped."""
    try:
        task.read_secrets()
        outputs = main(task) or {}
        return 0, {"status": "success", "outputs": outputs}, []
    except TaskFailure as failure:
        report = {"status": "failure", "outputs": failure.outputs, "error": task.secrets.mask(failure.summary)}
        last = _failure_lines(failure)
    except Stopped:
        raise
    except BaseException as error:  # any exception must reach the report and the end of the log
        if isinstance(error, SystemExit) and not error.code:
            return 0, {"status": "success"}, []
        report = {"status": "failure", "error": task.secrets.mask("%s: %s" % (type(error).__name__, error))}
        last = traceback.format_exc().rstrip().split("\n")
    gone = _vanished()
    if gone:
        report["error"], last = gone, last + [gone]
    return EXIT_FAILURE, report, last


def _end_children(task: Task) -> None:
    """Kills the program's children, then removes folders again that they may have written to in the meantime."""
    left = processes.stop_all(grace=GRACE_WHEN_STOPPED if task.stopping else GRACE)
    if left:
        task.console.line("These processes could not be ended: %s" % ", ".join(map(str, sorted(left))))
    task.remove_folders()
