# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A copy of this process that does other work, with all that is imported already."""

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
    """Calls `work()` in a new process and ends it by what that raises or returns, as an interpreter ends a program.

    output     the descriptor to print to, on both streams
    variables  the whole environment of the process

    The other threads of this process are not copied: none of them may hold a lock that the work needs. Those of the libraries
    for linear algebra, of pyarrow and of Python's own logging and imports take care of that themselves.
    """

    def __init__(self, work: Callable[[], Any], output: int, variables: Dict[str, str]) -> None:
        self.returncode: Any = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = processes.fork()
        if self.pid == 0:
            _become_program(output, variables)
            # What is above on the stack belongs to the other process.
            os._exit(_code_of(work))

    def wait(self) -> int:
        """The exit code, negative for a signal, as the module subprocess has it."""
        if self.returncode is None:
            try:
                _, status = os.waitpid(self.pid, 0)
            except ChildProcessError:  # it was waited for where all processes of the task were ended
                status = 0
            self.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return self.returncode


def _become_program(output: int, variables: Dict[str, str]) -> None:
    """Makes of the copy what a program is at its start."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    collector.collect_as_usual()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(variables)
    # Each line is in the log when it is printed.
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
    # In the order of an interpreter, and of the module multiprocessing, which has no public names for them either.
    vars(threading)["_shutdown"]()
    vars(atexit)["_run_exitfuncs"]()
    sys.stdout.flush()
    sys.stderr.flush()
    return code
