# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Forks this process to do other work with the modules that are already imported."""

import atexit
import io
import os
import signal
import sys
import threading
import traceback
from typing import Any, Callable, Dict, cast

from dolphinml.common import collector, processes


class Forked:
    """Calls `work()` in a forked process, which exits as a Python program would: by what `work` raises or returns.

    output     the descriptor to print to, on both streams
    variables  the complete environment of the process

    A fork does not copy the other threads, so none of them may hold a lock that the work needs. The linear algebra libraries,
    pyarrow, and Python's logging and import system handle forks themselves.
    """

    def __init__(self, work: Callable[[], Any], output: int, variables: Dict[str, str]) -> None:
        self.returncode: Any = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = processes.fork()
        if self.pid == 0:
            _become_program(output, variables)
            # Never return to the callers: their frames belong to the parent process.
            os._exit(_code_of(work))

    def wait(self) -> int:
        """Waits for the process; returns its exit code, negative for a signal, as `subprocess` does."""
        if self.returncode is None:
            try:
                _, status = os.waitpid(self.pid, 0)
            except ChildProcessError:  # already reaped when all processes of the task were ended
                status = 0
            self.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return self.returncode


def _become_program(output: int, variables: Dict[str, str]) -> None:
    """Resets the forked process to the state of a program that has just started."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    collector.collect_as_usual()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(variables)
    # So that each line reaches the log as soon as it is printed.
    for stream in (sys.stdout, sys.stderr):
        cast(io.TextIOWrapper, stream).reconfigure(line_buffering=True)


def _code_of(work: Callable[[], Any]) -> int:
    code = 1
    try:
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    # In the interpreter's order. `multiprocessing` also calls these private functions: there are no public ones.
    vars(threading)["_shutdown"]()
    vars(atexit)["_run_exitfuncs"]()
    sys.stdout.flush()
    sys.stderr.flush()
    return code
