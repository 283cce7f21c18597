"""The examples as clients of the API send them: pydolphinscheduler through the gateway, plain REST."""

import json
import os
import subprocess
import sys
import uuid

import pytest

from dsharness import places
from dsharness.client import PASSWORD
from dsharness.finished import Finished
from dsharness.server import tenant
from dsharness.venvs import venv
from dsharness.waiting import wait_until

EXAMPLES = places.PROJECT / "examples"
CLIENTS = EXAMPLES / "clients"
#: Each script, and the workflow that it makes.
WORKFLOWS = {
    "iris.py": "iris/workflow.json",
    "mlflow_training.py": "mlflow-training/workflow.json",
    "openmldb.py": "openmldb/workflow.json",
    "train.py": "train-and-deploy/train.json",
    "deploy.py": "train-and-deploy/deploy.json",
    "train_and_deploy.py": "train-and-deploy/train-and-deploy.json",
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
            cwd=CLIENTS / "pydolphinscheduler", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, universal_newlines=True, timeout=900, check=False)
        assert done.returncode == 0, done.stdout
        project = client.project(name)
        return project, max(project.workflows(), key=lambda each: each["id"])

    return run


@pytest.fixture(scope="module")
def iris_values(place, mlflow, environment):
    return {"environment": str(environment), "notebook": str(EXAMPLES / "iris" / "iris_svm.ipynb"),
            "output_directory": str(place / "runs"), "tracking_uri": mlflow.address, "experiment_name": "iris-clients"}


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
        nodes[node["name"]] = (node["taskType"], {
            name: json.loads(value) if name == "parameters" else value for name, value in fields.items()
            if value not in ("", None, [], {}, "null") and name not in HIDDEN | unused(fields)})
    edges = {(names[each["preTaskCode"]], names[each["postTaskCode"]]) for each in exported["processTaskRelationList"]}
    parameters = exported["processDefinition"]["globalParams"]
    return nodes, edges, {each["prop"]: each["value"] for each in json.loads(parameters)}


def unused(fields):
    """What the form of MLFLOW sends for the other kinds of node."""
    if fields.get("mlflowTaskType") == "MLflow Models":
        return {"algorithm", "automlTool", "mlflowJobType"}
    return {"deployType", "deployPort", *{"BasicAlgorithm": ["automlTool"], "AutoML": ["algorithm"]}.get(
        fields.get("mlflowJobType"), [])}


@pytest.mark.parametrize("script", WORKFLOWS)
def test_pydolphinscheduler_makes_the_workflow_of_the_example(started, client, submit, script):
    project, workflow = submit(script)
    [made] = client.export_of(project, workflow["code"])
    [example] = json.loads((EXAMPLES / WORKFLOWS[script]).read_text(encoding="utf-8"))
    assert meaning(made) == meaning(example)


def test_every_workflow_has_its_script():
    files = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*.json")
             if b"processDefinition" in path.read_bytes()}
    assert files == set(WORKFLOWS.values())
    for script in WORKFLOWS:
        assert "`%s`" % script in (CLIENTS / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def by_rest(started, ds, iris_values):
    # Beside those of the workflow that runs at the same time.
    own = dict(iris_values, experiment_name="iris-rest", output_directory=iris_values["output_directory"] + "-rest")
    values = [each for pair in own.items() for each in ("--set", "%s=%s" % pair)]
    return subprocess.run(
        [sys.executable, str(CLIENTS / "rest" / "run_workflow.py"), "--url", ds.address, "--project", "clients-rest",
         str(EXAMPLES / "iris" / "workflow.json"), *values],
        env={"PATH": os.environ["PATH"], "DOLPHINSCHEDULER_PASSWORD": PASSWORD}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=900, check=False)


def test_plain_rest_runs_an_example_to_its_end(by_rest):
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


def test_curl_starts_a_workflow(ds, client, place, token):
    project = client.project("clients-curl")
    [small] = json.loads((EXAMPLES / "iris" / "workflow.json").read_text(encoding="utf-8"))
    small["taskDefinitionList"] = small["taskDefinitionList"][:1]
    small["taskDefinitionList"][0]["taskParams"]["rawScript"] = "echo 'it says ${experiment_name}'"
    small["processTaskRelationList"] = small["processTaskRelationList"][:1]
    file = place / "small.json"
    file.write_text(json.dumps([small]), encoding="utf-8")
    done = subprocess.run(
        [str(CLIENTS / "rest" / "run_workflow.sh"), str(file), '{"experiment_name": "a & b"}'],
        env={"PATH": os.environ["PATH"], "DOLPHINSCHEDULER_URL": ds.address, "DOLPHINSCHEDULER_TOKEN": token,
             "DOLPHINSCHEDULER_PROJECT": str(project.code)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout
    [workflow] = project.workflows()
    assert done.stdout == "workflow %d runs\n" % workflow["code"]
    instance = first_instance(project, workflow)
    finished = Finished(project, instance, project.wait(instance))
    assert finished.state == "SUCCESS"
    assert finished.told("create experiment", "it says a & b"), finished.log("create experiment")


@pytest.mark.parametrize("arguments, words", [
    (["--set", "nonsense", "x.json"], "--set takes NAME=VALUE"), (["/no/such/file.json"], "No such file"),
])
def test_a_mistake_on_the_command_line_is_one_sentence(ds, arguments, words):
    done = subprocess.run(
        [sys.executable, str(CLIENTS / "rest" / "run_workflow.py"), "--url", ds.address, *arguments],
        env={"PATH": os.environ["PATH"], "DOLPHINSCHEDULER_PASSWORD": PASSWORD}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=900, check=False)
    assert done.returncode != 0
    assert words in done.stdout.splitlines()[-1] and "Traceback" not in done.stdout


def test_a_wrong_password_is_the_servers_own_sentence(ds):
    done = subprocess.run(
        [sys.executable, str(CLIENTS / "rest" / "run_workflow.py"), "--url", ds.address,
         str(EXAMPLES / "iris" / "workflow.json")], env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=900, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("run_workflow.py: POST /login: ") and done.stdout.count("\n") == 1
