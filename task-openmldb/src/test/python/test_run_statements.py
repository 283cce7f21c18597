# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the scenarios do not cover: stopping, retries, CSV, and all that is refused before a statement runs."""

import json
import os
import pwd
import signal
import socket
import sys
import time

import pytest
from conftest import both_routes, calls, plain, sent

from dolphinml.openmldb import attempts, run_statements
from dolphinml.openmldb.jobs import Job, JobFailed, JobWatch
from dolphinml.openmldb.session import StatementError
from dsharness.ports import free_port
from dsharness.waiting import ENOUGH, wait_until

LOAD = "LOAD DATA INFILE 'file:///tmp/a.csv' INTO TABLE t"


def statement(number, kind, text, **more):
    return dict({"number": number, "line": number, "kind": kind, "head": text, "text": text}, **more)


def job(number, states, **more):
    return {"job": dict({"id": number, "states": states}, **more)}


@both_routes
def test_stopping_stops_the_running_job(runs):
    run = runs({"statements": {LOAD: job(8, ["RUNNING"])}}, {"list": [statement(1, "LOAD_DATA", LOAD)]})
    run.until("-> RUNNING")
    run.terminate().wait()
    assert sent(run)[-2:] == ["STOP JOB 8", "SHOW JOB 8"]
    assert "[1/1] job 8: stop requested, now STOPPED" in run.lines
    assert "[1/1] job 8 runs on local[*], where OpenMLDB only records the stop: its process runs to its end" in run.lines
    assert run.lines[-1] == "Stopped before the end. OpenMLDB's job 8 is STOPPED."
    assert run.report["status"] == "stopped"
    assert run.process.returncode == 143


@both_routes
def test_a_job_that_cannot_be_stopped_is_named(runs):
    cluster = {"statements": {LOAD: job(8, ["RUNNING"], stops=False)}}
    run = runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}).until("-> RUNNING")
    run.terminate().wait()
    assert "[1/1] job 8 still runs: its stop was requested, and it is RUNNING" in run.lines
    assert run.lines[-1] == "Stopped before the end. OpenMLDB's job 8 may still run."


@both_routes
def test_a_job_is_named_before_its_stop_is_answered(runs, tmp_path):
    """The worker kills what takes longer than its three seconds; then the log's last line is what so-far holds."""
    gate = tmp_path / "gate"
    cluster = {"statements": {LOAD: job(8, ["RUNNING"], stopGate=str(gate))}}
    run = runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}).until("-> RUNNING")
    run.terminate().until("[1/1] job 8: sending STOP JOB 8")
    until_sent(run, "STOP JOB 8")
    run.process.kill()
    run.process.wait(ENOUGH)
    gate.touch()
    with open(os.path.join(run.control, "so-far"), encoding="utf-8") as so_far:
        assert so_far.read() == "OpenMLDB's job 8 may still run."


@both_routes
def test_a_server_that_is_too_slow_for_a_stop_leaves_time_for_the_log(runs):
    cluster = {"statements": {LOAD: job(8, ["RUNNING"], stopGate="/nonexistent")}}
    run = runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}, limits={"SECONDS_TO_STOP": 0.6}).until("-> RUNNING")
    run.terminate().wait(ENOUGH)
    assert "[1/1] job 8 may still run: it could not be stopped: no answer within " in "\n".join(run.lines)
    assert run.lines[-1] == "Stopped before the end. OpenMLDB's job 8 may still run."
    assert run.report["status"] == "stopped"


def until_sent(run, text):
    """Waits until the client has this statement in its hands."""
    wait_until(lambda: run.calls_path.exists() and text in sent(run))
    return run


@both_routes
def test_stopping_during_the_submission_stops_the_job_that_it_gives(runs, tmp_path):
    cluster = {"statements": {LOAD: dict(job(8, ["RUNNING"]), gate=str(tmp_path / "gate"))}}
    limits = {"SECONDS_FOR_LATE_ANSWER": ENOUGH}
    run = until_sent(runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}, limits=limits), LOAD).terminate()
    (tmp_path / "gate").touch()
    run.wait()
    assert sent(run)[-2:] == ["STOP JOB 8", "SHOW JOB 8"]


@both_routes
def test_stopping_during_a_submission_without_answer_says_where_to_look(runs):
    cluster = {"statements": {LOAD: dict(job(8, ["RUNNING"]), gate="/nonexistent")}}
    run = until_sent(runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}), LOAD)
    run.terminate().wait(ENOUGH)
    assert "[1/1] Stopped while OpenMLDB had not answered: a job may have been started, see SHOW JOBS" in run.lines


@both_routes
def test_stopping_at_any_moment_of_a_submission_says_what_became_of_it(runs):
    """The statement's line is logged before it is sent; what the log says must fit what the cluster got."""
    cluster = {"statements": {LOAD: job(8, ["RUNNING"])}}
    for moment in range(16):
        limits = {"SECONDS_FOR_LATE_ANSWER": ENOUGH}
        run = runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}, limits=limits).until("[1/1] line 1")
        time.sleep(moment * 0.001)
        run.terminate().wait()
        log = "\n".join(run.lines)
        assert run.report["status"] == "stopped", log
        if LOAD not in sent(run):
            assert "[1/1] Stopped before the statement was sent to OpenMLDB" in run.lines, log
        else:
            assert "STOP JOB 8" in sent(run), log


@both_routes
def test_nothing_is_sent_after_a_stop(runs, tmp_path):
    """A stop while the statement before it is answered and shown."""
    first = {"SELECT 1": {"columns": ["a"], "types": ["Int32"], "rows": [[1]], "gate": str(tmp_path / "gate")}}
    settings = {"list": [statement(1, "SELECT", "SELECT 1"), statement(2, "DDL", "CREATE TABLE t(a int)")]}
    run = until_sent(runs({"statements": first}, settings), "SELECT 1").terminate()
    (tmp_path / "gate").touch()
    run.wait()
    assert run.report["status"] == "stopped"
    assert "CREATE TABLE t(a int)" not in sent(run)


@both_routes
def test_stopping_during_a_change_without_answer_says_that_it_may_be_carried_out(runs):
    insert = "INSERT INTO t VALUES (1)"
    run = runs({"statements": {insert: {"gate": "/nonexistent"}}}, {"list": [statement(1, "INSERT", insert)]})
    until_sent(run, insert).terminate().wait(ENOUGH)
    assert "[1/1] Stopped while OpenMLDB had not answered: the statement may have been carried out" in run.lines


@both_routes
def test_a_long_query_is_stopped_at_once(runs):
    cluster = {"statements": {"SELECT 1": {"columns": ["a"], "types": ["Int32"], "rows": [[1]], "gate": "/nonexistent"}}}
    run = until_sent(runs(cluster, {"list": [statement(1, "SELECT", "SELECT 1")]}), "SELECT 1")
    run.terminate().wait(ENOUGH)
    assert run.report["status"] == "stopped"


def retried(runs, states, start_time=1684981373000, texts=None):
    """A first attempt that is lost while job 8 runs, and its retry in a cluster where the job has these states."""
    statements = texts or [
        statement(1, "USE", "USE d", database="d"),
        statement(2, "DDL", "CREATE TABLE t(a int)"),
        statement(3, "SELECT", "SELECT 1 AS a", columns=["a"]),
        statement(4, "LOAD_DATA", LOAD),
        statement(5, "SHOW", "SHOW TABLES"),
    ]
    row = {"SELECT 1 AS a": {"columns": ["a"], "types": ["Int32"], "rows": [[1]]}}
    settings = {"list": statements, "runKey": "17/load"}
    first = runs({"databases": ["d"], "statements": dict({LOAD: job(8, ["RUNNING"])}, **row)}, settings)
    first.until("-> RUNNING")
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.communicate()
    later = {"databases": ["d"], "statements": row, "jobs": {"8": {"states": states, "startTime": start_time}}}
    return runs(later, settings, ["a"])


@both_routes
def test_a_retry_takes_over_the_job_that_still_runs(runs):
    run = retried(runs, ["RUNNING", "RUNNING", "FINISHED"]).wait()
    log = plain(run.lines)
    assert "job 8 of an earlier attempt is RUNNING: taken over at statement 4" in log
    assert "[2/5] line 2: CREATE TABLE t(a int): done by the earlier attempt" in log
    assert "[4/5] job 8: RUNNING -> FINISHED after T s" in log
    assert LOAD not in sent(run) and "CREATE TABLE t(a int)" not in sent(run)
    assert {"SELECT 1 AS a", "SHOW TABLES"} <= set(sent(run))
    assert "[1/5] line 1: USE d" in log
    assert run.report == {"status": "success", "outputs": {"a": 1}}


@both_routes
def test_a_retry_takes_a_job_that_has_finished_meanwhile_for_done(runs):
    run = retried(runs, ["FINISHED"]).wait()
    assert "job 8 of an earlier attempt is FINISHED: taken over at statement 4" in run.lines
    assert LOAD not in sent(run)
    assert run.report["status"] == "success"


@both_routes
def test_a_retry_of_a_failed_job_starts_over(runs):
    run = retried(runs, ["FAILED"]).wait()
    assert "job 8 of an earlier attempt is FAILED: all statements are run again" in run.lines
    assert LOAD in sent(run) and "CREATE TABLE t(a int)" in sent(run)


@both_routes
def test_a_job_of_the_same_number_in_a_new_cluster_is_another_one(runs):
    run = retried(runs, ["RUNNING"], start_time=1).wait()
    assert "taken over" not in "\n".join(run.lines)
    assert LOAD in sent(run)


@both_routes
def test_a_finished_task_leaves_no_note(runs, tmp_path):
    settings = {"list": [statement(1, "LOAD_DATA", LOAD)], "runKey": "18/x", "recordDir": str(tmp_path / "notes")}
    run = runs({"statements": {LOAD: job(8, ["FINISHED"])}}, settings).wait()
    assert run.report["status"] == "success"
    assert os.listdir(str(tmp_path / "notes")) == []


@both_routes
def test_an_unusable_folder_for_notes_is_a_warning(runs, tmp_path):
    (tmp_path / "file").write_text("")
    settings = {"list": [statement(1, "LOAD_DATA", LOAD)], "runKey": "18/x", "recordDir": str(tmp_path / "file" / "x")}
    run = runs({"statements": {LOAD: job(8, ["FINISHED"])}}, settings).wait()
    assert run.report["status"] == "success"
    assert "a retry cannot take it over" in "\n".join(run.lines)


@pytest.mark.skipif(os.geteuid() != 0, reason="SKIPPED: only root can make a directory of another user")
def test_notes_are_in_the_users_own_home_where_sudo_leaves_another(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert attempts.default_folder() == str(tmp_path / ".cache" / "dolphinml" / "openmldb")
    os.chown(str(tmp_path), 65534, 65534)
    assert attempts.default_folder() == os.path.join(pwd.getpwuid(0).pw_dir, ".cache", "dolphinml", "openmldb")


@both_routes
def test_the_whole_result_goes_to_csv(runs):
    rows = [[i, None if i == 1 else 'say "%d",\nthen' % i, i % 2 == 0] for i in range(2500)]
    query, columns = "SELECT i, s, even FROM t", ["i", "s", "even"]
    cluster = {"statements": {query: {"columns": columns, "types": ["Int32", "String", "Bool"], "rows": rows}}}
    run = runs(cluster, {"list": [statement(1, "SELECT", query, columns=columns)], "resultCsv": "rows"}).wait()
    path = os.path.join(run.workdir, "rows", "statement-1.csv")
    with open(path, encoding="utf-8", newline="") as stream:
        text = stream.read()
    assert text.startswith('i,s,even\n0,"say ""0"",\nthen",true\n1,,false\n')
    assert text.count("\n") == 1 + 2500 + 2499
    assert "[1/1] 2500 rows in rows/statement-1.csv" in run.lines
    assert "  (the first 20 of 2500 rows)" in run.lines


def test_the_client_that_crashes_is_reported_with_its_last_words(runs):
    run = runs({"crash": True}, {"list": [statement(1, "SHOW", "SHOW TABLES")]}).wait()
    assert "  F20261124 fatal.cc:1] Check failed" in run.lines
    assert run.lines[-1].startswith("zk: OpenMLDB does not answer through ZooKeeper")
    assert run.report["status"] == "failure"


def test_no_cluster_behind_zookeeper_is_one_sentence_without_the_password(runs):
    settings = {"list": [statement(1, "SHOW", "SHOW TABLES")], "user": "root", "password": "hush-hush"}
    run = runs({"noCluster": True}, settings, secrets=["hush-hush"]).wait()
    assert run.lines[-1].startswith("zk: OpenMLDB does not answer through ZooKeeper 127.0.0.1:")
    assert "hush-hush" not in "\n".join(run.lines) + json.dumps(run.report)


def test_user_and_password_reach_the_client_and_nothing_else(runs):
    settings = {"list": [statement(1, "SHOW", "SHOW TABLES")], "user": "root", "password": "hush-hush"}
    run = runs({}, settings, secrets=["hush-hush"]).wait()
    assert {"password", "user", "zk", "zkPath"} <= set(calls(run)[0]["connect"])
    assert run.report["status"] == "success"


def test_a_password_that_is_named_reaches_the_client(runs, monkeypatch):
    monkeypatch.setenv("OPENMLDB_PASSWORD", "hush-hush")
    settings = {
        "list": [statement(1, "SHOW", "SHOW TABLES")],
        "user": "root",
        "password": {"secretReference": "env:OPENMLDB_PASSWORD", "field": "openmldb.password"},
    }
    run = runs({}, settings).wait()
    assert run.report["status"] == "success" and "password" in calls(run)[0]["connect"]
    assert run.lines[0] == "Secrets read: env:OPENMLDB_PASSWORD" and "hush-hush" not in "\n".join(run.lines)


def test_a_password_that_is_named_and_missing_is_reported_before_anything_is_sent(runs):
    settings = {
        "list": [statement(1, "SHOW", "SHOW TABLES")],
        "user": "root",
        "password": {"secretReference": "openmldb/password", "field": "openmldb.password"},
    }
    run = runs({}, settings).wait()
    assert run.process.returncode == 1 and calls(run) == []
    assert len(run.lines) == 1 and run.lines[0].startswith("openmldb.password: there is no folder of secrets")


def test_an_sdk_that_is_not_there_is_named_with_the_python(runs, monkeypatch):
    monkeypatch.setattr("conftest.DOUBLE", "/nonexistent")
    run = runs({}, {"list": [statement(1, "SHOW", "SHOW TABLES")]}, python=_python_without_sdk()).wait()
    assert run.lines[-1].startswith("openmldb.environment: the Python at ")
    assert "pip install openmldb" in run.lines[-1]
    assert len(run.lines) == 1


def _python_without_sdk():
    # The tests' own environment may have the real SDK; -S and -I cannot be given, so a bare interpreter is taken.
    return os.path.realpath(sys.executable)


def test_an_address_that_no_server_listens_on(runs):
    port = free_port()
    run = runs({}, {"zk": "127.0.0.1:%d" % port, "list": []}).wait(ENOUGH)
    expected = "zk: no ZooKeeper can be reached (127.0.0.1:%d: Connection refused); check the address and that it is up."
    assert run.lines == [expected % port]


def test_a_server_that_does_not_answer_is_given_up(runs):
    assert run_statements.SECONDS_TO_CONNECT == 10
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        settings = {"zk": "127.0.0.1:%d" % mute.getsockname()[1], "list": []}
        run = runs({}, settings, limits={"SECONDS_TO_CONNECT": 2}).wait(ENOUGH)
        assert time.monotonic() - began > 2
    assert "no answer in time" in run.lines[-1]


def test_the_second_server_of_a_list_is_taken_when_the_first_is_down(runs, zookeeper):
    settings = {"zk": "127.0.0.1:1,%s" % zookeeper.address, "list": [statement(1, "SHOW", "SHOW TABLES")]}
    assert runs({}, settings).wait().report["status"] == "success"


def test_a_path_that_zookeeper_does_not_have(runs, zookeeper):
    run = runs({}, {"zkPath": "/openmldb2", "list": []}).wait()
    assert run.lines == [
        'zkPath: "/openmldb2" is not in the ZooKeeper at %s, which has /openmldb, /zookeeper;'
        " use the zk_root_path of OpenMLDB." % zookeeper.address
    ]


def test_an_address_that_is_none(runs):
    run = runs({}, {"zk": "host:port", "list": []}).wait()
    assert run.lines == ['zk: "host:port" is not a server; use host:port, several separated by commas.']


@both_routes
def test_waiting_in_openmldb_ends_at_the_time_limit(runs):
    settings = {"list": [statement(1, "SET", "SET @@sync_job=true", variable="sync_job", value="true")], "jobTimeout": 0.3}
    settings["list"].append(statement(2, "LOAD_DATA", LOAD))
    settings["setsSyncJob"] = True
    run = runs({"statements": {LOAD: dict(job(8, ["FINISHED"]), gate="/nonexistent")}}, settings).wait(ENOUGH)
    assert "it ran longer than openmldb.jobTimeout (0.3 s); its job may still run" in run.lines[-1]


def test_a_client_that_dies_in_a_statement_leaves_open_what_became_of_it(runs):
    cluster = {"statements": {LOAD: dict(job(8, ["RUNNING"]), gate="/nonexistent")}}
    run = until_sent(runs(cluster, {"list": [statement(1, "LOAD_DATA", LOAD)]}), LOAD)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == run.process.pid:
                os.kill(int(entry), signal.SIGKILL)
    run.wait()
    assert run.report["status"] == "failure"
    assert "failed: a job may have been started, see SHOW JOBS: OpenMLDB's client ended by signal 9" in run.lines[-1]


class Silent:
    """A session whose OpenMLDB never reports a job's state; its clock advances by what is slept."""

    alive = True
    now = 0.0

    def execute(self, sql, seconds=None):
        raise StatementError("the TaskManager restarts")

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_a_job_whose_state_is_not_reported_for_a_minute_is_given_up():
    session, log = Silent(), []
    watch = JobWatch(session, log.append, 5, clock=session.clock, sleep=session.sleep)
    with pytest.raises(JobFailed) as failed:
        watch.follow(Job(8))
    assert str(failed.value) == ("job 8 may still run, but OpenMLDB does not report its state: the TaskManager restarts")
    assert 60 <= session.now <= 75
    assert len([line for line in log if "trying again" in line]) == 1
