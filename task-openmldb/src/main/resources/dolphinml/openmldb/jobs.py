# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Follows jobs of OpenMLDB from the row that a submission returns to the final state, and stops them."""

import time
from typing import Any, Callable, Dict, List, Optional

from dolphinml.openmldb.session import StatementError

FINISHED = "FINISHED"
FINAL_STATES = (FINISHED, "FAILED", "KILLED", "LOST", "STOPPED")

NAME_SERVER = "NameServer"
TASK_MANAGER = "TaskManager"

FIRST_PAUSE = 1.0
PAUSE_GROWTH = 1.5
# OpenMLDB may call a job FINISHED and a moment later FAILED (its issue 1104).
LONGEST_SECOND_LOOK = 2.0
SECONDS_BETWEEN_SIGNS_OF_LIFE = 60.0
# A restarting TaskManager does not answer for a while; the job may still be running.
LONGEST_SILENCE = 60.0
LONGEST_ANSWER = 120.0
# For a job that is stopped at its time limit; a killed task has less time.
LONGEST_STOP = 20.0
LOG_LINES = 40


class Job:
    """A job as OpenMLDB last reported it."""

    def __init__(self, number: int, component: str = TASK_MANAGER) -> None:
        self.number = number
        self.component = component
        self.type: Optional[str] = None
        self.state = "Submitted"
        self.start_time: Any = None
        self.cluster: Optional[str] = None
        self.error: Optional[str] = None

    @classmethod
    def of(cls, reply: Dict[str, Any], kind: str) -> "Optional[Job]":
        """Returns the job that a statement started, or None if its reply does not name one."""
        columns = reply["columns"]
        if not columns or reply["total"] != 1 or kind in ("SHOW", "STOP_JOB"):
            return None
        names = [name.lower() for name in columns]
        row = reply["rows"][0]
        if "job_type" in names and "state" in names and names[0] in ("job_id", "id"):
            job = cls(int(row[0]))
            job.update(dict(zip(names, row)))
            return job
        if kind == "DEPLOY" and names == ["job_id"]:
            return cls(int(row[0]), NAME_SERVER)
        return None

    def update(self, facts: Dict[str, Any]) -> None:
        self.type = facts.get("job_type") or self.type
        self.state = str(facts.get("state") or self.state)
        self.start_time = facts.get("start_time") or self.start_time
        self.cluster = facts.get("cluster") or self.cluster
        self.error = facts.get("error") or self.error

    @property
    def final(self) -> bool:
        return self.state.upper() in FINAL_STATES

    @property
    def finished(self) -> bool:
        return self.state.upper() == FINISHED

    @property
    def query(self) -> str:
        """Returns the statement that shows only this job."""
        if self.component == NAME_SERVER:
            return "SHOW JOBS FROM NAMESERVER LIKE '%d'" % self.number
        return "SHOW JOB %d" % self.number

    def __str__(self) -> str:
        return "job %d" % self.number


class JobFailed(Exception):
    """A job has failed or is lost; the message says why, without a full stop."""


class JobWatch:
    """Follows jobs through a session. `say(text)` writes to the log."""

    def __init__(
        self,
        session: Any,
        say: Callable[[str], Any],
        poll_interval: float,
        job_timeout: Optional[float] = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._session = session
        self._say = say
        self._poll_interval = poll_interval
        self._job_timeout = job_timeout
        self._clock = clock
        self._sleep = sleep

    def look(self, job: Job, seconds: float = LONGEST_ANSWER) -> None:
        """Queries the job's state. A job that OpenMLDB no longer knows is LOST."""
        reply = self._session.execute(job.query, seconds=seconds)
        if reply["total"] == 0:
            job.state = "LOST"
            job.error = "OpenMLDB does not know it any more"
            return
        names = [name.lower() for name in reply["columns"]]
        job.update(dict(zip(names, reply["rows"][0])))

    def follow(self, job: Job) -> None:
        """Returns when the job has finished. Raises JobFailed for every other end."""
        started = signed = self._clock()
        self._say("%s (%s): %s" % (job, job.type or job.component, job.state))
        pause = min(FIRST_PAUSE, self._poll_interval)
        silent_since: Optional[float] = None
        while not job.final:
            self._check_time(job, started)
            self._sleep(pause)
            pause = min(pause * PAUSE_GROWTH, self._poll_interval)
            before = job.state
            try:
                self.look(job)
                silent_since = None
            except StatementError as error:
                silent_since = self._silence(job, silent_since, error)
            now = self._clock()
            if job.state != before:
                self._say("%s: %s -> %s after %.1f s" % (job, before, job.state, now - started))
                signed = now
            elif now - signed >= SECONDS_BETWEEN_SIGNS_OF_LIFE:
                self._say("%s: still %s after %.0f s" % (job, job.state, now - started))
                signed = now
        if job.finished:
            self._sleep(min(LONGEST_SECOND_LOOK, self._poll_interval))
            self.look_again(job)
        else:
            raise JobFailed(self._end(job))

    def look_again(self, job: Job) -> None:
        """Raises JobFailed if a job that had finished has failed since."""
        try:
            self.look(job)
        except StatementError as error:
            self._say("%s: FINISHED, but OpenMLDB could not be queried again: %s" % (job, error))
            return
        if not job.finished:
            self._say("%s: FINISHED -> %s" % (job, job.state))
            raise JobFailed(self._end(job))

    def log_end(self, job: Job) -> List[str]:
        """Returns the last lines of the job's log, at most LOG_LINES."""
        if job.component != TASK_MANAGER:
            return []
        try:
            reply = self._session.execute("SHOW JOBLOG %d" % job.number, seconds=20)
        except StatementError as error:
            return ["(the log of %s could not be read: %s)" % (job, error)]
        text = "\n".join(str(row[0]) for row in reply["rows"])
        return [line for line in text.splitlines() if line.strip()][-LOG_LINES:]

    def log_text(self, job: Job) -> List[str]:
        """Returns the whole log of a job as lines; it contains the result of an offline SELECT."""
        reply = self._session.execute("SHOW JOBLOG %d" % job.number, seconds=60)
        return "\n".join(str(row[0]) for row in reply["rows"]).splitlines()

    def stop(self, job: Job, seconds: float = LONGEST_STOP) -> bool:
        """Requests the job's stop and queries its state, within `seconds`. Returns True if the state is final."""
        if job.component != TASK_MANAGER:
            self._say("%s belongs to OpenMLDB's name server, which cannot stop it: it continues" % job)
            return False
        deadline = self._clock() + seconds
        stop = "STOP JOB %d" % job.number
        # Logged first, because the program may be killed before OpenMLDB answers.
        self._say("%s: sending %s" % (job, stop))
        try:
            # Two thirds of the time are for the stop, the rest for querying its effect.
            self._session.execute(stop, seconds=seconds * 2 / 3)
            self.look(job, deadline - self._clock())
        except StatementError as error:
            self._say("%s may still run: it could not be stopped: %s" % (job, error))
            return False
        if not job.final:
            self._say("%s still runs: its stop was requested, and it is %s" % (job, job.state))
            return False
        self._say("%s: stop requested, now %s" % (job, job.state))
        if job.cluster and job.cluster.lower().startswith(("local", "yarn-client", "yarn_client")):
            self._say("%s runs on %s, where OpenMLDB only records the stop: its process runs to its end" % (job, job.cluster))
        return True

    def _check_time(self, job: Job, started: float) -> None:
        if self._job_timeout and self._clock() - started >= self._job_timeout:
            stopped = self.stop(job)
            what = "was stopped" if stopped else "may still run"
            raise JobFailed("%s ran longer than openmldb.jobTimeout (%g s) and %s" % (job, self._job_timeout, what))

    def _silence(self, job: Job, since: Optional[float], error: StatementError) -> float:
        now = self._clock()
        if since is None:
            self._say("%s: OpenMLDB does not report its state; trying again: %s" % (job, error))
            return now
        if now - since >= LONGEST_SILENCE or not self._session.alive:
            raise JobFailed("%s may still run, but OpenMLDB does not report its state: %s" % (job, error))
        return since

    @staticmethod
    def _end(job: Job) -> str:
        because = ": %s" % job.error if job.error and job.error.lower() != "null" else ""
        return "%s is %s%s" % (job, job.state, because)
