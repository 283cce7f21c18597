# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a tool that builds environments: logs its progress and keeps its error for the end of the log."""

import codecs
import collections
import ctypes
import os
import re
import select
import signal
import subprocess
import time
from typing import Any, Callable, Deque, Dict, List, Optional

from dolphinml.common.console import LineFolder
from dolphinml.common.optional import given
from dolphinml.environment.build_log import BuildLog

# After this many seconds without output the log says that the tool is still running.
SILENCE = 30.0
LONGEST_ERROR = 30
GRACE = 1.0

_ERROR = re.compile(r"\s*(?:error\b|fatal\b|critical\b|×|[A-Za-z.]*(?:Error|Exception)\b|.*\bNo space left on device)", re.I)
_CHATTER = re.compile(r"\s*\[notice\]|\s*WARNING: You are using pip")

_PR_SET_PDEATHSIG = 1

# Variables that a task's shell may have set for its own Python and that must not reach the tools.
_FOREIGN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "PIP_ROOT",
    "PIP_REQUIREMENT",
    "PIP_PYTHON",
    "UV_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "CONDA_SHLVL",
    "CONDA_PROMPT_MODIFIER",
    "__PYVENV_LAUNCHER__",
)
_QUIET = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_PROGRESS_BAR": "off",
    "NO_COLOR": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUNBUFFERED": "1",
    "UV_NO_PROGRESS": "1",
    "CONDA_ALWAYS_YES": "true",
    "MAMBA_ALWAYS_YES": "true",
    "MAMBA_NO_BANNER": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


class ToolFailed(Exception):
    """A tool ended with a non-zero exit code. `lines` is its error message."""

    def __init__(self, tool: str, code: int, lines: List[str]) -> None:
        super().__init__("%s ended with exit code %d" % (tool, code))
        self.tool = tool
        self.code = code
        self.lines = lines


def uv_may_download() -> bool:
    """Whether the site allows uv to download a Python; by default it must not try."""
    return os.environ.get("UV_PYTHON_DOWNLOADS", "never") not in ("never", "false", "manual")


def tool_environment(extra: Optional[Dict[str, str]] = None) -> Dict[str, str]:
    """Returns the environment variables of a tool."""
    variables = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    variables.setdefault("UV_PYTHON_DOWNLOADS", "never")
    variables.update(_QUIET)
    variables.update(extra or {})
    return variables


def run_tool(argv: List[str], log: BuildLog, directory: str, variables: Optional[Dict[str, str]] = None) -> None:
    """Runs a tool until it ends. Raises ToolFailed, or what a signal handler raises; then the tool has been killed."""
    tool = _tool_name(argv)
    try:
        child = subprocess.Popen(
            argv,
            cwd=directory,
            env=tool_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_dying_with_parent(),
        )
    except OSError as error:
        raise ToolFailed(tool, 127, ["%s could not be started: %s" % (argv[0], error.strerror)])
    tail: Deque[str] = collections.deque(maxlen=400)
    try:
        _follow(child, tool, log, tail)
        code = child.wait()
    except BaseException:
        _end_tool(child)
        raise
    finally:
        if child.stdout is not None:
            child.stdout.close()
    if code != 0:
        raise ToolFailed(tool, code, own_error(list(tail)) or ["exit code %d, without an error message" % code])


def _tool_name(argv: List[str]) -> str:
    if "-m" in argv[:4]:
        return argv[argv.index("-m") + 1]
    return os.path.basename(argv[0])


class _Output:
    """Logs a tool's output and keeps its last lines."""

    def __init__(self, log: BuildLog, tail: Deque[str]) -> None:
        self._log = log
        self._tail = tail

    def line(self, text: str, margin: str = "") -> None:
        for line in text.split("\n"):
            if line.strip() and not _CHATTER.match(line):
                self._tail.append(line.rstrip())
                self._log.tool_line(line.rstrip())

    def beginning(self, text: str, size: int, margin: str = "") -> None:
        self.line(text.replace("\n", " "))


def _follow(child: "subprocess.Popen[bytes]", tool: str, log: BuildLog, tail: Deque[str]) -> None:
    folder, decoder = LineFolder(_Output(log, tail)), codecs.getincrementaldecoder("utf-8")("replace")
    begin, descriptor = time.monotonic(), given(child.stdout).fileno()
    while True:
        if not select.select([descriptor], [], [], SILENCE)[0]:
            log.line("  %s is still running (%d s)" % (tool, time.monotonic() - begin))
            continue
        data = os.read(descriptor, 65536)
        if not data:
            break
        folder.feed(decoder.decode(data))
    folder.close()


def own_error(lines: List[str]) -> List[str]:
    """Returns the lines of a tool's output that say why it failed: from its first error on, else its last lines."""
    for index, line in enumerate(lines):
        if _ERROR.match(line):
            return lines[index:][:LONGEST_ERROR]
    return lines[-LONGEST_ERROR // 2 :]


def _dying_with_parent() -> Optional[Callable[[], Any]]:
    """Returns a preexec function that has the kernel kill the child when this process is killed."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _end_tool(child: "subprocess.Popen[bytes]") -> None:
    """Kills a tool and the processes in its process group."""
    deadline = time.monotonic() + GRACE
    number = signal.SIGTERM
    while child.poll() is None:
        try:
            os.killpg(child.pid, number)
        except OSError:
            break
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            number = signal.SIGKILL
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        pass
