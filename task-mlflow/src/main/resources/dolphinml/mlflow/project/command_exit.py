# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Records the exit code of a project's command; MLflow itself exits with 1 for every failure."""

import signal
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from mlflow.projects.submitted_run import SubmittedRun


class CommandExit:
    """The exit of a project's command.

    `code` is the exit code, or the negative number of the signal that killed the command; None before its end, and if
    MLflow starts no process itself.
    """

    def __init__(self) -> None:
        self.code = None

    def waiting(self, wait: Callable[["SubmittedRun"], Any]) -> Callable[["SubmittedRun"], Any]:
        """Wraps MLflow's function that waits for submitted work, to record the exit code."""

        def watched(submitted: "SubmittedRun") -> Any:
            try:
                return wait(submitted)
            finally:
                self.code = getattr(getattr(submitted, "command_proc", None), "returncode", None)

        return watched


def describe_exit(code: int) -> str:
    """Returns the predicate of a sentence whose subject is the process that ended."""
    if code < 0:
        return "was killed by " + _signal_name(-code)
    # A shell reports a child killed by a signal as 128 plus the signal's number.
    killed = ", as by " + _signal_name(code - 128) if 128 < code < 128 + signal.NSIG else ""
    return "ended with exit code %d%s" % (code, killed)


def _signal_name(number: int) -> str:
    try:
        return "signal %d (%s)" % (number, signal.Signals(number).name)
    except ValueError:
        return "signal %d" % number
