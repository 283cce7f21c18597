# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A double of OpenMLDB's DBAPI module over the stand-in cluster, as docs/en/quickstart/sdk/python_sdk.md describes it.

`connect(zk=, zkPath=, user=, password=)` gives a connection whose session is online, `cursor.execute` raises
DatabaseError for a statement that OpenMLDB refuses, and rows come by fetchone, fetchmany and fetchall. As in the real
module (0.9.2), an INSERT without parameters that has a question mark anywhere is refused.

The environment says what the cluster is: OPENMLDB_DOUBLE names its script, OPENMLDB_DOUBLE_LOG a file that gets every
call as a JSON line.
"""

import json
import os

from cluster import Cluster, Refused, Session


class DatabaseError(Exception):
    pass


def _log(**call):
    path = os.environ.get("OPENMLDB_DOUBLE_LOG")
    if path:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(call) + "\n")


class _Sdk:
    def __init__(self, session):
        self._session = session

    def executeInsert(self, db, sql, row_builder=None):
        _log(insert=sql)
        try:
            self._session.execute(sql)
        except Refused as error:
            return False, str(error)
        return True, ""


class Cursor:
    def __init__(self, connection):
        self.connection = connection
        self.description = None
        self.rowcount = -1
        self._rows = iter(())

    def execute(self, operation, parameters=()):
        command = operation.strip(" \t\n\r")
        _log(execute=command)
        if command[:6].lower() == "insert" and command.count("?") != len(parameters):
            raise DatabaseError("parameters is not enough")
        try:
            result = self.connection._session.execute(command)
        except Refused as error:
            raise DatabaseError(str(error))
        if result is None:
            self.rowcount = 0
            return self
        self.description = [(name, kind, None, None, None, None, True) for name, kind in zip(result.columns, result.types)]
        self.rowcount = len(result.rows)
        self._rows = iter([tuple(row) for row in result.rows])
        return self

    def fetchone(self):
        return next(self._rows, None)

    def fetchmany(self, size=1):
        return [row for _, row in zip(range(size), self._rows)]

    def fetchall(self):
        return list(self._rows)

    def close(self):
        pass


class Connection:
    def __init__(self, **options):
        _log(connect=sorted(options))
        with open(os.environ["OPENMLDB_DOUBLE"], encoding="utf-8") as stream:
            script = json.load(stream)
        if script.get("crash"):
            os.write(2, b"F20261124 fatal.cc:1] Check failed\n")
            os._exit(134)
        if "noCluster" in script:
            raise Exception("fail to init OpenMLDB sdk with %s" % (options,))
        self._session = Session(Cluster(script), {"execute_mode": "online"})
        self._sdk = _Sdk(self._session)

    def cursor(self):
        return Cursor(self)

    def close(self):
        pass


def connect(**options):
    return Connection(**options)
