# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""examples/openmldb/check.sh, which a user runs against a cluster, here against the doubles and against nothing."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest
from conftest import DOUBLE, MODULE, RESOURCES
from http_server import Server

from dsharness.processes import python_path

FOLDER = os.path.join(os.path.dirname(MODULE), "examples", "openmldb")
SCRIPT = os.path.join(FOLDER, "check.sh")

specification = importlib.util.spec_from_file_location("openmldb_check", os.path.join(FOLDER, "check.py"))
check = importlib.util.module_from_spec(specification)
specification.loader.exec_module(check)


def cluster(data):
    """What a sound cluster would answer to the checks; paths of files are as in the statements."""

    def job(number, states, **more):
        return {"job": dict({"id": number, "states": states}, **more)}

    numbers = check.load("%s/numbers.csv" % data)[1]["text"]
    amount = {"columns": ["amount"], "types": ["Int64"], "rows": [[len(check.NOTES)]]}
    rows = {"columns": ["id", "note"], "types": ["Int64", "String"], "rows": [list(e) for e in enumerate(check.NOTES)]}
    return {
        "databases": [check.DATABASE],
        "statements": {
            check.READ[1]["text"]: rows,
            check.COUNT[1]["text"]: amount,
            check.REFUSED[1]["text"]: {"error": "Fail to transform data provider op: table no_such_table not exists"},
            numbers: job(1, ["RUNNING", "RUNNING", "RUNNING", "FINISHED"]),
            check.load("%s/missing.csv" % data)[1]["text"]: job(2, ["FAILED"], log=["Stderr:", "Path does not exist"]),
            check.export("%s/export" % data)[1]["text"]: job(3, ["FINISHED"]),
            check.OFFLINE_SELECT[1]["text"]: job(4, ["FINISHED"], log=["+------+", "|    10|"]),
        },
    }


def run(environment, *arguments, script=SCRIPT):
    done = subprocess.run(
        ["bash", script, "--python", sys.executable] + list(arguments),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
    )
    ends = {}
    for line in done.stdout.splitlines():
        found = re.match(r"(ok|FAILED|left out) +[\d.]+ s  (.{50}) ?(.*)", line)
        if found:
            ends[found.group(2).strip().replace(" ", "_")] = (found.group(1), found.group(3))
    return done, ends


@pytest.fixture
def environment(tmp_path):
    return dict(
        os.environ, PYTHONPATH=python_path(DOUBLE), HOME=str(tmp_path / "home"), OPENMLDB_DOUBLE=str(tmp_path / "cluster.json")
    )


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The folder that check.py will make below --data, whose name it chooses."""
    fixed = tmp_path / "data"
    fixed.mkdir()
    (tmp_path / "sitecustomize.py").write_text(
        "import tempfile\nmade = tempfile.mkdtemp\n"
        "def mkdtemp(suffix=None, prefix=None, dir=None):\n"
        "    if dir != %r:\n        return made(suffix, prefix, dir)\n"
        "    import os\n    os.mkdir(dir + '/files')\n    return dir + '/files'\n"
        "tempfile.mkdtemp = mkdtemp\n" % str(fixed)
    )
    return fixed


def test_a_sound_cluster(tmp_path, environment, data, zookeeper):
    script = cluster(str(data / "files"))
    (tmp_path / "cluster.json").write_text(json.dumps(script))
    environment["PYTHONPATH"] = "%s:%s" % (tmp_path, DOUBLE)
    server = Server(script)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = "127.0.0.1:%d" % server.server_address[1]
    done, ends = run(environment, zookeeper.address, "/openmldb", "--data", str(data), "--api-server", address)
    server.shutdown()
    # The double runs no SQL, so nothing was exported; the check has to see that.
    export = ends.pop("an_export_writes_its_rows")
    assert export[0] == "FAILED" and "has no part with the ten rows" in export[1]
    assert ends == {name: ("ok", "") for name in check.NAMES if name in ends}, done.stdout
    assert len(ends) == len(check.NAMES) - 1
    assert done.returncode == 1
    assert os.listdir(str(data)) == []


def test_without_a_shared_folder_and_an_api_server(tmp_path, environment, zookeeper):
    (tmp_path / "cluster.json").write_text(json.dumps(cluster("/nowhere")))
    done, ends = run(environment, zookeeper.address, "/openmldb")
    assert done.returncode == 0, done.stdout
    assert ends["strings_arrive_byte_for_byte"] == ("ok", "")
    assert ends["an_import_is_followed_to_its_end"] == ("left out", "no --data")
    assert ends["the_api_server_answers_as_documented"] == ("left out", "no --api-server")
    assert done.stdout.splitlines()[-1] == "7 ok, 0 failed, 8 left out"


def test_a_cluster_that_loses_a_string(tmp_path, environment, zookeeper):
    script = cluster("/nowhere")
    script["statements"][check.READ[1]["text"]]["rows"][0][1] = "a"
    (tmp_path / "cluster.json").write_text(json.dumps(script))
    done, ends = run(environment, zookeeper.address, "/openmldb")
    assert done.returncode == 1
    assert ends["strings_arrive_byte_for_byte"][0] == "FAILED"


def test_the_jars_of_a_release_will_do(tmp_path, environment, zookeeper):
    """As in an archive: the script beside lib, and no sources."""
    (tmp_path / "cluster.json").write_text(json.dumps(cluster("/nowhere")))
    shutil.copytree(FOLDER, str(tmp_path / "archive" / "examples" / "openmldb"))
    (tmp_path / "archive" / "lib").mkdir()
    for module, resources in zip(check.MODULES, RESOURCES):
        name = str(tmp_path / "archive" / "lib" / ("dolphinml-%s-1.0.0" % module))
        shutil.move(shutil.make_archive(name, "zip", resources, "dolphinml"), name + ".jar")
    script = str(tmp_path / "archive" / "examples" / "openmldb" / "check.sh")
    done, ends = run(environment, zookeeper.address, "/openmldb", script=script)
    assert done.returncode == 0, done.stdout
    shutil.rmtree(str(tmp_path / "archive" / "lib"))
    done, ends = run(environment, zookeeper.address, "/openmldb", script=script)
    assert done.returncode == 1
    assert done.stdout.startswith("check.sh: ") and "--jars" in done.stdout


def test_nothing_there(environment):
    done, ends = run(environment, "127.0.0.1:1", "/openmldb")
    assert done.returncode == 1
    assert ends["the_sdk_connects"] == (
        "FAILED",
        "zk: no ZooKeeper can be reached (127.0.0.1:1: Connection refused); check the address and that it is up.",
    )
    assert {end for end, _ in ends.values()} == {"FAILED", "left out"}
    assert done.stdout.splitlines()[-1] == "0 ok, 1 failed, 14 left out"
