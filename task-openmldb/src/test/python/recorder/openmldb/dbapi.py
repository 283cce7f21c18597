# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""OpenMLDB's DBAPI module, as far as our client calls it; each call is a JSON line of the file OPENMLDB_RECORDS."""

import json
import os


def _record(**call):
    with open(os.environ["OPENMLDB_RECORDS"], "a", encoding="ascii") as stream:
        stream.write(json.dumps(call) + "\n")


class _Sdk:
    def executeInsert(self, database, sql):
        _record(sql=sql)
        return True, ""


class Cursor:
    description = None

    def execute(self, sql):
        _record(sql=sql)


class Connection:
    _sdk = _Sdk()

    def cursor(self):
        return Cursor()


def connect(**options):
    _record(connect=options)
    return Connection()
