# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How the process of a project's command ended: the exit code of MLflow itself is 1 for each failure."""

import signal
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from mlflow.projects.submitted_run import SubmittedRun


class CommandExit:
    """`code` is the command's exit code, negative the signal that killed it; None before its end, and where MLflow starts
    no process of its own."""

    def __init__(self) -> None:
        self.code = None

    def waiting(self, wait: Callable[["SubmittedRun"], Any]) -> Callable[["SubmittedRun"], Any]:
        """MLflow's function that waits for submitted work, watched."""

        def watched(submitted: "SubmittedRun") -> Any:
            try:
                return wait(submitted)
            finally:
                self.code = getattr(getattr(submitted, "command_proc", None), "returncode", None)

        return watched


def describe_exit(code: int) -> str:
    """The rest of a sentence that begins with what has ended."""
    if code < 0:
        return "was killed by " + _signal_name(-code)
    # This is how a shell reports that what it started was killed.
    killed = ", as by " + _signal_name(code - 128) if 128 < code < 128 + signal.NSIG else ""
    return "ended with exit code %d%s" % (code, killed)


def _signal_name(number: int) -> str:
    try:
        return "signal %d (%s)" % (number, signal.Signals(number).name)
    except ValueError:
        return "signal %d" % number
