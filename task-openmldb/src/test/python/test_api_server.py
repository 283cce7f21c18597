# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is particular to the API server: what it is sent, faults on the way, and answers in pieces."""

import io
import json
import socket
import threading

import pytest
from conftest import both_routes, calls, plain, sent

from dolphinml.openmldb.sql_answers import read_answer
from dsharness.faulty_http import FaultyServer

LOAD = "LOAD DATA INFILE 'hdfs://h/a.csv' INTO TABLE t OPTIONS(mode='append')"
INSERT = "INSERT INTO t VALUES (1)"
CLUSTER = {"statements": {LOAD: {"job": {"id": 8, "states": ["RUNNING", "RUNNING", "FINISHED"]}}}}

through_api = pytest.mark.parametrize("runs", ["api"], indirect=True)


def statement(number, kind, text, **more):
    return dict({"number": number, "line": number, "kind": kind, "head": text, "text": text}, **more)


def setting(number, variable, value):
    return statement(number, "SET", "SET @@%s=%s" % (variable, value), variable=variable, value=value)


@pytest.fixture
def faulty(runs):
    """Gives a function that runs statements through a server with these faults."""
    servers = []

    def run(statements, *rules, **settings):
        def between(address):
            servers.append(FaultyServer(int(address.rpartition(":")[2]), rules))
            return servers[-1].address

        return runs(CLUSTER, dict({"list": statements}, **settings), between=between).wait()

    yield run
    for server in servers:
        server.close()


@through_api
@pytest.mark.parametrize(
    "fault, words",
    [
        ("reset", "reset"),
        ("503", "answered with HTTP status 503"),
        ("404", "answered with HTTP status 404"),
        ("cut", "ended early"),
    ],
)
def test_before_the_first_statement_the_task_fails_at_once(faulty, fault, words):
    run = faulty([statement(1, "INSERT", INSERT)], {"fault": fault})
    assert run.lines[-1].startswith("openmldb.apiServer: no API server of OpenMLDB answers at 127.0.0.1:")
    assert words in run.lines[-1]
    assert sent(run) == []


@through_api
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_server_that_does_not_answer_is_given_up(runs, fault):
    servers = []

    def between(address):
        servers.append(FaultyServer(int(address.rpartition(":")[2]), [{"fault": fault}]))
        return servers[-1].address

    run = runs({}, {"list": []}, limits={"SECONDS_TO_CONNECT": 2}, between=between).wait()
    servers[0].close()
    assert "(no answer within 2 s)" in run.lines[-1]


@through_api
@pytest.mark.parametrize(
    "fault, words, arrives",
    [
        ("reset", "reset", False),
        ("lost", "reset", True),
        ("500", "answered with HTTP status 500", False),
        ("cut", "ended early", True),
    ],
)
def test_a_lost_answer_fails_the_task_and_nothing_is_sent_again(faulty, fault, words, arrives):
    """The fault holds once: what is sent again would arrive."""
    run = faulty([statement(1, "INSERT", INSERT)], {"match": "INSERT", "fault": fault, "times": 1})
    assert run.lines[-1].startswith(
        "Statement 1 of 1 (line 1: INSERT INTO t VALUES (1)) failed: the statement may have been carried out: 127.0.0.1:"
    )
    assert words in run.lines[-1]
    assert sent(run) == [INSERT] * arrives
    run = faulty([statement(1, "LOAD_DATA", LOAD)], {"match": "LOAD", "fault": fault, "times": 1})
    assert "failed: a job may have been started, see SHOW JOBS: 127.0.0.1:" in run.lines[-1]
    assert sent(run) == [LOAD] * arrives


@through_api
def test_a_refusal_is_not_a_lost_answer(faulty):
    run = faulty([statement(1, "INSERT", INSERT)], {"match": "INSERT", "fault": "404"})
    assert run.lines[-1].endswith("answered with HTTP status 404.")
    assert "carried out" not in run.lines[-1]


@through_api
@pytest.mark.parametrize("fault", ["reset", "500", "cut", "lost"])
def test_a_job_is_followed_through_a_short_fault(faulty, fault):
    rule = {"match": "SHOW JOB", "fault": fault, "after": 1, "times": 3}
    run = faulty([statement(1, "LOAD_DATA", LOAD)], rule)
    assert run.report["status"] == "success", run.lines
    assert any(line.startswith("[1/1] job 8: OpenMLDB does not report its state;") for line in run.lines)
    assert sent(run).count(LOAD) == 1


@through_api
def test_a_slow_server_is_waited_for(faulty):
    assert faulty([statement(1, "LOAD_DATA", LOAD)], {"fault": "slow"}).report["status"] == "success"


@through_api
def test_an_address_that_no_server_listens_on(runs):
    run = runs({}, {"list": []}, between=lambda address: "127.0.0.1:1").wait()
    assert run.lines == [
        "openmldb.apiServer: no API server of OpenMLDB answers at 127.0.0.1:1 (127.0.0.1:1: Connection "
        "refused); check the address and that it is up."
    ]


@through_api
def test_what_is_not_an_api_server_is_named(runs):
    def serve(listener):
        client, _ = listener.accept()
        with client:
            client.recv(1000)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ht>")

    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=serve, args=(other,), daemon=True).start()
        address = "127.0.0.1:%d" % other.getsockname()[1]
        run = runs({}, {"list": []}, between=lambda real: address).wait()
    assert "its answer is not the JSON of an API server" in run.lines[-1]


@through_api
def test_the_session_goes_along_with_each_statement(runs):
    show = "SHOW TABLES"
    trace = "SET @@global.enable_trace=true"
    statements = [
        statement(1, "USE", "USE d", database="d"),
        setting(2, "execute_mode", "offline"),
        setting(3, "sync_job", "true"),
        setting(4, "job_timeout", "5000"),
        statement(5, "SHOW", show),
        statement(6, "SET", trace),
        setting(7, "enable_trace", "true"),
        setting(8, "execute_mode", "online"),
        statement(9, "SHOW", show),
        statement(10, "LOAD_DATA", LOAD),
    ]
    run = runs(dict(CLUSTER, databases=["d"]), {"list": statements, "setsSyncJob": True}).wait()
    assert run.report["status"] == "success", run.lines
    posts = [(call["post"], call["body"]) for call in calls(run) if "post" in call]
    expected = [("offsync", show), ("offsync", trace), ("offsync", "SET @@enable_trace=true"), ("online", show), ("onsync", LOAD)]
    assert posts[:5] == [("/dbs/d", {"mode": mode, "sql": sql, "timeout": 5000}) for mode, sql in expected]
    assert "[7/10] the API server keeps enable_trace for all who use it" in run.lines


@through_api
@pytest.mark.parametrize(
    "variable, value, sentence",
    [
        ("execute_mode", "request", "the value of execute_mode must be online or offline"),
        ("sync_job", "maybe", "the value of sync_job must be true or false"),
        ("job_timeout", "1h", "the value of job_timeout must be a number of milliseconds"),
    ],
)
def test_a_wrong_setting_in_the_script_is_refused(runs, variable, value, sentence):
    run = runs({}, {"list": [setting(1, variable, value)], "setsSyncJob": True}).wait()
    assert run.lines[-1] == "Statement 1 of 1 (line 1: SET @@%s=%s) failed: %s." % (variable, value, sentence)


@through_api
def test_columns_without_names_are_numbered_and_named_in_a_warning(runs):
    count = "SELECT count(*) FROM t"
    cluster = {"statements": {count: {"columns": ["count(*)"], "types": ["Int64"], "rows": [[3]]}}}
    run = runs(cluster, {"list": [statement(1, "SELECT", count)]}, ["n"]).wait()
    assert "  #1" in run.lines
    assert run.lines[-1] == "The API server returns no column names: name each column of the SELECT, as in count(*) AS n."


@both_routes
def test_a_file_for_csv_that_cannot_be_written_fails_the_statement(runs, tmp_path):
    (tmp_path / "file").write_text("")
    cluster = {"statements": {"SELECT 1 AS a": {"columns": ["a"], "types": ["Int32"], "rows": [[1]]}}}
    settings = {"list": [statement(1, "SELECT", "SELECT 1 AS a", columns=["a"])], "resultCsv": str(tmp_path / "file" / "x")}
    run = runs(cluster, settings).wait()
    assert run.report["status"] == "failure"
    assert run.lines[-1].startswith("Statement 1 of 1 (line 1: SELECT 1 AS a) failed: ")
    assert "Not a directory" in run.lines[-1]


@both_routes
def test_an_empty_result_is_a_csv_file_with_a_header(runs):
    cluster = {"statements": {"SELECT a FROM t": {"columns": ["a"], "types": ["Int32"], "rows": []}}}
    settings = {"list": [statement(1, "SELECT", "SELECT a FROM t", columns=["a"])], "resultCsv": "rows"}
    run = runs(cluster, settings).wait()
    with open(run.workdir + "/rows/statement-1.csv", encoding="utf-8") as stream:
        assert stream.read() == "a\n"
    assert "[1/1] 0 rows in rows/statement-1.csv" in plain(run.lines)


class Pieces(io.RawIOBase):
    """A stream that gives a few bytes at a time, however many are asked for."""

    def __init__(self, data, size):
        self._data, self._size = io.BytesIO(data), size

    def read(self, size=-1):
        return self._data.read(self._size)


ANSWER = {
    "code": 0,
    "msg": "ok",
    "more": {"a": [1, {"b": "]}"}]},
    "data": {
        "schema": ["Int64", "String", "Date", "Double", "Bool"],
        "data": [[12345678901234567, '中文 " \\ ]', "2020-5-1", 1.5e-7, True], [-1, None, None, 0.1, False]],
    },
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100000])
def test_an_answer_in_pieces(size):
    taken = []
    data = json.dumps(ANSWER, ensure_ascii=False, indent=1).encode("utf-8")
    answer = read_answer(Pieces(data, size), 1, taken.append)
    assert (answer.code, answer.message, answer.total) == (0, "ok", 2)
    assert answer.rows == taken[:1] == [[12345678901234567, '中文 " \\ ]', "2020-05-01", 1.5e-7, True]]
    assert taken[1] == [-1, None, None, 0.1, False]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"code": 0', '{"code": 0, "data": {"schema": ["Int32"], "data": [[1], [2', '{"code" 0}', '{"code": 0]', "<html>"],
)
def test_what_is_not_a_whole_answer_is_an_error(text):
    with pytest.raises(ValueError):
        read_answer(io.BytesIO(text.encode("utf-8")), 20)


def test_the_code_may_come_last():
    answer = read_answer(io.BytesIO(b'{"dbs": ["d"], "msg": "no", "code": 1000}'), 20)
    assert (answer.databases, answer.message, answer.code) == (["d"], "no", 1000)
