# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A kill, as MLflow hears of it: an interrupt, by which it cancels the work that it has handed to a backend."""

import signal
from typing import TYPE_CHECKING, Any, Callable, NoReturn

if TYPE_CHECKING:
    from mlflow.projects.submitted_run import SubmittedRun


class Interruption:
    """From its making on SIGTERM interrupts; where the work is `elsewhere`, not before there is some to cancel: MLflow
    would forget what it is just handing over."""

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
        """MLflow's function that waits for submitted work, with its cancelling at any moment of it."""

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
