# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The examples as clients of the API send them: pydolphinscheduler through the gateway, ds_client.py through REST."""

import json
import os
import subprocess
import uuid

import pytest

from dsharness import places
from dsharness.finished import Finished
from dsharness.joint import ds_client
from dsharness.server import tenant
from dsharness.venvs import venv
from dsharness.waiting import wait_until

EXAMPLES = places.PROJECT / "examples"
CLIENTS = EXAMPLES / "clients"
IRIS = EXAMPLES / "iris" / "workflow.json"
#: Each script, and the workflow that it makes.
WORKFLOWS = {
    "iris.py": "iris/workflow.json",
    "mlflow_training.py": "mlflow-training/workflow.json",
    "openmldb.py": "openmldb/workflow.json",
    "train.py": "train-and-deploy/train.json",
    "deploy.py": "train-and-deploy/deploy.json",
    "in_one_workflow.py": "train-and-deploy/in-one-workflow.json",
    "train_and_deploy.py": "train-and-deploy/train-and-deploy.json",
}
#: Examples that only examples/ds_client.py brings in: a script would show nothing that the others do not.
WITHOUT_SCRIPT = {
    "bentoml/deploy.json",
    "cluster-training/train-on-a-cluster.json",
    "data-to-service/data-to-service.json",
    "data-to-service/train-and-serve.json",
    "data-to-service/watch-for-drift.json",
}
#: Scripts that name workflows of the same project.
AFTER = {"train_and_deploy.py": ["train.py", "deploy.py"]}
#: Sent by the form for what a node is not, or different on each server; what a client leaves out.
HIDDEN = {"isSearchParams", "conditionResult", "processDefinitionCode"}


@pytest.fixture(scope="module")
def pydolphinscheduler():
    return venv(CLIENTS / "requirements.txt")


@pytest.fixture(scope="module")
def submit(ds, client, pydolphinscheduler, place):
    def run(script, *arguments, name=None):
        name = name or "clients-" + uuid.uuid4().hex[:6]
        for each in AFTER.get(script, ()):
            run(each, name=name)
        environment = {"PATH": os.environ["PATH"], "HOME": str(place), "PYDS_JAVA_GATEWAY_PORT": str(ds.gateway_port)}
        done = subprocess.run(
            [str(pydolphinscheduler / "bin" / "python"), script, "--project", name, "--tenant", tenant(), *arguments],
            cwd=CLIENTS / "pydolphinscheduler",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        project = client.project(name)
        return project, max(project.workflows(), key=lambda each: each["id"])

    return run


@pytest.fixture(scope="module")
def iris_values(place, mlflow, environment):
    return {
        "environment": str(environment),
        "notebook": str(EXAMPLES / "iris" / "iris_svm.ipynb"),
        "output_directory": str(place / "runs"),
        "tracking_uri": mlflow.address,
        "experiment_name": "iris-clients",
    }


@pytest.fixture(scope="module")
def started(submit, iris_values):
    """iris.py --start, whose workflow runs while the other tests do their work."""
    values = [each for pair in iris_values.items() for each in ("--set", "%s=%s" % pair)]
    return submit("iris.py", *values, "--start")


def first_instance(project, workflow):
    """The master makes it a moment after it was asked to."""
    [first] = wait_until(lambda: project.instances(workflow["code"]), 300, "an instance of %s" % workflow["name"])
    return first["id"]


def meaning(exported):
    """What a workflow does: its nodes by name, which node comes after which, its global parameters."""
    nodes, names = {}, {0: None}
    for node in exported["taskDefinitionList"]:
        names[node["code"]] = node["name"]
        fields = dict(node["taskParams"])
        nodes[node["name"]] = (
            node["taskType"],
            {
                name: json.loads(value) if name == "parameters" else value
                for name, value in fields.items()
                if value not in ("", None, [], {}, "null") and name not in HIDDEN | unused(fields)
            },
        )
    edges = {(names[each["preTaskCode"]], names[each["postTaskCode"]]) for each in exported["processTaskRelationList"]}
    parameters = exported["processDefinition"]["globalParams"]
    return nodes, edges, {each["prop"]: each["value"] for each in json.loads(parameters)}


def unused(fields):
    """What the form of MLFLOW sends for the other kinds of node."""
    if fields.get("mlflowTaskType") == "MLflow Models":
        return {"algorithm", "automlTool", "mlflowJobType"}
    return {
        "deployType",
        "deployPort",
        *{"BasicAlgorithm": ["automlTool"], "AutoML": ["algorithm"]}.get(fields.get("mlflowJobType"), []),
    }


@pytest.mark.parametrize("script", WORKFLOWS)
def test_pydolphinscheduler_makes_the_workflow_of_the_example(started, client, submit, script):
    project, workflow = submit(script)
    [made] = client.export_of(project, workflow["code"])
    [example] = json.loads((EXAMPLES / WORKFLOWS[script]).read_text(encoding="utf-8"))
    assert meaning(made) == meaning(example)


def test_every_workflow_has_its_script():
    files = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*.json") if b"processDefinition" in path.read_bytes()}
    assert files == set(WORKFLOWS.values()) | WITHOUT_SCRIPT
    for script in WORKFLOWS:
        assert "`%s`" % script in (CLIENTS / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def by_rest(started, ds, iris_values):
    # Beside those of the workflow that runs at the same time.
    own = dict(iris_values, experiment_name="iris-rest", output_directory=iris_values["output_directory"] + "-rest")
    values = [each for pair in own.items() for each in ("--set", "%s=%s" % pair)]
    return ds_client(ds.address, "--project", "clients-rest", IRIS, *values, "--run")


def test_ds_client_runs_an_example_to_its_end(by_rest):
    lines = [line.split() for line in by_rest.stdout.splitlines()]
    assert (by_rest.returncode, lines[-1]) == (0, ["SUCCESS"]), by_rest.stdout
    assert ["svm", "poly", "SUCCESS"] in lines
    assert len([line for line in lines if line[2:4] == ["accuracy", "="]]) == 3


def test_the_workflow_of_pydolphinscheduler_runs(started, by_rest):
    project, workflow = started
    instance = first_instance(project, workflow)
    finished = Finished(project, instance, project.wait(instance))
    assert finished.state == "SUCCESS", finished.lines("svm rbf")[-20:]
    for node in ("svm linear", "svm rbf", "svm poly"):
        assert 0.5 < float(finished.outputs(node)["accuracy"]) <= 1


@pytest.fixture
def token(client):
    user = client.get("/users/get-user-info")["id"]
    until = "2099-01-01 00:00:00"
    text = client.post("/access-tokens/generate", userId=user, expireTime=until)
    client.post("/access-tokens", userId=user, expireTime=until, token=text)
    return text


def small(place, name, script, parameters=("name",)):
    """The file of a workflow with one SHELL node."""
    [exported] = json.loads(IRIS.read_text(encoding="utf-8"))
    exported["processDefinition"].update(
        name=name,
        globalParams=json.dumps([{"prop": each, "direct": "IN", "type": "VARCHAR", "value": "default"} for each in parameters]),
    )
    exported["taskDefinitionList"] = exported["taskDefinitionList"][:1]
    exported["taskDefinitionList"][0]["taskParams"]["rawScript"] = script
    exported["processTaskRelationList"] = exported["processTaskRelationList"][:1]
    exported["processDefinition"]["locations"] = "[]"
    (place / name).mkdir()
    file = place / name / "small.json"
    file.write_text(json.dumps([exported]), encoding="utf-8")
    return file


def test_ds_client_takes_a_token_an_environment_and_values(ds, place, token):
    exports = place / "exports.sh"
    exports.write_text("export OF_ENVIRONMENT='it is set'\n")
    file = small(place, "small", 'echo "<${name}> $OF_ENVIRONMENT"; exit 3')
    done = ds_client(
        ds.address,
        "--project",
        "clients-token",
        file,
        "--set",
        "name=a & b=c",
        "--environment",
        "of ds_client=%s" % exports,
        "--run",
        environment={"PATH": os.environ["PATH"], "DOLPHINSCHEDULER_TOKEN": token},
    )
    assert done.returncode == 1, done.stdout
    assert "<a & b=c> it is set" in done.stdout
    assert done.stdout.endswith("\nFAILURE\n")


def test_ds_client_replaces_a_workflow_of_the_same_name(ds, client, place):
    file = small(place, "twice", "echo first")
    first = ds_client(ds.address, "--project", "clients-twice", file)
    file.write_text(file.read_text(encoding="utf-8").replace("echo first", "echo second"), encoding="utf-8")
    second = ds_client(ds.address, "--project", "clients-twice", file)
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert first.stdout == second.stdout
    project = client.project("clients-twice")
    [workflow] = project.workflows()
    instance = project.start(workflow["code"])
    finished = Finished(project, instance, project.wait(instance))
    assert finished.state == "SUCCESS"
    assert finished.printed("create experiment", "second"), finished.log("create experiment")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--set", "nonsense", IRIS], "argument --set: 'nonsense' is not NAME=VALUE"),
        (["/no/such/file.json"], "No such file"),
        ([EXAMPLES / "iris" / "README.md"], "README.md is not the export of a workflow"),
        ([IRIS, "--set", "no_such=1"], "no global parameter is called no_such; there are environment, experiment_name, "),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(ds, arguments, words):
    done = ds_client(ds.address, *arguments)
    assert done.returncode != 0
    assert words in done.stdout.splitlines()[-1] and "Traceback" not in done.stdout


@pytest.mark.parametrize(
    "variables, words",
    [
        ({"DOLPHINSCHEDULER_PASSWORD": "wrong"}, "ds_client.py: POST /login: "),
        ({}, "ds_client.py: give --token, or a password in DOLPHINSCHEDULER_PASSWORD"),
    ],
)
def test_who_may_not_log_in_reads_one_sentence(ds, variables, words):
    done = ds_client(ds.address, IRIS, environment=dict(variables, PATH=os.environ["PATH"]))
    assert done.returncode == 1
    assert done.stdout.startswith(words) and done.stdout.count("\n") == 1
