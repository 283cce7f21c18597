# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs statements through OpenMLDB's API server, with only the standard library.

The server has no sessions: the database, the mode and the variables of jobs are sent with each statement. They are
never set on the server, where they would apply to all its users. Its answers have the types of the columns but not
their names, so names are taken from the text of the statement. Protocol: docs/en/quickstart/sdk/rest_api.md of
4paradigm/OpenMLDB; mode `onsync` and the key `timeout` are in its src/apiserver/api_server_impl.cc.
"""

import http.client
import json
import re
import socket
from typing import Any, Callable, Dict, List, Optional, Tuple

from dolphinml.openmldb import results
from dolphinml.openmldb.job_columns import COLUMNS, OLD_FORM
from dolphinml.openmldb.sql_answers import SqlAnswer, read_answer

# A placeholder in the path, where OpenMLDB requires a database.
NO_DATABASE = "no_database"
SECONDS_TO_CONNECT = 10.0


class StatementRefused(Exception):
    """The server did not carry out the statement."""


class AnswerLost(Exception):
    """No complete answer came: the statement may have been carried out."""


class ApiClient:
    """Runs the statements of one session. Each request has its own connection and is never repeated."""

    def __init__(self) -> None:
        self._address = ""
        self._database = NO_DATABASE
        self._mode = "online"
        self._sync_job = False
        self._job_timeout: Optional[int] = None

    def connect(self, options: Dict[str, Any]) -> Dict[str, Any]:
        self._address = options["apiServer"]
        self._exchange("GET", "/dbs")
        return {"ok": True, "version": None}

    def execute(self, sql: str, rows: int, csv_path: Optional[str], about: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """Runs a statement of the script (`about` describes it), or a statement of the task itself about jobs."""
        if about is None:
            return self._post(sql, "online", rows, csv_path, {"kind": "SHOW"})
        if about.get("database"):
            return self._use(about["database"])
        note = None
        if about.get("variable"):
            if self._keeps(about["variable"], about["value"].lower()):
                return _empty_result()
            note = "the API server keeps %s for all who use it" % about["variable"]
        return dict(self._post(sql, self._mode_word(about["kind"]), rows, csv_path, about), note=note)

    def _use(self, name: str) -> Dict[str, Any]:
        known = self._exchange("GET", "/dbs").databases
        if name not in known:
            raise StatementRefused("there is no database %s; the API server has %s" % (name, ", ".join(known) or "no database"))
        self._database = name
        return _empty_result()

    def _keeps(self, variable: str, value: str) -> bool:
        """Stores the value if the variable is one that is sent with each statement; returns whether it is."""
        if variable == "execute_mode":
            if value not in ("online", "offline"):
                raise StatementRefused("the value of execute_mode must be online or offline")
            self._mode = value
        elif variable == "sync_job":
            if value not in ("true", "false"):
                raise StatementRefused("the value of sync_job must be true or false")
            self._sync_job = value == "true"
        elif variable == "job_timeout":
            if not re.match(r"-?\d{1,9}\Z", value):
                raise StatementRefused("the value of job_timeout must be a number of milliseconds")
            self._job_timeout = int(value)
        else:
            return False
        return True

    def _mode_word(self, kind: str) -> str:
        """Returns the server's name for the session's mode, including whether OpenMLDB waits for the job."""
        if self._mode == "offline":
            return "offsync" if self._sync_job else "offasync"
        return "onsync" if self._sync_job and kind == "LOAD_DATA" else "online"

    def _post(self, sql: str, mode: str, rows: int, csv_path: Optional[str], about: Dict[str, Any]) -> Dict[str, Any]:
        body: Dict[str, Any] = {"mode": mode, "sql": sql}
        if self._job_timeout is not None:
            body["timeout"] = self._job_timeout
        named = _Names(about, self._mode)
        with results.result_file(csv_path, named.of_row) as write:
            answer = self._exchange("POST", "/dbs/" + self._database, body, rows, write)
            write.begin(len(answer.types))
        columns, nameless = named.of_answer(answer)
        return {"ok": True, "columns": columns or None, "rows": answer.rows, "total": answer.total, "nameless": nameless}

    def _exchange(
        self,
        method: str,
        path: str,
        body: Optional[Dict[str, Any]] = None,
        rows: int = 0,
        write: Optional[Callable[[List[Any]], Any]] = None,
    ) -> SqlAnswer:
        host, _, port = self._address.rpartition(":")
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=SECONDS_TO_CONNECT)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise StatementRefused("%s: %s" % (self._address, _connection_fault(error)))
            # The caller limits how long an answer may take.
            connection.sock.settimeout(None)
            return self._answer(connection, method, path, body, rows, write)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AnswerLost("%s: %s" % (self._address, _connection_fault(error)))
        finally:
            connection.close()

    def _answer(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Optional[Dict[str, Any]],
        rows: int,
        write: Optional[Callable[[List[Any]], Any]],
    ) -> SqlAnswer:
        headers = {"Connection": "close"}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8")
            headers["Content-Type"] = "application/json; charset=UTF-8"
        connection.request(method, path, body=data, headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            message = "%s answered with HTTP status %d" % (self._address, response.status)
            # An error of the server, or of a gateway in front of it, does not show whether the statement was carried out.
            raise (AnswerLost if response.status >= 500 else StatementRefused)(message)
        answer = read_answer(response, rows, write)
        if answer.code != 0:
            raise StatementRefused(answer.message or "the API server answered with code %d" % answer.code)
        return answer


class _Names:
    """Determines the names of an answer's columns: from the statement's text, those of SHOW JOBS, or numbers."""

    def __init__(self, about: Dict[str, Any], mode: str) -> None:
        self._kind = about["kind"]
        self._columns = about.get("columns") or []
        self._offline = about.get("mode", mode) == "offline"

    def of_row(self, count: int) -> List[str]:
        return self._columns if len(self._columns) == count else ["#%d" % (i + 1) for i in range(count)]

    def of_answer(self, answer: SqlAnswer) -> Tuple[List[str], bool]:
        """Returns the names, and whether they are only numbers."""
        if self._kind == "DEPLOY" and answer.types == ["Int64"]:
            return ["job_id"], False
        if self._may_be_job() and is_row_of_job(answer.types):
            return list(COLUMNS[: len(answer.types)]), False
        return self.of_row(len(answer.types)), len(self._columns) != len(answer.types)

    def _may_be_job(self) -> bool:
        if self._kind in ("SHOW", "STOP_JOB", "LOAD_DATA"):
            return True
        return self._kind in ("SELECT", "SELECT_INTO") and self._offline


def is_row_of_job(types: List[str]) -> bool:
    """Whether these are the types of the columns of SHOW JOBS."""
    return len(OLD_FORM) <= len(types) <= len(COLUMNS) and types[0].startswith("Int") and types[1:3] == ["String", "String"]


def _empty_result() -> Dict[str, Any]:
    return {"ok": True, "columns": None, "rows": [], "total": 0}


def _connection_fault(error: Exception) -> str:
    if isinstance(error, socket.timeout):
        return "no connection within %g s" % SECONDS_TO_CONNECT
    if isinstance(error, socket.gaierror):
        return "the host is not known"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it closed the connection without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "its answer ended early"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
