# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Turns a kill into the interrupt on which MLflow cancels the work that it has submitted to a backend."""

import signal
from typing import TYPE_CHECKING, Any, Callable, NoReturn

if TYPE_CHECKING:
    from mlflow.projects.submitted_run import SubmittedRun


class Interruption:
    """Makes SIGTERM raise KeyboardInterrupt from its construction on.

    If the work runs `elsewhere`, the interrupt is deferred until the work is submitted: MLflow would not cancel work whose
    submission was interrupted.
    """

    def __init__(self, elsewhere: bool) -> None:
        self._held = elsewhere
        self._requested = False
        signal.signal(signal.SIGTERM, self._hear)

    def _hear(self, number: int, frame: Any) -> None:
        self._requested = True
        if not self._held:
            self._raise()

    @staticmethod
    def _raise() -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt()

    def waiting(self, wait: Callable[["SubmittedRun"], Any]) -> Callable[["SubmittedRun"], Any]:
        """Wraps MLflow's function that waits for submitted work, so that an interrupt at any point cancels the work, once."""

        def interruptible(submitted: "SubmittedRun") -> Any:
            submitted.cancel = _once(submitted.cancel)
            try:
                self._held = False
                if self._requested:
                    self._raise()
                return wait(submitted)
            except KeyboardInterrupt:
                submitted.cancel()
                raise

        return interruptible


def _once(function: Callable[[], Any]) -> Callable[[], Any]:
    left = [function]
    return lambda: left.pop()() if left else None
