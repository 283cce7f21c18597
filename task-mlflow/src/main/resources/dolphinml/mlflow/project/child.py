# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The frame's side of the process that runs the training.

The frame forks it after importing MLflow, so that both share an import that takes seconds. It imports what else it needs while
the frame looks up the experiment. They exchange lines of JSON: one pipe carries the request and, once the run is created, the
run; another returns the result of the checks (`ready` or `fault`) and of the training (`code` or `error`).
"""

import json
import os
import select
from typing import TYPE_CHECKING, Any, Callable, Dict, Tuple

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.project import command_exit
from dolphinml.mlflow.project.child_output import ChildOutput
from dolphinml.mlflow.project.forked import Forked

if TYPE_CHECKING:
    from dolphinml.common.console import Console

SECONDS_BETWEEN_LINES = 60.0


class Child:
    """Runs `program(orders, answers)` with the child's ends of the pipes; `variables` are its complete environment."""

    def __init__(self, program: Callable[[int, int], Any], variables: Dict[str, str], console: "Console") -> None:
        self._console = console
        self.output = ChildOutput(console)
        self._answers, answer_writer = os.pipe()
        order_reader, self._orders = os.pipe()
        self._unread = b""

        def talk() -> None:
            # With its own copy of the pipe's write end open, it would not notice that the frame is gone.
            os.close(self._orders)
            os.close(self._answers)
            program(order_reader, answer_writer)

        self.process = Forked(talk, self.output.writer, variables)
        os.close(order_reader)
        os.close(answer_writer)
        self.output.start()

    def send(self, message: Dict[str, Any]) -> None:
        """Sends one message. Ignores a child that is gone: `ready` and `end` report that."""
        try:
            data = memoryview(json.dumps(message).encode("utf-8") + b"\n")
            while data:
                data = data[os.write(self._orders, data) :]
        except OSError:
            pass

    def ready(self, what: str) -> Dict[str, Any]:
        """Returns what the child reports when it is ready to train; raises TaskFailure with its fault, or if it has died."""
        answer = self._answer(what)
        if "ready" in answer:
            return answer["ready"]
        self.process.wait()
        self.output.drain()
        raise TaskFailure(answer.get("fault") or self._died())

    def end(self, what: str) -> Tuple[bool, str]:
        """Waits for the child's end; returns whether the training succeeded, and the reason if not."""
        answer = self._answer(what)
        code = answer.get("code", self.process.wait())
        self.output.drain()
        error = answer.get("error")
        said = self.output.error_of_a_tool() if answer.get("quotes") else None
        if error:
            return False, "%s (%s)" % (error, said) if said else error
        if "code" not in answer:
            return code == 0, self._died()
        return code == 0, self.output.reason() or "The project's command " + command_exit.describe_exit(code)

    def _died(self) -> str:
        return self.output.reason() or "The training's process " + command_exit.describe_exit(self.process.returncode)

    def _answer(self, what: str) -> Dict[str, Any]:
        """Waits for the child's next message; returns an empty one if the child ends without sending any."""
        silent, seen = 0.0, self.output.lines
        while b"\n" not in self._unread:
            if not select.select([self._answers], [], [], SECONDS_BETWEEN_LINES)[0]:
                silent += SECONDS_BETWEEN_LINES
                if self.output.lines == seen:
                    self._console.line("%s (no output for %d min)" % (what, silent // 60))
                else:
                    silent, seen = 0.0, self.output.lines
                continue
            data = os.read(self._answers, 65536)
            if not data:
                return {}
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line.decode("utf-8"))
