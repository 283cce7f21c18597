# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The frame around each program: request in, report out, the root cause last in the log, nothing left running.

request.json   what the worker asks for; `request["task"]`, `request["outputs"]`, `request["secrets"]` are common to
               all programs, the rest belongs to the program. It may refer to secrets: see secret_references.py.
               A run with versions of data has in `request["inputsReport"]` the report of the program that has
               fetched them.
report.json    what the worker learns: {"status": "success" | "failure" | "stopped", "outputs": {name: value},
               "error": "one sentence"}. Written to a temporary name and renamed, so it is whole or absent. The
               report of data-request.json is data-report.json.

undo-command.json    the argument list that `undo_with` has left for the worker.

so-far         what Task.so_far was given: the worker logs it when the program is killed before it can.

rest-of-log    what was printed when the worker read no more of it: DolphinScheduler 3.2 kills the task's shell first.

temporary      the paths of temporary folders, one a line, that the worker removes if the program is killed before it can.

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

# How long what the program has started may take to end, in seconds; a stopped task has 3 s in all.
GRACE = 2.0
GRACE_WHEN_STOPPED = 0.5

EXIT_FAILURE = 1
EXIT_STOPPED = 143


#: A program: what it returns are the outputs.
Main = Callable[["Task"], Optional[Dict[str, Any]]]

#: Exit code, report, and the last lines of the log.
Outcome = Tuple[int, Dict[str, Any], List[str]]

#: The log of a program whose worker no longer reads its output.
REST_OF_LOG = "rest-of-log"


class TaskFailure(Exception):
    """The task cannot succeed. `summary` is one sentence for people; `block` are the last lines of the log."""

    def __init__(self, summary: str, block: Iterable[str] = (), outputs: Optional[Dict[str, Any]] = None) -> None:
        super().__init__(summary)
        self.summary = summary
        self.block = list(block)
        self.outputs = dict(outputs or {})


class Stopped(KeyboardInterrupt):
    """The task was requested to end. Not an Exception, so that no handler of a library keeps it from the top; an interrupt,
    because an asyncio loop lets only that and SystemExit through."""


def workdir(task: "Task") -> str:
    """The directory that a task's relative paths begin at: the worker's for the task, or the current one."""
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
        """Makes a temporary folder beside the request: a tenant may not be able to write into the task's directory."""
        return self.temporary_folder(self.private, "dolphinml-")

    def temporary_folder(self, parent: str, prefix: str) -> str:
        """Makes a folder for the task's user only, which goes with the task even if the program is killed."""
        folder = os.path.join(parent, prefix + uuid.uuid4().hex[:8])
        # First the note: a kill between the two leaves a note of nothing.
        with open(os.path.join(self.private, "temporary"), "a", encoding="utf-8") as stream:
            stream.write(folder + "\n")
        self._folders.append(folder)
        os.mkdir(folder, 0o700)
        return folder

    def remove_folders(self) -> None:
        """Removes what is left of the temporary folders, once nothing that the program has started writes any more."""
        left = [folder for folder in self._folders if os.path.lexists(folder)]
        if left:
            import shutil

            for folder in left:
                shutil.rmtree(folder, ignore_errors=True)

    def undo_with(self, argv: List[str]) -> None:
        """Has the worker run a command as the task's user once it has ended this program by a kill or at the time-out."""
        write_private(os.path.join(self.private, "undo-command.json"), argv)

    def read_secrets(self) -> None:
        """Puts the secrets that the request refers to in their places. What is missing fails the task."""
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
        """The value of a secret that something else than the request refers to."""
        try:
            value = self._references.read(field, name)
        except MissingSecret as missing:
            raise TaskFailure(str(missing)) from None
        self.hide([value])
        return value

    def hide(self, values: Iterable[str]) -> None:
        """Keeps these values out of everything that people read, from now on."""
        self.secrets.add(values)
        self.request["secrets"] = list(self.request.get("secrets") or ()) + list(values)

    def so_far(self, sentence: str) -> None:
        """Sets what the log's last line says of the work so far if the task is stopped: where it can be found."""
        self._so_far = self.secrets.mask(sentence)
        with open(os.path.join(self.private, "so-far"), "w", encoding="utf-8") as stream:
            stream.write(self._so_far)

    def stopped_line(self) -> str:
        """The last line of a task that was stopped."""
        return " ".join(["Stopped before the end."] + ([self._so_far] if self._so_far else []))

    def on_stop(self, callback: Optional[Callable[[], Any]]) -> None:
        """Calls `callback()` in the main thread at the first SIGTERM or SIGINT instead of raising Stopped there."""
        self._on_stop = callback

    @contextlib.contextmanager
    def unstoppable(self) -> Iterator[None]:
        """Delays a stop until the block is done, for what must happen as a whole or not at all; only for a moment."""
        self.on_stop(lambda: None)
        try:
            yield
        finally:
            self.on_stop(None)
        if self.stopping:
            raise Stopped()

    def handle_stop(self, number: Any = None, frame: Any = None) -> None:
        # The worker and the lifeline may both ask, and what saves the work must not be interrupted again.
        if self.stopping:
            return
        self.stopping = True
        if self._on_stop is None:
            raise Stopped()
        self._on_stop()


def write_private(path: str, value: Any) -> None:
    """Writes JSON for the task's user only; the file is whole or absent."""
    temporary = path + ".part"
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(strict(value), stream, ensure_ascii=True, default=str, allow_nan=False)
    os.replace(temporary, path)


def strict(value: Any) -> Any:
    """The value as JSON has it: NaN and infinities become texts, and so do names of another type."""
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
    # It may hold secrets, and nobody needs it any more.
    os.unlink(path)
    return request


def _failure_lines(failure: TaskFailure) -> List[str]:
    return failure.block if failure.block else [failure.summary]


def _vanished() -> Optional[str]:
    """What to add to a failure whose reason may be that the environment is gone; None while it is there."""
    if not sys.executable or os.path.exists(sys.executable):
        return None
    return "The environment %s was removed while the task ran; run the task again, and do not remove it" % sys.prefix


def run(main: Main, argv: Optional[List[str]] = None, keep_children: Union[bool, Callable[[], bool]] = False) -> NoReturn:
    """Runs `main(task)`, which returns the outputs as a dict or raises TaskFailure; ends this process.

    Whatever the program started is ended with it, unless `keep_children` (a callable or a bool) says otherwise.
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
        # What has failed before stays the end of the log.
        last = [
            "The report of this task could not be written to %s: %s; its outputs are lost"
            % (task.private, error.strerror or error)
        ] + last
    capture.drain()
    if last:
        task.console.block(last)
    sys.stdout.flush()
    # Skips the interpreter's tear-down: nothing is left to do, and it takes tens of milliseconds with big libraries.
    os._exit(code)


def _begin(path: str, capture: Capture) -> Task:
    """The task of a request. From here on what is printed goes to its log."""
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
    """The outcome of `main(task)`, which a stop ends at any moment. No signal interrupts what follows."""
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
    """Runs `main(task)`: (exit code, report, the last lines of the log). Raises Stopped."""
    try:
        task.read_secrets()
        outputs = main(task) or {}
        return 0, {"status": "success", "outputs": outputs}, []
    except TaskFailure as failure:
        report = {"status": "failure", "outputs": failure.outputs, "error": task.secrets.mask(failure.summary)}
        last = _failure_lines(failure)
    except Stopped:
        raise
    except BaseException as error:  # whatever it is, it must reach the report and the log's end
        if isinstance(error, SystemExit) and not error.code:
            return 0, {"status": "success"}, []
        report = {"status": "failure", "error": task.secrets.mask("%s: %s" % (type(error).__name__, error))}
        last = traceback.format_exc().rstrip().split("\n")
    gone = _vanished()
    if gone:
        report["error"], last = gone, last + [gone]
    return EXIT_FAILURE, report, last


def _end_children(task: Task) -> None:
    """Ends what the program has started, and then removes what that may have written while its folder was removed."""
    left = processes.stop_all(grace=GRACE_WHEN_STOPPED if task.stopping else GRACE)
    if left:
        task.console.line("These processes could not be ended: %s" % ", ".join(map(str, sorted(left))))
    task.remove_folders()
