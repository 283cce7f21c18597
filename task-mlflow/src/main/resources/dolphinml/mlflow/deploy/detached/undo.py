# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs commands when the task that started this ends before it says that all is well.

undo.py PIPE FIRST COMMANDS PIPE_OF_THE_ANSWER: reads from PIPE; "done" ends this, the end of the pipe runs FIRST, an
argv list in JSON, and then COMMANDS, a list of them. Where FIRST fails the others would do harm and are left. A container
is not a descendant of the task, so a task that is killed outright could not take its new container with it.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from typing import List, Sequence

sys.path[0] = str(pathlib.Path(os.path.abspath(__file__)).parents[4])

from dolphinml.common import processes  # noqa: E402
from dolphinml.mlflow.deploy.detached import launch  # noqa: E402


class Undo:
    """The task's end: `armed` when made, `done` disarms it. The commands must do no harm when they run twice; they are
    left when `first` is given and fails."""

    def __init__(self, directory: str, commands: List[List[str]], first: Sequence[str] = ()) -> None:
        program = os.path.join(launch.copy_program(directory), "detached", "undo.py")
        read_end, self._write = os.pipe()
        log = os.path.join(directory, "undo.log")
        try:
            words = [str(read_end), json.dumps(first), json.dumps(commands)]
            launch.await_ready(launch.start_detached(program, words, log, directory, (read_end,)))
        finally:
            os.close(read_end)
        self.armed = True

    def done(self) -> None:
        self.armed = False
        with contextlib.suppress(OSError):  # it is gone: nothing is undone
            os.write(self._write, b"done")
        os.close(self._write)


def run_undo_command(command: List[str]) -> bool:
    with contextlib.suppress(OSError):  # a full disk keeps nothing from being undone
        print("undoing: %s" % " ".join(command), flush=True)
    try:
        return subprocess.call(command) == 0
    except OSError:
        return False


def main(argv: List[str]) -> None:
    pipe, first, commands, answer = int(argv[1]), json.loads(argv[2]), json.loads(argv[3]), int(argv[4])
    processes.detach()
    os.write(answer, b"ready")
    os.close(answer)
    said = b""
    while True:
        piece = os.read(pipe, 64)
        if not piece:
            break
        said += piece
    if said == b"done" or first and not run_undo_command(first):
        return
    for command in commands:
        run_undo_command(command)


if __name__ == "__main__":
    main(sys.argv)
