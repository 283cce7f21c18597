# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The process that holds the connection to OpenMLDB: reads one JSON object per line from stdin, writes one per line.

It is a separate process because a call of the SDK holds Python's global interpreter lock until it returns, possibly for
minutes: the program itself could not log, time or stop anything meanwhile. The connection uses the SDK, or the API
server if the options name one.

in     {"id": 1, "op": "connect", "options": {"zk": ..., "zkPath": ...} or {"apiServer": "host:port"}}
       {"id": 2, "op": "execute", "sql": ..., "rows": 20, "csv": path or null, "about": a statement as
        run_statements.py describes it, or null for a statement of the task itself}
out    {"id": 1, "ok": true, "version": "0.9.2" or null}
       {"id": 2, "ok": true, "columns": [names] or null, "rows": [first rows], "total": 12, "note": a line for the log,
        "nameless": true if the names are only numbers}
       {"id": 3, "ok": false, "error": message, "missing": true if the SDK cannot be imported,
        "lost": true if the statement may have been carried out}
"""

import os
import sys
from typing import Any, Dict, List, Optional

if __name__ == "__main__":
    # Import from the folder of the staged programs, not from this file's: no file here may shadow a module of the user.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import json
import signal
import threading

from dolphinml.openmldb import results
from dolphinml.openmldb.api_server import AnswerLost, ApiClient

ROWS_A_FETCH = 1000

# At these levels the SDK's ZooKeeper client and glog only print warnings and errors.
LOG_LEVELS = {"zkLogLevel": 2, "glogLevel": 1}


class SdkClient:
    """Runs the statements of one session through OpenMLDB's DBAPI."""

    #: Any, because the SDK has no type hints.
    _connection: Any

    def connect(self, options: Dict[str, Any]) -> Dict[str, Any]:
        try:
            import openmldb.dbapi
        except Exception as error:  # a native library that does not load raises more than ImportError
            return {"ok": False, "error": "%s: %s" % (type(error).__name__, error), "missing": True}
        self._connection = openmldb.dbapi.connect(**dict(LOG_LEVELS, **options))
        return {"ok": True, "version": sdk_version()}

    def execute(self, sql: str, rows: int, csv_path: Optional[str], about: Any = None) -> Dict[str, Any]:
        cursor = self._connection.cursor()
        if not self._inserted_as_it_is(cursor, sql):
            cursor.execute(sql)
        if not cursor.description:
            return {"ok": True, "columns": None, "rows": [], "total": 0}
        columns = [column[0] for column in cursor.description]
        first: List[Any] = []
        fetched = 0
        with results.result_file(csv_path, lambda count: columns) as write:
            write.begin(len(columns))
            while True:
                batch = cursor.fetchmany(ROWS_A_FETCH if csv_path else rows)
                first.extend(batch[: rows - len(first)])
                fetched += len(batch)
                for row in batch if csv_path else ():
                    write(row)
                if not csv_path or len(batch) < ROWS_A_FETCH:
                    break
        cursor.close()
        return {"ok": True, "columns": columns, "rows": first, "total": max(fetched, cursor.rowcount)}

    def _inserted_as_it_is(self, cursor: Any, sql: str) -> bool:
        """Runs an INSERT that the cursor would refuse, since it takes each ? for a parameter, even in strings; True if it did."""
        if "?" not in sql or sql[:6].lower() != "insert":
            return False
        insert = getattr(getattr(self._connection, "_sdk", None), "executeInsert", None)
        if insert is None:
            return False
        done, error = insert(None, sql)
        if not done:
            raise RuntimeError(error)
        return True


def sdk_version() -> str:
    try:
        from importlib.metadata import version as installed
    except ImportError:
        try:
            from pkg_resources import get_distribution
        except ImportError:
            return "of unknown version"
        return get_distribution("openmldb").version
    try:
        return installed("openmldb")
    except Exception:
        return "of unknown version"


def answer(client: Any, request: Dict[str, Any]) -> Dict[str, Any]:
    try:
        if request["op"] == "connect":
            return client.connect(request["options"])
        return client.execute(request["sql"], request["rows"], request["csv"], request["about"])
    except Exception as error:
        return {"ok": False, "error": str(error) or type(error).__name__, "lost": isinstance(error, AnswerLost)}


class Server:
    """Answers requests. Requests to the API server run in parallel: one that hangs must not delay the stop of a job."""

    def __init__(self, replies: Any) -> None:
        self._replies = replies
        self._lock = threading.Lock()
        self._client: Any = None

    def serve(self, requests: Any) -> None:
        for line in requests:
            request = json.loads(line.decode("utf-8"))
            if request["op"] == "connect":
                self._client = ApiClient() if "apiServer" in request["options"] else SdkClient()
            if isinstance(self._client, ApiClient):
                threading.Thread(target=self._reply, args=(request,), daemon=True).start()
            else:
                self._reply(request)

    def _reply(self, request: Dict[str, Any]) -> None:
        reply = dict(answer(self._client, request), id=request["id"])
        data = (json.dumps(reply, default=str) + "\n").encode("ascii")
        with self._lock:
            self._replies.write(data)
            self._replies.flush()


if __name__ == "__main__":
    # This process ends with its program: at the end of stdin, or by SIGKILL. It ignores signals to the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with os.fdopen(int(sys.argv[1]), "wb") as stream:
        Server(stream).serve(sys.stdin.buffer)
    os._exit(0)
