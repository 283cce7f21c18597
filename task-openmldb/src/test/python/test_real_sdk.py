# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The real SDK of PyPI against a real ZooKeeper that has no OpenMLDB behind it: clean faults, in seconds.

Needs `openmldb` in the Python that runs the tests, or in the one that OPENMLDB_PYTHON names, and Debian's package
`zookeeper` (or ZOOKEEPER_CLASSPATH). A cluster itself cannot be installed from any package registry, so what happens
behind the connection is tested against the double in `double/` only.
"""

import glob
import os
import shutil
import subprocess
import sys
import time

import pytest
from conftest import Run

from dolphinml.openmldb import zookeeper
from dsharness.ports import free_port

DEBIAN_JARS = (
    "zookeeper zookeeper-jute slf4j-api slf4j-simple netty* snappy-java jetty* log4j* logback* metrics-core audience*"
    " commons-cli jackson* javax.servlet* servlet-api*"
)


def zookeeper_classpath():
    named = os.environ.get("ZOOKEEPER_CLASSPATH")
    if named:
        return named
    found = [jar for name in DEBIAN_JARS.split() for jar in glob.glob("/usr/share/java/%s.jar" % name)]
    return ":".join(found) if any(jar.endswith("/zookeeper.jar") for jar in found) else None


def python_with_sdk():
    for python in (os.environ.get("OPENMLDB_PYTHON"), sys.executable):
        check = "import openmldb.native, os; assert os.path.exists(openmldb.native.__file__)"
        if python and subprocess.run([python, "-c", check], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


@pytest.fixture(scope="module")
def sdk():
    python = python_with_sdk()
    if python is None:
        pytest.skip("no real OpenMLDB SDK: pip install openmldb (CPython 3.8 to 3.11), or set OPENMLDB_PYTHON")
    return python


@pytest.fixture(scope="module")
def real_zookeeper(tmp_path_factory):
    classpath = zookeeper_classpath()
    if shutil.which("java") is None or classpath is None:
        pytest.skip("no real ZooKeeper: apt-get install zookeeper, or set ZOOKEEPER_CLASSPATH; and a Java is needed")
    folder = tmp_path_factory.mktemp("zookeeper")
    port = free_port()
    config = folder / "zoo.cfg"
    config.write_text(
        "dataDir=%s\nclientPort=%d\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n" % (folder / "data", port)
    )
    log = open(str(folder / "log"), "wb")
    server = subprocess.Popen(
        ["java", "-cp", classpath, "org.apache.zookeeper.server.quorum.QuorumPeerMain", str(config)],
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + 300
        while True:
            try:
                zookeeper.ZooKeeper("127.0.0.1:%d" % port, 5).close()
                break
            except zookeeper.Unreachable:
                assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.2)
        yield "127.0.0.1:%d" % port
    finally:
        server.kill()
        server.wait()
        log.close()


def run(tmp_path, sdk, zk, zk_path):
    environment = dict(os.environ, HOME=str(tmp_path))
    environment.pop("PYTHONPATH", None)
    statements = {"zk": zk, "zkPath": zk_path, "executeMode": "offline", "setsSyncJob": False, "pollInterval": 1}
    statements["list"] = [{"number": 1, "line": 1, "kind": "SHOW", "head": "SHOW TABLES", "text": "SHOW TABLES"}]
    return Run(str(tmp_path), environment).start(statements, python=sdk).wait()


def test_a_zookeeper_that_does_not_know_the_path(tmp_path, sdk, real_zookeeper):
    done = run(tmp_path, sdk, real_zookeeper, "/openmldb")
    assert done.lines == [
        'zkPath: "/openmldb" is not in the ZooKeeper at %s, which has /zookeeper; use the zk_root_path of OpenMLDB.'
        % real_zookeeper
    ]
    assert done.report == {"status": "failure", "outputs": {}, "error": done.lines[0]}


def test_a_path_behind_which_there_is_no_openmldb(tmp_path, sdk, real_zookeeper):
    """/zookeeper/quota is there in every ZooKeeper, and no OpenMLDB is."""
    done = run(tmp_path, sdk, real_zookeeper, "/zookeeper/quota")
    sentence = (
        "zk: OpenMLDB does not answer through ZooKeeper %s, path /zookeeper/quota;"
        " check that its name server and tablets are up and registered there." % real_zookeeper
    )
    assert done.lines[-1] == sentence
    assert done.report["error"] == sentence
    assert done.process.returncode == 1
    assert "Traceback" not in "\n".join(done.lines)


def test_no_zookeeper_at_all(tmp_path, sdk):
    done = run(tmp_path, sdk, "127.0.0.1:1", "/openmldb")
    assert done.lines == [
        "zk: no ZooKeeper can be reached (127.0.0.1:1: Connection refused); check the address and that it is up."
    ]


def test_the_sdk_has_what_the_client_uses(sdk):
    """The names of the real module on which client.py rests, so that a new SDK without them is noticed here."""
    check = """
import inspect
from openmldb import dbapi
from openmldb.dbapi.dbapi import Cursor
assert "parameters" in inspect.signature(Cursor.execute).parameters
for name in ("description", "rowcount"):
    assert name in inspect.getsource(Cursor.__init__), name
for name in ("fetchmany", "close"):
    assert callable(getattr(Cursor, name)), name
from sdk.sdk import OpenMLDBSdk
assert list(inspect.signature(OpenMLDBSdk.executeInsert).parameters)[:3] == ["self", "db", "sql"]
source = inspect.getsource(OpenMLDBSdk.init)
for name in ("zkPath", "zkLogLevel", "glogLevel", "user", "password"):
    assert "'%s'" % name in source, name
"""
    subprocess.run([sdk, "-c", check], check=True)
