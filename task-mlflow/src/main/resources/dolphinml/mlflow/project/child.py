# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The process in which the training runs, seen from the frame.

It is forked from the frame once MLflow is imported, which takes seconds, so that one import serves both. It imports what else it
needs while the frame looks for the experiment. The frame talks to it in lines of JSON: the request and, once the run is made,
the run go to it on one pipe; what it found (`ready` or `fault`) and how it ended (`error`) come back on another.
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
    """`program(orders, answers)` is what the process does with its ends of the pipes, `variables` its whole environment."""

    def __init__(self, program: Callable[[int, int], Any], variables: Dict[str, str], console: "Console") -> None:
        self._console = console
        self.output = ChildOutput(console)
        self._answers, answer_writer = os.pipe()
        order_reader, self._orders = os.pipe()
        self._unread = b""

        def talk() -> None:
            # Its end of the pipe to itself would keep it from noticing that the frame is gone.
            os.close(self._orders)
            os.close(self._answers)
            program(order_reader, answer_writer)

        self.process = Forked(talk, self.output.writer, variables)
        os.close(order_reader)
        os.close(answer_writer)
        self.output.start()

    def send(self, message: Dict[str, Any]) -> None:
        """Sends one message; a child that is gone cannot use it, and its end is noticed when its state is read."""
        try:
            data = memoryview(json.dumps(message).encode("utf-8") + b"\n")
            while data:
                data = data[os.write(self._orders, data) :]
        except OSError:
            pass

    def ready(self, what: str) -> Dict[str, Any]:
        """What the child says when it is ready to go; raises TaskFailure with its fault, or when it is gone."""
        answer = self._answer(what)
        if "ready" in answer:
            return answer["ready"]
        self.process.wait()
        self.output.drain()
        raise TaskFailure(answer.get("fault") or self._died())

    def end(self, what: str) -> Tuple[bool, str]:
        """Whether the training was a success, and the reason if not, when the child has ended."""
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
        """The child's next message, empty when it has ended without one."""
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
