"""The operator's command, run from jars in a DolphinScheduler installation."""

import os
import subprocess
import sys
import zipfile

import pytest
from conftest import answers_at
from started_program import RESOURCES


@pytest.fixture
def operator(tmp_path, deployer):
    """operator(*arguments, code=0) -> what the command says."""
    home = tmp_path / "dolphinscheduler/worker-server"
    (home / "libs").mkdir(parents=True)
    (home / "conf").mkdir()
    (home / "conf/common.properties").write_text("ml.mlflow.stateDir=%s\n" % deployer.operators)
    jars = []
    for number, resources in enumerate(RESOURCES):
        jars.append(str(home / "libs" / ("dolphinml-%d.jar" % number)))
        with zipfile.ZipFile(jars[-1], "w") as archive:
            archive.writestr("dolphinml/", "")
            if (resources / "mlflow").exists():
                archive.writestr("dolphinml/mlflow/", "")
            for file in sorted(resources.glob("**/*.py")):
                archive.write(str(file), str(file.relative_to(resources.parent)))

    def run(*arguments, **options):
        done = subprocess.run(
            [sys.executable, "-B", "-m", "dolphinml.deployments"] + list(arguments), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, universal_newlines=True, env=dict(os.environ, PYTHONPATH=os.pathsep.join(jars)),
            cwd=str(tmp_path),
        )
        assert done.returncode == options.get("code", 0), done.stdout
        return done.stdout

    return run


def test_a_deployment_is_listed_told_of_and_stopped(operator, deployer, port):
    assert operator("list") == "0 deployments on this machine\n"
    deployer.run(model="models:/answers/1", port=port, name="it")
    listed = operator("list").split("\n")
    assert listed[0].split()[:4] == ["NAME", "USER", "TYPE", "MODEL"]
    assert listed[1].split()[0] == "it" and "models:/answers/1" in listed[1] and "healthy, server process" in listed[1]
    assert listed[2] == "1 deployment on this machine"
    told = operator("status", "it")
    assert "endpoint    http://127.0.0.1:%d" % port in told
    assert "by          task 'a task' of workflow instance 12" in told
    assert operator("--user", "nobody", "list") == "0 deployments on this machine\n"
    assert "There is no deployment 'that'; there are: it" in operator("status", "that", code=1)
    assert operator("stop", "it") == "Deployment 'it' (models:/answers/1) is stopped\n"
    assert answers_at(port) is None and deployer.record("it") is None
    assert "there is none at all" in operator("stop", "it", code=1)
