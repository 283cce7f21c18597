# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The program's side of the connection: starts the process that holds it, sends it requests, and kills it if necessary."""

import collections
import json
import os
import queue
import subprocess
import sys
import threading
import time
from typing import IO, Any, Callable, Deque, Dict, Optional

from dolphinml.common.optional import given
from dolphinml.common.program import Stopped

LINES_KEPT = 20

# How often a wait checks for a stop request, in seconds.
_TURN = 0.1


class StatementError(Exception):
    """OpenMLDB refused the statement, or the connection failed."""

    def __init__(self, message: str, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class NoAnswer(StatementError):
    """No answer came in time; the statement may still be running."""


class AnswerLost(NoAnswer):
    """No answer will come; the statement may have been carried out."""


class OpenMldbSession:
    """One session with OpenMLDB. Statements run one after another; only one thread may use it.

    Once `stopping()` is true, requests and pauses raise Stopped: before anything is sent, or during a wait. So
    `pending` always says whether OpenMLDB may have an unanswered statement, and no answer is lost.
    """

    def __init__(
        self, options: Dict[str, Any], program: Optional[str] = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = options
        self._program = program or os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.py")
        self._clock = clock
        self._process: Optional[subprocess.Popen] = None
        self._replies: "queue.Queue[Any]" = queue.Queue()
        self._last_id = 0
        self.stopping: Callable[[], bool] = lambda: False
        self.pending: Optional[int] = None
        self.printed: Deque[str] = collections.deque(maxlen=LINES_KEPT)

    def start(self, seconds: float) -> Optional[str]:
        """Connects. Returns the SDK's version, None for an API server. After a failure the process has ended."""
        read_end, write_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, self._program, str(write_end)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[write_end],
            )
        finally:
            os.close(write_end)
        self._replies = queue.Queue()
        _thread(self._read_replies, os.fdopen(read_end, "rb"), self._replies)
        _thread(self._read_prints, self._process.stdout)
        try:
            return self._request({"op": "connect", "options": self._options}, seconds)["version"]
        except BaseException:
            self.close()
            raise

    def execute(
        self,
        sql: str,
        rows: int = 20,
        csv_path: Optional[str] = None,
        seconds: Optional[float] = None,
        about: Optional[Dict[str, Any]] = None,
    ) -> Dict[str, Any]:
        """Runs a statement; `about` describes one of the script.

        Returns {"columns": names or None, "rows": the first rows, "total": how many} and what client.py adds to it.
        """
        return self._request({"op": "execute", "sql": sql, "rows": rows, "csv": csv_path, "about": about}, seconds)

    def late_answer(self, seconds: float) -> Dict[str, Any]:
        """Returns the answer to the pending request; raises NoAnswer if it does not come within `seconds`."""
        return self._answer(self.pending, seconds)

    def pause(self, seconds: float) -> None:
        deadline = self._clock() + seconds
        while self._clock() < deadline:
            self._check_stop()
            time.sleep(min(_TURN, max(0.0, deadline - self._clock())))
        self._check_stop()

    def _check_stop(self) -> None:
        if self.stopping():
            raise Stopped()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        if self._process is None:
            return
        if self.alive:
            self._process.kill()
        self._process.wait()
        try:
            self._questions().close()
        except OSError:
            pass
        self._process = None
        self.pending = None

    def _request(self, question: Dict[str, Any], seconds: Optional[float]) -> Dict[str, Any]:
        self._check_stop()
        if not self.alive:
            raise StatementError(str(self._gone()))
        self._last_id += 1
        line = json.dumps(dict(question, id=self._last_id)) + "\n"
        self.pending = self._last_id
        try:
            questions = self._questions()
            questions.write(line.encode("ascii"))
            questions.flush()
        except OSError:
            raise self._gone()
        return self._answer(self._last_id, seconds)

    def _questions(self) -> IO[bytes]:
        """Returns the process's standard input, on which it reads requests."""
        return given(given(self._process).stdin)

    def _answer(self, number: Optional[int], seconds: Optional[float]) -> Dict[str, Any]:
        deadline = None if seconds is None else self._clock() + seconds
        while True:
            try:
                left = _TURN if deadline is None else min(_TURN, max(0.0, deadline - self._clock()))
                reply = self._replies.get(timeout=left)
            except queue.Empty:
                self._check_stop()
                if seconds is not None and deadline is not None and self._clock() >= deadline:
                    raise NoAnswer("no answer within %g s" % seconds)
                continue
            if reply is None:
                raise self._gone()
            if reply["id"] == number:
                self.pending = None
                if reply["ok"]:
                    return reply
                if reply.get("lost"):
                    raise AnswerLost(reply["error"])
                raise StatementError(reply["error"], reply.get("missing", False))

    def _gone(self) -> AnswerLost:
        self.pending = None
        code = None if self._process is None else self._process.wait()
        how = "" if code is None else (" by signal %d" % -code if code < 0 else " with exit code %d" % code)
        said = "".join("\n  " + line for line in self.printed)
        return AnswerLost("OpenMLDB's client ended%s in the middle of its work.%s" % (how, said))

    @staticmethod
    def _read_replies(stream: IO[bytes], replies: "queue.Queue[Any]") -> None:
        with stream:
            for line in stream:
                replies.put(json.loads(line.decode("ascii")))
        replies.put(None)

    def _read_prints(self, stream: IO[bytes]) -> None:
        for line in stream:
            printed = line.decode("utf-8", "replace").rstrip()
            if printed and ":ZOO_INFO@" not in printed:
                self.printed.append(printed)


def _thread(target: Callable[..., Any], *arguments: Any) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()
