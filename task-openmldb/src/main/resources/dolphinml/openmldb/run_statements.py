# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the statements of an OPENMLDB node one after another through OpenMLDB's Python SDK or its API server.

request["statements"]:
    apiServer             "host:port" of the API server, or null for the SDK
    zk, zkPath            ZooKeeper and root path of the cluster; for the SDK
    user, password        OpenMLDB's, or null; for the SDK
    executeMode           "offline" or "online": the mode in which the session starts
    setsSyncJob           whether a statement sets @@sync_job; then the task does not set it
    list                  [{"number", "line", "kind", "head", "text", ...}], in order, each with what is known about it:
                          variable and value of a SET of the session, mode of a query with its own, database of a USE,
                          columns of a SELECT (their names, where its text has them)
    jobTimeout            seconds, or null for no limit
    pollInterval          seconds
    resultCsv             folder for the rows of SELECT statements as CSV, or null
    runKey, recordDir     for attempts.py; either may be null

Outputs: the columns of the last one-row result of a SELECT that has a column of a declared name.
"""

import os
import sys

if __name__ == "__main__":
    # Import from the folder of the staged programs, not from this file's: no file here may shadow a module of the user.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from dolphinml.common import program
from dolphinml.common.optional import given
from dolphinml.common.program import Stopped, Task, TaskFailure
from dolphinml.openmldb import results, zookeeper
from dolphinml.openmldb.attempts import Attempts
from dolphinml.openmldb.jobs import Job, JobFailed, JobWatch
from dolphinml.openmldb.session import AnswerLost, NoAnswer, OpenMldbSession, StatementError

#: One statement of the request, with what is known about it.
Statement = Dict[str, Any]

SECONDS_TO_CONNECT = 10.0
# The total time for a stopped task to stop its job: after three seconds it is killed outright.
SECONDS_TO_STOP = 2.4
SECONDS_FOR_LATE_ANSWER = 1.0
SECONDS_TO_RECONNECT = 1.0

# Statements of these kinds start a job, which may be running although no answer came.
STARTS_JOB = ("LOAD_DATA", "SELECT_INTO", "DEPLOY")
MOST_LOG_LINES = 200

# The kinds of earlier statements that an attempt still has to run when it takes over a previous attempt's job.
OF_THE_SESSION = ("USE", "SET", "SELECT", "SHOW", "DESCRIBE", "EXPLAIN")


def main(task: Task) -> Dict[str, Any]:
    settings = task.request["statements"]
    connect = connect_api_server if settings.get("apiServer") else connect_sdk
    session, cluster, how = connect(settings)
    try:
        task.console.line("OpenMLDB through its %s, mode %s" % (how, settings["executeMode"]))
        return StatementRun(task, settings, session, cluster).run()
    finally:
        session.close()


def connect_api_server(settings: Dict[str, Any]) -> Tuple[OpenMldbSession, str, str]:
    """Returns a session with the API server, the name of its cluster, and a phrase for the log."""
    address = settings["apiServer"]
    session = OpenMldbSession({"apiServer": address})
    try:
        session.start(SECONDS_TO_CONNECT)
    except StatementError as error:
        raise TaskFailure(
            "openmldb.apiServer: no API server of OpenMLDB answers at %s (%s); check the address and that it is up."
            % (address, error)
        )
    return session, address, "API server %s" % address


def connect_sdk(settings: Dict[str, Any]) -> Tuple[OpenMldbSession, str, str]:
    """Returns the same as `connect_api_server`, for a session through the SDK."""
    zk, zk_path = settings["zk"], settings["zkPath"]
    check_zookeeper(zk, zk_path)
    options = {"zk": zk, "zkPath": zk_path}
    if settings.get("user"):
        options.update(user=settings["user"], password=settings.get("password") or "")
    session = OpenMldbSession(options)
    version = start_sdk(session, zk, zk_path)
    return session, zk + zk_path, "Python SDK %s, ZooKeeper %s, path %s" % (version, zk, zk_path)


def check_zookeeper(zk: str, zk_path: str) -> None:
    """Raises TaskFailure within SECONDS_TO_CONNECT unless a ZooKeeper answers and knows the path."""
    try:
        client = zookeeper.ZooKeeper(zk, SECONDS_TO_CONNECT)
    except ValueError as error:
        raise TaskFailure('zk: "%s" is not a server; use host:port, several separated by commas.' % error)
    except zookeeper.Unreachable as error:
        raise TaskFailure("zk: no ZooKeeper can be reached (%s); check the address and that it is up." % error)
    try:
        if not client.exists(zk_path):
            known = ", ".join("/" + name for name in client.children("/")) or "nothing that may be listed"
            raise TaskFailure(
                'zkPath: "%s" is not in the ZooKeeper at %s, which has %s; use the zk_root_path of OpenMLDB.'
                % (zk_path, zk, known)
            )
    except OSError as error:
        raise TaskFailure("zk: ZooKeeper at %s does not answer: %s; check that it is up." % (zk, error))
    finally:
        client.close()


def start_sdk(session: OpenMldbSession, zk: str, zk_path: str) -> Optional[str]:
    try:
        return session.start(SECONDS_TO_CONNECT)
    except StatementError as error:
        if error.missing:
            raise TaskFailure(
                "openmldb.environment: the Python at %s cannot import OpenMLDB's SDK (%s); pip install openmldb there,"
                " name an environment that has it, or set openmldb.apiServer, which needs no SDK." % (sys.executable, error)
            )
        where = "zk: OpenMLDB does not answer through ZooKeeper %s, path %s" % (zk, zk_path)
        said = ["OpenMLDB's client said:"] + ["  " + line for line in session.printed] if session.printed else []
        sentence = "%s; check that its name server and tablets are up and registered there." % where
        raise TaskFailure(sentence, block=said + [sentence])


class StatementRun:
    """One run of a node's statements."""

    def __init__(
        self,
        task: Task,
        settings: Dict[str, Any],
        session: OpenMldbSession,
        cluster: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._task = task
        self._console = task.console
        self._settings = settings
        self._session = session
        self._clock = clock
        self._statements = settings["list"]
        self._mode = settings["executeMode"]
        self._texts = ["%s\n%s" % (self._mode, statement["text"]) for statement in self._statements]
        self._sync_job: Optional[bool] = None
        self._declared = [output["name"] for output in task.request.get("outputs") or ()]
        self._watch = JobWatch(session, self._say, settings["pollInterval"], settings.get("jobTimeout"), clock, session.pause)
        self._attempts = Attempts(settings.get("recordDir"), settings.get("runKey"), cluster, self._say)
        self._current: Optional[Statement] = None
        self._running: Optional[Job] = None
        self._done: List[Tuple[Statement, Job]] = []
        self._nameless = False
        self.outputs: Dict[str, Any] = {}

    def run(self) -> Dict[str, Any]:
        """Runs the statements and returns the outputs."""
        # From here on the signal itself interrupts nothing, so that no answer that names a job is lost.
        self._session.stopping = lambda: self._task.stopping
        self._task.on_stop(lambda: None)
        try:
            self._prepare()
            first, adopted = self._earlier()
            for statement in self._statements:
                self._current = statement
                if statement["number"] < first and not self._repeatable(statement):
                    self._say("%s: done by the earlier attempt" % self._head(statement))
                else:
                    self._run_one(statement, adopted if statement["number"] == first else None)
            self._current = None
            self._look_again()
        except Stopped:
            self._stop_jobs()
            raise
        self._warn_of_missing()
        return self.outputs

    def _say(self, text: str) -> None:
        if self._current is None:
            self._console.line(text)
        else:
            self._console.line("[%d/%d] %s" % (self._current["number"], len(self._statements), text))

    @staticmethod
    def _head(statement: Statement) -> str:
        return "line %d: %s" % (statement["line"], statement["head"])

    def _prepare(self) -> None:
        try:
            self._set("execute_mode", self._mode, "SET @@execute_mode='%s'" % self._mode)
            if not self._settings["setsSyncJob"]:
                self._set("sync_job", "false", "SET @@sync_job=false")
        except StatementError as error:
            raise TaskFailure("executeMode: OpenMLDB did not take %s: %s" % (self._mode, error))

    def _set(self, variable: str, value: str, sql: str) -> None:
        self._session.execute(sql, about={"kind": "SET", "variable": variable, "value": value})

    def _earlier(self) -> Tuple[int, Optional[Job]]:
        """Returns the first statement to run, and the job of an earlier attempt that it waits for, if any."""
        found = self._attempts.find(self._texts)
        if found is None:
            return 0, None
        number, job = found
        noted = job.start_time
        try:
            self._watch.look(job)
        except StatementError:
            return 0, None
        except Stopped:
            self._say("%s of an earlier attempt may still run" % job)
            raise
        if noted and job.start_time != noted:
            return 0, None
        if job.final and not job.finished:
            self._say("%s of an earlier attempt is %s: all statements are run again" % (job, job.state))
            self._attempts.forget()
            return 0, None
        self._say("%s of an earlier attempt is %s: taken over at statement %d" % (job, job.state, number))
        self._running = job
        return number, job

    def _repeatable(self, statement: Statement) -> bool:
        """Whether the statement only sets up the session or reads, and does not start a job."""
        kind = statement["kind"]
        return kind in OF_THE_SESSION and (kind != "SELECT" or not self._offline(statement))

    def _offline(self, statement: Statement) -> bool:
        return statement.get("mode", self._mode) == "offline"

    def _run_one(self, statement: Statement, adopted: Optional[Job]) -> None:
        started = self._clock()
        self._say(self._head(statement))
        try:
            if adopted is not None:
                self._follow(adopted, statement)
            else:
                self._execute(statement)
        except StatementError as error:
            raise self._failure(statement, str(error))
        except JobFailed as error:
            raise self._failure(statement, str(error), self._running)
        self._say("done after %.1f s" % (self._clock() - started))

    def _execute(self, statement: Statement) -> None:
        seconds = self._settings.get("jobTimeout") if self._sync_job else None
        csv_path = self._csv_path(statement)
        try:
            reply = self._session.execute(statement["text"], csv_path=csv_path, seconds=seconds, about=statement)
        except AnswerLost as error:
            fate = self._unanswered(statement)
            raise StatementError("%s: %s" % (fate, error) if fate else str(error))
        except NoAnswer:
            raise StatementError(
                "it ran longer than openmldb.jobTimeout (%g s); its job may still run: @@sync_job is on, so its number"
                " is not known here, see SHOW JOBS" % given(seconds)
            )
        if reply.get("note"):
            self._say(reply["note"])
        self._note_setting(statement)
        job = Job.of(reply, statement["kind"])
        if job is not None:
            self._follow(job, statement)
        elif reply["columns"]:
            self._show(statement, reply, csv_path)

    def _unanswered(self, statement: Statement) -> str:
        """Says what may have happened if a statement was sent and not answered; empty if that does not matter."""
        if statement["kind"] in STARTS_JOB or self._offline(statement):
            return "a job may have been started, see SHOW JOBS"
        return "" if self._repeatable(statement) else "the statement may have been carried out"

    def _note_setting(self, statement: Statement) -> None:
        if statement.get("variable") == "execute_mode":
            self._mode = statement["value"].lower()
        elif statement.get("variable") == "sync_job":
            self._sync_job = statement["value"].lower() == "true"

    def _csv_path(self, statement: Statement) -> Optional[str]:
        folder = self._settings.get("resultCsv")
        if not folder or statement["kind"] != "SELECT" or self._offline(statement):
            return None
        return os.path.join(folder, "statement-%d.csv" % statement["number"])

    def _follow(self, job: Job, statement: Statement) -> None:
        self._running = job
        number = statement["number"]
        self._attempts.note(job, number, self._texts[:number])
        # The log's last line if the task is killed, even if the program can no longer log.
        self._task.so_far("OpenMLDB's %s may still run." % job)
        try:
            self._watch.follow(job)
        finally:
            if job.final:
                self._attempts.forget()
                self._task.so_far("")
        self._done.append((statement, job))
        if statement["kind"] == "SELECT":
            self._show_log(job)
        self._running = None

    def _show_log(self, job: Job) -> None:
        """Shows the job's log, the only place with the rows of a SELECT in offline mode."""
        try:
            lines = self._watch.log_text(job)
        except StatementError as error:
            self._say("the log of %s, which has the rows, could not be read: %s" % (job, error))
            return
        shown = [line for line in lines if line.strip()]
        self._say("the log of %s, which has the rows:" % job)
        left_out = len(shown) - MOST_LOG_LINES
        if left_out > 0:
            half = MOST_LOG_LINES // 2
            shown = shown[:half] + ["... (%d lines left out)" % left_out] + shown[-half:]
        self._console.block(["  " + line for line in shown])

    def _show(self, statement: Statement, reply: Dict[str, Any], csv_path: Optional[str]) -> None:
        columns, rows, total = reply["columns"], reply["rows"], reply["total"]
        self._console.block(["  " + line for line in results.table_lines(columns, rows, total)])
        if csv_path:
            self._say("%s in %s" % (results.count_of_rows(total), csv_path))
        if total == 1 and statement["kind"] == "SELECT":
            self._nameless |= reply.get("nameless", False)
            for name in self._declared:
                index = _column_index(columns, name)
                if index is not None and rows[0][index] is not None:
                    self.outputs[name] = rows[0][index]

    def _look_again(self) -> None:
        """Checks the finished jobs again: a job may turn from FINISHED to FAILED while later statements run."""
        for statement, job in self._done:
            try:
                self._watch.look_again(job)
            except JobFailed as error:
                raise self._failure(statement, str(error), job)

    def _failure(self, statement: Statement, message: str, job: Optional[Job] = None) -> TaskFailure:
        sentence = "Statement %d of %d (%s) failed: %s." % (
            statement["number"],
            len(self._statements),
            self._head(statement),
            message.rstrip(". \n"),
        )
        block = []
        end = self._watch.log_end(job) if job is not None and self._session.alive else []
        if end:
            block = ["The end of the log of %s:" % job] + ["  " + line for line in end]
        return TaskFailure(sentence, block=block + [sentence])

    def _stop_jobs(self) -> None:
        """Stops the jobs that this run started, within SECONDS_TO_STOP."""
        deadline = self._clock() + SECONDS_TO_STOP
        self._session.stopping = lambda: False
        if self._running is None and self._current is not None:
            self._running = self._late_job(self._current)
        if self._running is None or self._running.final:
            return
        try:
            if not self._session.alive:
                self._session.start(SECONDS_TO_RECONNECT)
        except StatementError as error:
            self._say("%s may still run: OpenMLDB cannot be reached to stop it: %s" % (self._running, error))
            return
        if self._watch.stop(self._running, deadline - self._clock()):
            self._attempts.forget()
            self._task.so_far("OpenMLDB's %s is %s." % (self._running, self._running.state))

    def _late_job(self, statement: Statement) -> Optional[Job]:
        """Returns the job that the current statement started, if OpenMLDB answers in time; else logs what is unknown."""
        if self._session.pending is None:
            self._say("Stopped before the statement was sent to OpenMLDB")
            return None
        try:
            return Job.of(self._session.late_answer(SECONDS_FOR_LATE_ANSWER), statement["kind"])
        except NoAnswer:
            fate = self._unanswered(statement)
            if fate:
                self._say("Stopped while OpenMLDB had not answered: " + fate)
        except StatementError as error:
            self._say("Stopped; OpenMLDB had refused the statement: %s" % error)
        return None

    def _warn_of_missing(self) -> None:
        missing = [name for name in self._declared if name not in self.outputs]
        if not missing:
            return
        self._console.line(
            "Warning: no one-row result of a SELECT in online mode had a value for the output parameter%s %s."
            % ("s" if len(missing) > 1 else "", ", ".join(missing))
        )
        if self._nameless:
            self._console.line("The API server returns no column names: name each column of the SELECT, as in count(*) AS n.")


def _column_index(columns: List[str], name: str) -> Optional[int]:
    if name in columns:
        return columns.index(name)
    lower = [column.lower() for column in columns]
    return lower.index(name.lower()) if name.lower() in lower else None


if __name__ == "__main__":
    program.run(main)
