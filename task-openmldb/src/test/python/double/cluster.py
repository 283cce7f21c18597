# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for an OpenMLDB cluster: it knows what the tests write into its script, and behaves as documented.

What it imitates, and where that is written (4paradigm/OpenMLDB, docs/en):
    openmldb_sql/ddl/SET_STATEMENT.md            session variables, their names whatever their case; sync_job is false
    openmldb_sql/task_manage/SHOW_JOBS.md        the columns of a job and its first state, Submitted
    openmldb_sql/task_manage/STOP_JOB.md         STOP JOB answers with the job, which is STOPPED then
    openmldb_sql/task_manage/SHOW_JOBLOG.md      the log is one text
    openmldb_sql/dml/LOAD_DATA_STATEMENT.md      an import is a job in both modes
    openmldb_sql/dql/SELECT_INTO_STATEMENT.md    an export is a job in offline mode
    openmldb_sql/deployment_manage/DEPLOY_STATEMENT.md   with SYNC="false" one job_id comes back, of the name server
What no document says is from the source: src/sdk/sql_cluster_router.cc (a job's row is what a submission returns; an
INSERT in offline mode is refused), src/sdk/job_table_helper.cc (the types of a job's columns).

It runs no SQL. A script is an object:
    databases     names that exist
    statements    SQL text -> {"columns", "types", "rows"}, {"job": {"id", "type", "states", ...}}, {"error"},
                  any of them with "gate", a file that the answer waits for; a text that is not there is answered with
                  nothing, as DDL is
    jobs          job number as text -> {"type", "states", "startTime", ...} that were there before
    variables     session variables that differ from the documented defaults
    globals       the same, as another session's SET @@global left them
A job's "states" are what one SHOW JOB after another finds; the last one stays. "stops": false makes STOP JOB vain, "stopGate" is
a file that its answer waits for.
"""

import os
import re
import time

JOB_COLUMNS = "job_id job_type state start_time end_time parameter cluster application_id error db name pid cur_task"
JOB_COLUMNS = JOB_COLUMNS.split() + ["component"]
JOB_TYPES = ["Int32", "String", "String", "Timestamp", "Timestamp"] + ["String"] * 6 + ["Int32", "String", "String"]
FORMAT_STRING = "!%$FORMAT_STRING_KEY"

_SET = re.compile(r"(?is)^set\s+(?:(global|session)\s+)?(@@)?(?:(global|session)\.)?(\w+)\s*=\s*['\"]?(.*?)['\"]?$")
_JOB = re.compile(r"(?is)^(show job|show joblog|stop job)\s+(\d+)$")
_NAME_SERVER_JOB = re.compile(r"(?is)^show jobs from nameserver like '(\d+)'$")
_USE = re.compile(r"(?is)^use\s+`?([^`]+)`?$")
_CREATE_DATABASE = re.compile(r"(?is)^create\s+database\s+(?:if\s+not\s+exists\s+)?(\w+)$")


class Refused(Exception):
    """OpenMLDB's answer is an error."""


class Result:
    def __init__(self, columns, types, rows):
        self.columns = columns
        self.types = types
        self.rows = rows


class Session:
    def __init__(self, cluster, variables=None):
        self.cluster = cluster
        self.database = ""
        self.variables = {"execute_mode": "offline", "sync_job": "false", "job_timeout": "20000"}
        self.variables.update(cluster.script.get("globals", {}))
        self.variables.update(variables or {})

    def execute(self, sql):
        sql = sql.strip(" \t\n\r").rstrip(";")
        cluster = self.cluster
        found = _SET.match(sql)
        if found:
            return self._set(found.group(4).lower(), found.group(5).lower())
        found = _USE.match(sql)
        if found:
            if found.group(1) not in cluster.databases:
                raise Refused("use failed: database not found")
            self.database = found.group(1)
            return None
        found = _CREATE_DATABASE.match(sql)
        if found:
            cluster.databases.add(found.group(1))
        found = _JOB.match(sql)
        if found:
            return cluster.job_statement(found.group(1).lower(), int(found.group(2)))
        found = _NAME_SERVER_JOB.match(sql)
        if found:
            return cluster.job_statement("show job", int(found.group(1)))
        if re.match("(?i)insert", sql) and self.variables["execute_mode"] == "offline":
            raise Refused("Can not insert in offline mode, please set @@SESSION.execute_mode='online'")
        return cluster.answer(sql, self.variables["sync_job"] == "true")

    def _set(self, name, value):
        if name == "execute_mode" and value not in ("online", "offline"):
            raise Refused("the value of execute_mode must be online|offline")
        self.variables[name] = value


class Cluster:
    def __init__(self, script):
        self.script = script
        self.databases = set(script.get("databases", ()))
        self.jobs = {int(number): dict(job, id=int(number)) for number, job in script.get("jobs", {}).items()}

    def answer(self, sql, sync_job):
        answer = self.script.get("statements", {}).get(sql, {})
        _wait_for(answer.get("gate"))
        if "error" in answer:
            raise Refused(answer["error"])
        if "job" in answer:
            return self._start(dict(answer["job"]), sync_job)
        if "columns" in answer:
            return Result(answer["columns"], answer["types"], answer["rows"])
        return None

    def _start(self, job, sync_job):
        self.jobs[job["id"]] = job
        job["states"] = list(job["states"])
        if job.get("component") == "NameServer":
            return Result(["job_id"], ["Int64"], [[job["id"]]])
        if sync_job:
            job["states"] = job["states"][-1:]
        else:
            job["states"].insert(0, "Submitted")
        return self._row(job)

    def job_statement(self, what, number):
        job = self.jobs.get(number)
        if what == "show joblog":
            text = "\n".join(job.get("log", ())) if job else ""
            return Result([FORMAT_STRING], ["String"], [[text]])
        if job is None:
            return Result(JOB_COLUMNS, JOB_TYPES, [])
        if what == "stop job":
            _wait_for(job.get("stopGate"))
        if what == "stop job" and job.get("stops", True):
            job["states"] = ["STOPPED"]
        return self._row(job)

    @staticmethod
    def _row(job):
        states = job["states"]
        state = states.pop(0) if len(states) > 1 else states[0]
        error = job.get("error", "") if state in ("FAILED", "LOST") else ""
        values = [job["id"], job.get("type", "ImportOfflineData"), state, job.get("startTime", 1684981373000), None]
        values += ["/tmp/sql-1", job.get("cluster", "local[*]"), "", error, None, None, None, None]
        return Result(JOB_COLUMNS, JOB_TYPES, [values + [job.get("component", "TaskManager")]])


def _wait_for(gate):
    while gate and not os.path.exists(gate):
        time.sleep(0.01)
