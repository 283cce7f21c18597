# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped jars on every Java that a worker may have: each task type from its JSON to the end of its process."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dsharness import server

#: A task that succeeds with nothing but a Python, and one of each other type that its environment fails: by then its
#: JSON has been read and checked, and what it would run has been planned, rendered and started.
NODES = {
    "MLFLOW": (
        {
            "mlflowTaskType": "MLflow Models",
            "mlflowTrackingUri": "http://127.0.0.1:1",
            "deployType": "MLFLOW",
            "deployModelKey": "models:/m/1",
            "deployPort": "7000",
            "deployAction": "stop",
            "deploymentName": "none-of-the-tests",
        },
        "SUCCESS",
        "there is no deployment 'none-of-the-tests'",
    ),
    "JUPYTER": (
        {
            "condaEnvName": "/nowhere",
            "inputNotePath": "in.ipynb",
            "outputNotePath": "out.ipynb",
            "parameters": '{"a": "${greeting}"}',
        },
        "FAILURE",
        'condaEnvName: no environment "/nowhere" was found on',
    ),
    "OPENMLDB": (
        {
            "zk": "127.0.0.1:1",
            "zkPath": "/openmldb",
            "executeMode": "offline",
            "sql": "SELECT 1;",
            "environment": "/nowhere",
        },
        "FAILURE",
        'openmldb.environment: no environment "/nowhere" was found on',
    ),
    "KUBEFLOW": (
        {
            "yamlContent": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: '${greeting}'}\n",
            "kubectl": "/nowhere",
        },
        "FAILURE",
        "kubeflow.kubectl: there is no /nowhere",
    ),
    "DVC": (
        {
            "dvcTaskType": "Download",
            "dvcRepository": "/data.git",
            "dvcVersion": "v1",
            "dvcDataLocation": "data",
            "dvcLoadSaveDataPath": "data",
            "environment": "/nowhere",
        },
        "FAILURE",
        'dvc.environment: no environment "/nowhere" was found on',
    ),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory, home):
    """The class path of the program that runs the tasks, compiled for Java 8."""
    directory = tmp_path_factory.mktemp("java")
    classpath = "%s:%s/*" % (directory, home / "libs")
    source = Path(__file__).with_name("java") / "RunTasks.java"
    javac = Path(shutil.which(server.java())).resolve().with_name("javac")
    (directory / "common.properties").write_text("sudo.enable=false\n")
    subprocess.run([str(javac), "--release", "8", "-nowarn", "-cp", classpath, "-d", str(directory), str(source)], check=True)
    return classpath


@pytest.mark.parametrize("version", [8, 17, 21, 25])
def test_each_task_type_runs(version, program, tmp_path):
    java = server.java_of(version)
    if java is None:
        pytest.skip("there is no Java %d on this machine" % version)
    arguments = []
    for kind, (fields, _, _) in NODES.items():
        file = tmp_path / (kind + ".json")
        file.write_text(json.dumps(dict(fields, localParams=[], resourceList=[])))
        arguments += [kind, str(file)]
    options = ["-XX:TieredStopAtLevel=1"] + ([] if version == 8 else ["--add-opens", "java.base/java.lang=ALL-UNNAMED"])
    done = subprocess.run(
        [java, *options, "-cp", program, "RunTasks", str(tmp_path), *arguments],
        cwd=str(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert "JAVA %s\n" % ("1.8" if version == 8 else version) in done.stdout, done.stdout
    ended = {kind: (accepted, state) for kind, accepted, state in re.findall(r"^ENDED (\w+) (\w+) (\w+)$", done.stdout, re.M)}
    assert ended == {kind: ("true", state) for kind, (_, state, _) in NODES.items()}, done.stdout
    for _, _, words in NODES.values():
        assert words in done.stdout, done.stdout
