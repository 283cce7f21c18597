"""The process that holds the connection to OpenMLDB: one JSON object a line in by stdin, one a line out.

A process of its own, because a call of the SDK holds Python's global lock until it returns, for minutes if need be:
in the program itself nothing could be logged, timed or stopped meanwhile.

in     {"id": 1, "op": "connect", "options": {"zk": ..., "zkPath": ...}}
       {"id": 2, "op": "execute", "sql": ..., "rows": 20, "csv": path or null}
out    {"id": 1, "ok": true, "version": "0.9.2"}
       {"id": 2, "ok": true, "columns": [names] or null, "rows": [first rows], "total": 12}
       {"id": 3, "ok": false, "error": message, "missing": true if the SDK cannot be imported}
"""

import os
import sys

if __name__ == "__main__":
    # The folder of the staged programs instead of this file's own: no file here may hide a module of the user's.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import json
import signal

from dolphinml.openmldb import table

ROWS_A_FETCH = 1000


class Client:
    """The statements of one session, through OpenMLDB's DBAPI."""

    def __init__(self):
        self._connection = None

    def connect(self, options):
        try:
            import openmldb.dbapi
        except Exception as error:  # a native library that does not load raises more than ImportError
            return {"ok": False, "error": "%s: %s" % (type(error).__name__, error), "missing": True}
        self._connection = openmldb.dbapi.connect(**options)
        return {"ok": True, "version": version()}

    def execute(self, sql, rows, csv_path):
        cursor = self._connection.cursor()
        if not self._inserted_as_it_is(cursor, sql):
            cursor.execute(sql)
        if not cursor.description:
            return {"ok": True, "columns": None, "rows": [], "total": 0}
        columns = [column[0] for column in cursor.description]
        first, fetched = [], 0
        with table.csv_writer(csv_path, columns) as write:
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

    def _inserted_as_it_is(self, cursor, sql):
        """True after an INSERT that the cursor would refuse: it takes each ? for a parameter, also one in a string."""
        if "?" not in sql or sql[:6].lower() != "insert":
            return False
        insert = getattr(getattr(self._connection, "_sdk", None), "executeInsert", None)
        if insert is None:
            return False
        done, error = insert(None, sql)
        if not done:
            raise RuntimeError(error)
        return True


def version():
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


def answer(client, request):
    try:
        if request["op"] == "connect":
            return client.connect(request["options"])
        return client.execute(request["sql"], request["rows"], request["csv"])
    except Exception as error:
        return {"ok": False, "error": str(error) or type(error).__name__}


def serve(replies):
    # Ends when its program does: at the end of stdin, or by SIGKILL. A signal to the whole group is not for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    client = Client()
    for line in sys.stdin.buffer:
        request = json.loads(line.decode("utf-8"))
        reply = answer(client, request)
        reply["id"] = request["id"]
        replies.write((json.dumps(reply, default=str) + "\n").encode("ascii"))
        replies.flush()


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "wb") as stream:
        serve(stream)
    os._exit(0)
