# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs commands if the task that started this program ends before it reports success.

undo.py PIPE FIRST COMMANDS PIPE_OF_THE_ANSWER reads from PIPE. "done" ends it; if the pipe ends without "done", it runs FIRST,
an argv list in JSON, and then COMMANDS, a list of such lists. If FIRST fails, COMMANDS would do harm and are not run. A
container does not descend from the task, so a task killed with SIGKILL would otherwise leave its new container behind.
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
    """The task's side of undo.py: armed when created, disarmed by `done`. The commands must be safe to run twice; they are
    not run if `first` is given and fails."""

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
        with contextlib.suppress(OSError):  # undo.py is gone: nothing will be undone
            os.write(self._write, b"done")
        os.close(self._write)


def run_undo_command(command: List[str]) -> bool:
    with contextlib.suppress(OSError):  # a full disk must not prevent the undo
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
