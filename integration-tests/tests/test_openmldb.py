# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""OPENMLDB nodes on the real server: the SDK up to a real ZooKeeper, and both ways to a cluster's double.

No cluster of OpenMLDB can be had from a package registry. What lies behind the connection is the double of
task-openmldb/src/test/python/double, once as HTTP API server and once in place of the SDK's module, there behind a
real ZooKeeper. examples/openmldb/check.sh asks a real cluster the same.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dsharness import places
from dsharness.waiting import wait_until
from dsharness.workflow import Workflow, given, out, shell, sql
from dsharness.zookeeper import ZooKeeper

DOUBLE = places.PROJECT / "task-openmldb" / "src" / "test" / "python" / "double"

HOSTILE = (
    r"""INSERT INTO notes VALUES ('2026-11-26', 'a;b', 'it''s', 'say \'so\'', "d""q", '$(touch MARK) `touch MARK`',"""
    r""" '")', '$HOME', 'back\\slash', '--no comment', '中文 ü')"""
)
SELECT = "SELECT ';' AS semicolon, 7 AS amount, j AS document FROM notes /* ; */ LIMIT 1"
SCRIPT = "-- a comment; and 'a quote\nUSE features;\n%s;\n\n%s;\n" % (HOSTILE.replace("2026-11-26", "${day}"), SELECT)
ROW = [";", 7, '{"k": "a=b) ;", "n": [1, 2]}']

LOAD = "LOAD DATA INFILE 'hdfs://files/a.csv' INTO TABLE notes OPTIONS(mode='append')"
EXPORT = "SELECT * FROM notes INTO OUTFILE 'hdfs://files/out'"
ENDLESS = "LOAD DATA INFILE 'hdfs://files/endless.csv' INTO TABLE notes OPTIONS(mode='append')"
JOB_LOG = ["Stdout:", "Stderr:", "22/11/02 ERROR the path is there already"]

CLUSTER = {
    "databases": ["features"],
    "statements": {
        SELECT: {"columns": ["semicolon", "amount", "document"], "types": ["String", "Int32", "String"], "rows": [ROW]},
        LOAD: {"job": {"id": 3, "states": ["RUNNING", "FINISHED"]}},
        EXPORT: {
            "job": {
                "id": 4,
                "type": "ExportOfflineData",
                "states": ["RUNNING", "FAILED"],
                "error": "Exception: path exists",
                "log": JOB_LOG,
            }
        },
        ENDLESS: {"job": {"id": 8, "states": ["RUNNING"]}},
    },
}

API_SERVER = "openmldb.apiServer"
EACH_SECOND = given("openmldb.pollInterval", "1")

#: node name -> (what its last line says, the form); the API server itself refuses to save a form without SQL or zk
BAD_INPUT = {
    "empty sql": (["sql: it is empty"], {"sql": "${nothing}"}),
    "only a comment": (["sql: there are only comments"], {"sql": "-- SELECT 1;"}),
    "open string": (["sql: line 2: the string", "is not closed"], {"sql": "SHOW TABLES;\nSELECT 'a"}),
    "no zk": (["zk: it is empty"], {"zk": "${nothing}"}),
    "path without slash": (['zkPath: "openmldb" does not begin with a slash'], {"zkPath": "openmldb"}),
    "unknown mode": (['executeMode: "request" is not a mode; use offline or online.'], {"executeMode": "request"}),
    "no zookeeper": (["zk: no ZooKeeper can be reached (127.0.0.1:1: Connection refused)"], {}),
    "no api server": (
        ["openmldb.apiServer: no API server of OpenMLDB answers at 127.0.0.1:1"],
        {"localParams": [given(API_SERVER, "127.0.0.1:1")]},
    ),
}


class ApiServer:
    """The double of the API server in a process of its own; it ends with this one."""

    def __init__(self, directory, cluster):
        (directory / "cluster.json").write_text(json.dumps(cluster))
        self._calls = directory / "requests.jsonl"
        self._process = subprocess.Popen(
            [sys.executable, "http_server.py", str(directory / "cluster.json"), str(self._calls)],
            cwd=DOUBLE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )
        self.address = "127.0.0.1:%d" % int(self._process.stdout.readline())

    def statements(self, database=None):
        posts = [call for call in _calls(self._calls) if "post" in call]
        return [call["body"]["sql"] for call in posts if database in (None, call["post"].rpartition("/")[2])]

    def close(self):
        self._process.stdin.close()
        self._process.wait(90)
        self._process.stdout.close()


def _calls(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="module")
def api_server(place):
    directory = place / "api"
    directory.mkdir()
    server = ApiServer(directory, CLUSTER)
    yield server
    server.close()


@pytest.fixture(scope="module")
def zookeeper(place):
    with ZooKeeper(place / "zookeeper") as server:
        server.create("/openmldb")
        yield server


@pytest.fixture(scope="module")
def through_sdk(client, place, environment, zookeeper):
    """through_sdk(name, statements, ...) -> a node whose SDK module is the double; it notes what it is asked."""
    directory = place / "sdk"
    directory.mkdir()
    (directory / "cluster.json").write_text(json.dumps(CLUSTER))

    def node(name, statements, local=(), **more):
        config = {
            "PYTHONPATH": DOUBLE,
            "OPENMLDB_DOUBLE": directory / "cluster.json",
            "OPENMLDB_DOUBLE_LOG": calls_of(place, name),
        }
        lines = "\n".join("export %s='%s'" % each for each in config.items())
        fields = {"zk": "${zookeeper}", "zkPath": "/openmldb"}
        options = [given("openmldb.environment", str(environment)), EACH_SECOND]
        return sql(
            name,
            statements,
            fields=fields,
            local=options + list(local),
            environment=client.environment("openmldb " + name, lines),
            **more,
        )

    return node


def calls_of(place, name):
    return place / "sdk" / (name.replace(" ", "-") + ".jsonl")


def sent(place, name):
    return [call.get("execute") or call.get("insert") for call in _calls(calls_of(place, name)) if "connect" not in call]


@pytest.fixture(scope="module")
def killed(project, start, finish, place, api_server, through_sdk, zookeeper):
    """Two nodes with a job that never ends, one a way, killed together."""
    nodes = [
        sql("api job", ENDLESS, local=[given(API_SERVER, api_server.address), EACH_SECOND]),
        through_sdk("sdk job", ENDLESS),
    ]
    instance = start(Workflow("openmldb killed", nodes, parameters={"zookeeper": zookeeper.address}))
    for node in nodes:
        wait_until(lambda: "-> RUNNING" in _log_so_far(project, instance, node.name), 300, node.name)
    project.kill(instance)
    return finish(instance)


def _log_so_far(project, instance, name):
    task = project.task(instance, name)
    return project.log(task["id"]) if task else ""


@pytest.fixture(scope="module")
def ran(run, place, api_server, through_sdk, zookeeper, openmldb_sdk):
    at = [given(API_SERVER, api_server.address), EACH_SECOND]
    outs = [out("amount", "INTEGER"), out("document"), out("semicolon")]
    show = "cat <<'THE END'\n<${amount}> <${document}> <${semicolon}>\nTHE END"
    real = [given("openmldb.environment", str(openmldb_sdk))]

    def bad(name):
        form = dict({"zk": "127.0.0.1:1", "zkPath": "/openmldb"}, **BAD_INPUT[name][1])
        return sql(name, form.pop("sql", "SHOW TABLES"), fields=form)

    return run(
        Workflow(
            "openmldb",
            [
                sql("api script", SCRIPT, local=at + outs),
                shell("after api", show, after=["api script"]),
                through_sdk("sdk script", SCRIPT, local=outs),
                shell("after sdk", show, after=["sdk script"]),
                sql("api jobs", "%s;\n%s" % (LOAD, EXPORT), mode="offline", local=at),
                through_sdk("sdk jobs", "%s;\n%s" % (LOAD, EXPORT), mode="offline"),
                sql("real sdk, no such path", "SHOW TABLES", local=real, fields={"zk": "${zookeeper}", "zkPath": "/other"}),
                sql(
                    "real sdk, no cluster", "SHOW TABLES", local=real, fields={"zk": "${zookeeper}", "zkPath": "/zookeeper/quota"}
                ),
            ]
            + [bad(name) for name in BAD_INPUT],
            parameters={"day": "2026-11-26", "nothing": "", "zookeeper": zookeeper.address},
        )
    )


def test_statements_reach_the_api_server_byte_for_byte(ran, api_server):
    assert ran.task("api script")["state"] == "SUCCESS", ran.lines("api script")
    assert api_server.statements("features") == [HOSTILE, SELECT]


def test_statements_reach_the_sdk_byte_for_byte(ran, place):
    assert ran.task("sdk script")["state"] == "SUCCESS", ran.lines("sdk script")
    own = ["SET @@execute_mode='online'", "SET @@sync_job=false"]
    assert sent(place, "sdk script") == own + ["USE features", HOSTILE, SELECT]


@pytest.mark.parametrize("way", ["api", "sdk"])
def test_one_row_feeds_the_node_downstream(ran, way):
    amount, document, semicolon = str(ROW[1]), ROW[2], ROW[0]
    assert ran.outputs(way + " script") == {"amount": amount, "document": document, "semicolon": semicolon}
    assert ran.printed("after " + way, "<%s> <%s> <%s>" % (amount, document, semicolon))


@pytest.mark.parametrize("way", ["api", "sdk"])
def test_the_log_shows_the_row_as_a_table(ran, way):
    lines = ran.lines(way + " script")
    assert "[3/3] line 5: %s" % SELECT.replace("/* ; */ ", "") in lines
    assert any(line.strip().startswith("semicolon | amount | document") for line in lines), lines


@pytest.mark.parametrize("way", ["api", "sdk"])
def test_a_failed_job_fails_the_task_and_its_log_is_last(ran, way):
    name = way + " jobs"
    assert ran.task(name)["state"] == "FAILURE"
    lines = ran.lines(name)
    assert any("job 3: RUNNING -> FINISHED after" in line for line in lines), lines
    assert [line.strip() for line in lines[-5:]] == ["The end of the log of job 4:"] + JOB_LOG + [
        "Statement 2 of 2 (line 2: %s) failed: job 4 is FAILED: Exception: path exists." % EXPORT
    ]


def test_the_real_sdk_and_a_path_that_zookeeper_does_not_have(ran, zookeeper):
    assert ran.task("real sdk, no such path")["state"] == "FAILURE"
    assert ran.lines("real sdk, no such path")[-1].startswith(
        'zkPath: "/other" is not in the ZooKeeper at %s, which has /openmldb, /zookeeper;' % zookeeper.address
    )


def test_the_real_sdk_and_no_cluster(ran, zookeeper):
    assert ran.task("real sdk, no cluster")["state"] == "FAILURE"
    assert ran.lines("real sdk, no cluster")[-1].startswith(
        "zk: OpenMLDB does not answer through ZooKeeper %s, path /zookeeper/quota;" % zookeeper.address
    )
    assert "Traceback" not in ran.log("real sdk, no cluster")


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_one_sentence(ran, name):
    assert ran.task(name)["state"] == "FAILURE"
    last = ran.lines(name)[-1]
    for words in BAD_INPUT[name][0]:
        assert words in last
    assert "Traceback" not in ran.log(name) and "\tat " not in ran.log(name)


def test_nothing_in_a_statement_ran_in_a_shell(ran, ds):
    assert not list(Path(ds.directory).rglob("MARK"))


@pytest.mark.parametrize("way", ["api", "sdk"])
def test_a_kill_stops_the_job(killed, place, api_server, way):
    name = way + " job"
    assert killed.task(name)["state"] == "KILL"
    statements = api_server.statements() if way == "api" else sent(place, name)
    assert "STOP JOB 8" in statements[statements.index(ENDLESS) :]
    # What became of the job depends on how long a busy machine takes to stop it. The server calls a task killed before the
    # last lines are in its log.
    wait_until(lambda: "OpenMLDB's job 8 " in killed.log(name), 90, "the end of the log of " + name)
    log = "\n".join(killed.lines(name))
    assert "[1/1] job 8: sending STOP JOB 8" in log, log
    assert re.search(r"^Stopped .*\. OpenMLDB's job 8 ", log, re.MULTILINE), log
