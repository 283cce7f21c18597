# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The checks of check.sh: each runs statements as the worker does, and looks at the log, the report and the files."""

import argparse
import csv
import getpass
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

DATABASE = "dolphinml_check"
NOTES = [
    "a;b",
    "it's",
    'say "so"',
    '")',
    "$(touch x) `touch x` $HOME",
    "-- no comment",
    "why?",
    "\u4e2d\u6587",
    '{"k": [1, "b"]}',
]
MODULES = ("task-ml-common", "task-openmldb")


class Wrong(Exception):
    """A check did not find what it should."""


class Left(Exception):
    """A check cannot be made."""


def literal(text):
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


def statement(kind, text, **more):
    return dict({"kind": kind, "head": text[:60], "text": text}, **more)


USE = statement("USE", "USE " + DATABASE)
MAKE = [
    statement("DDL", "CREATE DATABASE IF NOT EXISTS " + DATABASE),
    USE,
    statement("DDL", "CREATE TABLE IF NOT EXISTS notes (id bigint, note string)"),
    statement("DDL", "CREATE TABLE IF NOT EXISTS numbers (id bigint, amount double)"),
]
WRITE = [USE] + [statement("INSERT", "INSERT INTO notes VALUES (%d, %s)" % (i, literal(n))) for i, n in enumerate(NOTES)]
READ = [USE, statement("SELECT", "SELECT id, note FROM notes")]
COUNT = [USE, statement("SELECT", "SELECT count(id) AS amount FROM notes")]
REFUSED = [USE, statement("SELECT", "SELECT * FROM no_such_table")]
DEPLOY = [
    USE,
    statement(
        "DEPLOY",
        "DEPLOY check_count SELECT id, count(note) OVER w AS n FROM notes WINDOW w AS"
        " (PARTITION BY id ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
    ),
    statement("SHOW", "SHOW DEPLOYMENT check_count"),
    statement("DDL", "DROP DEPLOYMENT check_count"),
]
OFFLINE_SELECT = [USE, statement("SELECT", "SELECT count(id) AS amount FROM numbers")]
DROP = [
    USE,
    statement("DDL", "DROP TABLE notes"),
    statement("DDL", "DROP TABLE numbers"),
    statement("DDL", "DROP DATABASE " + DATABASE),
]


def load(file):
    text = "LOAD DATA INFILE 'file://%s' INTO TABLE numbers OPTIONS (format='csv', header=true, mode='overwrite')" % file
    return [USE, statement("LOAD_DATA", text)]


def export(folder):
    text = "SELECT id, amount FROM numbers INTO OUTFILE 'file://%s' OPTIONS (mode='overwrite', coalesce=1)" % folder
    return [USE, statement("SELECT_INTO", text)]


class Run:
    """One run of run_statements.py."""

    def __init__(self, place, asked, statements, mode="online", outputs=(), **more):
        self.folder = tempfile.mkdtemp(dir=place.folder)
        numbered = [dict(each, number=i, line=i) for i, each in enumerate(statements, 1)]
        request = {
            "task": {"type": "OPENMLDB", "name": "check"},
            "workdir": self.folder,
            "secrets": [asked["password"]] if asked.get("password") else [],
            "outputs": [{"name": name, "type": "VARCHAR"} for name in outputs],
            "statements": dict(asked, executeMode=mode, setsSyncJob=False, list=numbered, pollInterval=1, **more),
        }
        path = os.path.join(self.folder, "request.json")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            json.dump(request, stream)
        program = os.path.join(place.programs, "dolphinml", "openmldb", "run_statements.py")
        self.process = subprocess.Popen(
            [sys.executable, program, path],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        self.lines = []

    def until(self, text):
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
            if text in self.lines[-1]:
                return self
        raise Wrong(self.lines[-1] if self.lines else "no line in the log")

    def wait(self):
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
        self.process.wait()
        with open(os.path.join(self.folder, "report.json"), encoding="utf-8") as stream:
            self.report = json.load(stream)
        return self

    def well(self):
        self.wait()
        expect(self.report["status"] == "success", self.lines[-1])
        return self

    def badly(self):
        self.wait()
        expect(self.report["status"] == "failure", "it succeeded and should have failed")
        return self

    def has(self, text):
        expect(any(text in line for line in self.lines), "the log has no line with: %s" % text)
        return self


def expect(fact, otherwise):
    if not fact:
        raise Wrong(otherwise)


class Place:
    """Where the programs lie and runs have their files."""

    def __init__(self, jars):
        self.folder = tempfile.mkdtemp(prefix="openmldb-check-")
        self.programs = os.path.join(self.folder, "python")
        # A clone of the project, or the archive of a release, whose jars are in lib.
        project = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        for module in MODULES:
            resources = os.path.join(project, module, "src", "main", "resources", "dolphinml")
            if not jars and os.path.isdir(resources):
                self._copy(resources)
            else:
                self._unpack(jars or os.path.join(project, "lib"), module)

    def _copy(self, resources):
        for folder, _, names in os.walk(resources):
            target = os.path.join(self.programs, "dolphinml", os.path.relpath(folder, resources))
            os.makedirs(target, exist_ok=True)
            for name in names:
                shutil.copy(os.path.join(folder, name), target)

    def _unpack(self, jars, module):
        found = sorted(glob.glob(os.path.join(jars, "dolphinml-%s-*.jar" % module)))
        if not found:
            self.remove()
            sys.exit("check.sh: %s has no dolphinml-%s-*.jar; name the folder of the plugins' jars with --jars" % (jars, module))
        with zipfile.ZipFile(found[-1]) as jar:
            jar.extractall(self.programs, [name for name in jar.namelist() if name.startswith("dolphinml/")])

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Checks:
    """What is checked, in order; a method without a fault is a check that holds."""

    def __init__(self, place, asked, data, api_server):
        self._place, self._asked, self._data, self._api_server = place, asked, data, api_server

    def _run(self, statements, **more):
        return Run(self._place, self._asked, statements, **more)

    def _file(self, name):
        if not self._data:
            raise Left("no --data")
        return os.path.join(self._data, name)

    def the_sdk_connects(self):
        self._run([statement("SHOW", "SHOW DATABASES")]).well()

    def a_database_and_tables_are_made(self):
        self._run(MAKE).well()

    def strings_arrive_byte_for_byte(self):
        self._run(WRITE).well()
        run = self._run(READ, resultCsv="rows").well()
        with open(os.path.join(run.folder, "rows", "statement-2.csv"), encoding="utf-8", newline="") as stream:
            notes = [row[1] for row in list(csv.reader(stream))[1:]]
        expect(sorted(notes) == sorted(NOTES), "these came back: %s" % notes)

    def one_row_feeds_an_output_parameter(self):
        outputs = self._run(COUNT, outputs=["amount"]).well().report["outputs"]
        expect(str(outputs.get("amount")) == str(len(NOTES)), "the outputs are %s" % outputs)

    def a_refused_statement_names_its_number(self):
        self._run(REFUSED).badly().has("Statement 2 of 2 (line 2: SELECT * FROM no_such_table) failed: ")

    def a_query_is_deployed(self):
        self._run(DEPLOY).well()

    def an_import_is_followed_to_its_end(self):
        file = self._file("numbers.csv")
        with open(file, "w") as stream:
            stream.write("id,amount\n" + "".join("%d,%d.5\n" % (i, i) for i in range(10)))
        self._run(load(file), mode="offline").well().has("-> FINISHED after")

    def an_offline_select_shows_its_rows(self):
        self._file("")
        self._run(OFFLINE_SELECT, mode="offline").well().has("which has the rows:")

    def an_export_writes_its_rows(self):
        folder = self._file("export")
        self._run(export(folder), mode="offline").well().has("-> FINISHED after")
        rows = "".join(open(part).read() for part in glob.glob(os.path.join(folder, "part-*.csv")))
        expect(rows.count(".5") == 10, "%s has no part with the ten rows; is --data the same folder there?" % folder)

    def a_failed_job_fails_with_its_log(self):
        self._run(load(self._file("missing.csv")), mode="offline").badly().has("The end of the log of job")

    def a_job_over_its_time_is_stopped(self):
        self._run(load(self._file("numbers.csv")), mode="offline", jobTimeout=1).badly().has("ran longer than")

    def a_kill_stops_the_job(self):
        run = self._run(load(self._file("numbers.csv")), mode="offline").until("] job ")
        run.process.send_signal(signal.SIGTERM)
        run.wait()
        expect(run.report["status"] == "stopped", "it was not stopped: %s" % run.report["status"])
        run.has(" stop requested")

    def the_api_server_answers_as_documented(self):
        databases = self._ask("/dbs")["dbs"]
        expect(DATABASE in databases, "its databases are %s" % databases)
        data = self._ask("/dbs/" + DATABASE, mode="online", sql=COUNT[1]["text"])["data"]
        expect(data["data"] == [[len(NOTES)]] and data["schema"] == ["Int64"], "it answered %s" % data)

    def the_api_server_starts_jobs_and_tells_their_state(self):
        text = load(self._file("numbers.csv"))[1]["text"]
        data = self._ask("/dbs/" + DATABASE, mode="offasync", sql=text)["data"]
        expect(data["schema"][:3] == ["Int32", "String", "String"], "a job has the columns %s" % data["schema"])
        number, state, deadline = data["data"][0][0], "", time.monotonic() + 600
        while state.upper() not in ("FINISHED", "FAILED", "KILLED", "LOST", "STOPPED"):
            expect(time.monotonic() < deadline, "job %s is still %s" % (number, state))
            time.sleep(1)
            state = self._ask("/dbs/" + DATABASE, mode="online", sql="SHOW JOB %d" % number)["data"]["data"][0][2]
        expect(state.upper() == "FINISHED", "job %s is %s" % (number, state))

    def all_is_removed(self):
        self._run(DROP).well()

    def _ask(self, path, **body):
        if not self._api_server:
            raise Left("no --api-server")
        request = urllib.request.Request("http://%s%s" % (self._api_server, path))
        if body:
            request.data = json.dumps(body).encode("utf-8")
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=120) as answer:
            reply = json.loads(answer.read().decode("utf-8"))
        expect(reply["code"] == 0, "%s: %s" % (path, reply))
        return reply


NAMES = [name for name in vars(Checks) if not name.startswith("_")]
NEEDED = ("the_sdk_connects", "a_database_and_tables_are_made")


def main():
    parser = argparse.ArgumentParser(prog="check.sh")
    parser.add_argument("zk")
    parser.add_argument("zkPath")
    for name in ("--api-server", "--data", "--user", "--jars"):
        parser.add_argument(name)
    chosen = parser.parse_args()
    asked = {"zk": chosen.zk, "zkPath": chosen.zkPath}
    if chosen.user:
        password = os.environ.get("OPENMLDB_PASSWORD")
        asked.update(user=chosen.user, password=getpass.getpass() if password is None else password)
    data = tempfile.mkdtemp(prefix="openmldb-check-", dir=chosen.data) if chosen.data else None
    place = Place(chosen.jars)
    try:
        if data:
            os.chmod(data, 0o777)  # jobs run as another user
        return run_all(Checks(place, asked, data, chosen.api_server))
    finally:
        place.remove()
        if data:
            shutil.rmtree(data, ignore_errors=True)


def run_all(checks):
    ends, broken = [], None
    for name in NAMES:
        began = time.monotonic()
        try:
            if broken:
                raise Left("after: %s" % broken)
            getattr(checks, name)()
            end, remark = "ok", ""
        except Left as reason:
            end, remark = "left out", str(reason)
        except Exception as error:
            end, remark = "FAILED", str(error) or type(error).__name__
            broken = name.replace("_", " ") if name in NEEDED else broken
        ends.append(end)
        print(
            "%-9s %6.1f s  %-50s %s" % (end, time.monotonic() - began, name.replace("_", " "), remark.split("\n")[0]), flush=True
        )
    print("%d ok, %d failed, %d left out" % tuple(ends.count(end) for end in ("ok", "FAILED", "left out")))
    return 1 if "FAILED" in ends else 0


if __name__ == "__main__":
    sys.exit(main())
