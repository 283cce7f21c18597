"""Runs commands when the task that started this ends before it says that all is well.

undo.py PIPE COMMANDS PIPE_OF_THE_ANSWER: reads from PIPE; "done" ends this, the end of the pipe runs COMMANDS, a JSON
list of argv lists. A container is no descendant of the task, so a task that is killed outright could not take its new
container with it.
"""

import json
import os
import subprocess
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from dolphinml.mlflow.deploy import launch  # noqa: E402


class Undo:
    """The task's end: armed when made, `done` disarms it. The commands must do no harm when they run twice."""

    def __init__(self, directory, commands):
        program = os.path.join(os.path.dirname(launch.copy_program(directory)), "undo.py")
        read_end, self._write = os.pipe()
        log = os.path.join(directory, "undo.log")
        try:
            launch.await_ready(
                launch.start_detached(program, [str(read_end), json.dumps(commands)], log, directory, (read_end,))
            )
        finally:
            os.close(read_end)

    def done(self):
        os.write(self._write, b"done")
        os.close(self._write)


def main(argv):
    pipe, commands, answer = int(argv[1]), json.loads(argv[2]), int(argv[3])
    launch.detach()
    os.write(answer, b"ready")
    os.close(answer)
    said = b""
    while True:
        piece = os.read(pipe, 64)
        if not piece:
            break
        said += piece
    if said == b"done":
        return
    for command in commands:
        print("undoing: %s" % " ".join(command), flush=True)
        subprocess.call(command)


if __name__ == "__main__":
    main(sys.argv)
