# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The child's side of the training's process: receives the frame's messages and answers them."""

import json
import os
import sys
from typing import Any, Callable, Dict, NoReturn, Optional, Tuple

Request = Dict[str, Any]
Train = Callable[[Request], int]


class Fault(Exception):
    """The training cannot begin, for the reason in the sentence.

    With `quotes`, the frame appends the error that a tool has just printed.
    """

    def __init__(self, sentence: str, quotes: bool = False) -> None:
        super().__init__(sentence)
        self.quotes = quotes


class Frame:
    """The connection to the frame; the counterpart of `Child` in child.py."""

    def __init__(self, orders: int, answers: int) -> None:
        self._orders = os.fdopen(orders, "rb")
        self._answers = os.fdopen(answers, "w", encoding="utf-8")

    def listen(self) -> Request:
        """Waits for the frame's next message and returns it; exits this process if the frame is gone."""
        line = self._orders.readline()
        if not line:
            os._exit(1)
        return json.loads(line.decode("utf-8"))

    def answer(self, **message: Any) -> None:
        self._answers.write(json.dumps(message) + "\n")
        self._answers.flush()


def run_child(
    orders: int,
    answers: int,
    prepare: Callable[[Request], Tuple[Dict[str, Any], Train]],
    ahead: Optional[Callable[[Request], None]] = None,
) -> NoReturn:
    """Calls `prepare(request)`, which returns (a report for the frame, the training), then `training(run)`.

    A training returns its exit code, or raises Fault. `ahead(request)` is called in between, while the frame creates the
    run; a program that passes it must not need the interpreter's shutdown, which is skipped.
    """
    frame = Frame(orders, answers)
    request = frame.listen()
    try:
        prepared, training = prepare(request)
    except Fault as fault:
        frame.answer(fault=str(fault))
        sys.exit(1)
    frame.answer(ready=prepared)
    if ahead is not None:
        ahead(request)
    order = frame.listen()
    os.environ.update(order["variables"])
    try:
        code = training(order)
    except Fault as fault:
        frame.answer(error=str(fault), quotes=fault.quotes)
        sys.exit(1)
    sys.stdout.flush()
    frame.answer(code=code)
    if ahead is not None:
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def one_line(error: BaseException) -> str:
    """Returns the exception's message in one line, to be part of a sentence."""
    return " ".join(str(error).split()) or type(error).__name__
