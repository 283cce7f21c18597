# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow Projects as a user meets them: the example, custom projects, what a kill and bad input do."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dsharness import places
from dsharness.finished import Finished
from dsharness.processes import living
from dsharness.venvs import venv
from dsharness.waiting import wait_until
from dsharness.workflow import Node, Workflow, given, out, shell

EXAMPLE = places.PROJECT / "examples" / "mlflow-training"
PARALLEL = ["first", "second", "third"]

MLPROJECT = """
name: a project
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
      note: {type: string, default: none}
    command: "python main.py {alpha} {note}"
  evaluate:
    command: "python main.py 1 evaluated"
"""

MAIN = """
import os, signal, subprocess, sys, time
import mlflow
with mlflow.start_run():
    mlflow.log_metric("score", float(sys.argv[1]))
    mlflow.set_tag("note", sys.argv[2])
    if sys.argv[2] == "sleeps":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["bash", "-c", "trap '' TERM INT; nohup sleep 900 & wait"], start_new_session=True)
        with open("started.part", "w") as stream:
            stream.write(os.environ["DOLPHINML_RUN"])
        os.rename("started.part", "started")
        time.sleep(900)
"""


@pytest.fixture(scope="session")
def trainer():
    """A venv with all that presets train with, that of .ci/run where it has been named."""
    chosen = os.environ.get("DOLPHINML_TEST_ENVIRONMENT")
    return chosen or str(venv(places.PROJECT / ".ci" / "requirements-python.txt"))


def node(name, mlflow, environment, after=(), local=(), timeout_minutes=0, **fields):
    """An MLFLOW node with all that the form sends, also what it does not show."""
    form = {
        "algorithm": "svm",
        "params": "",
        "searchParams": "",
        "dataPath": "",
        "experimentName": "projects",
        "modelName": "",
        "mlflowTrackingUri": mlflow.address,
        "mlflowJobType": "CustomProject",
        "automlTool": "flaml",
        "mlflowTaskType": "MLflow Projects",
        "deployType": "MLFLOW",
        "deployPort": "7000",
        "deployModelKey": "",
        "mlflowProjectRepository": "",
        "mlflowProjectVersion": "",
        "rawScript": "",
        **fields,
    }
    form["localParams"] = [given("mlflow.environment", str(environment))] + list(local)
    return Node(name, "MLFLOW", form, after, timeout_minutes=timeout_minutes)


@pytest.fixture(scope="module")
def project_directory(place):
    directory = place / "a project"
    directory.mkdir()
    (directory / "MLproject").write_text(MLPROJECT)
    (directory / "main.py").write_text(MAIN)
    return directory


def state_of(mlflow, run_id):
    return mlflow.api("runs/get?run_id=" + run_id)["run"]


def tags(recorded):
    return {each["key"]: each["value"] for each in recorded["data"]["tags"]}


# What takes long is begun first: a preset in an environment that lacks what it needs, and what only sleeps.


@pytest.fixture(scope="module")
def bare(place):
    """A venv with nothing in it."""
    directory = place / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    return directory


@pytest.fixture(scope="module", autouse=True)
def built(start, mlflow, bare, place):
    fields = dict(
        mlflowJobType="BasicAlgorithm", algorithm="lr", dataPath=str(EXAMPLE / "data" / "iris.csv"), experimentName="built"
    )
    return start(
        Workflow("built", [node("first", mlflow, bare, **fields), node("again", mlflow, bare, after=["first"], **fields)])
    )


@pytest.fixture(scope="module", autouse=True)
def sleeping(start, mlflow, trainer, place):
    """Two workflows whose projects sleep: {name: instance}."""
    instances = {}
    # Two minutes, so that also a loaded machine gets as far as the sleep.
    for name, minutes in (("too slow", 2), ("killed", 0)):
        directory = place / name
        directory.mkdir()
        (directory / "MLproject").write_text(MLPROJECT)
        (directory / "main.py").write_text(MAIN)
        instances[name] = start(
            Workflow(
                name,
                [
                    node(
                        name,
                        mlflow,
                        trainer,
                        timeout_minutes=minutes,
                        experimentName=name,
                        params="-P note=sleeps",
                        mlflowProjectRepository=str(directory),
                    )
                ],
            )
        )
    return instances


# The example


@pytest.fixture(scope="module")
def iris(project, mlflow, trainer):
    code = project.import_file("workflow.json", (EXAMPLE / "workflow.json").read_bytes())
    project.release(code)
    instance = project.start(
        code,
        {
            "environment": trainer,
            "data": str(EXAMPLE / "data" / "iris.csv"),
            "tracking_uri": mlflow.address,
            "experiment_name": "iris training",
        },
    )
    return Finished(project, instance, project.wait(instance))


def test_the_example_succeeds(iris):
    states = {each["name"]: each["state"] for each in iris.project.tasks(iris.instance)}
    failed = {name: iris.lines(name)[-25:] for name in states if states[name] != "SUCCESS"}
    assert iris.state == "SUCCESS" and not failed, failed


@pytest.mark.parametrize("name, model", [("svm", "iris_svm"), ("flaml", "iris_automl")])
def test_its_models_are_recorded_and_registered(iris, mlflow, name, model):
    outputs = iris.outputs(name)
    recorded = state_of(mlflow, outputs["mlflow.run_id"])
    assert recorded["info"]["status"] == "FINISHED"
    assert outputs["mlflow.experiment_id"] == mlflow.experiment("iris training") == recorded["info"]["experiment_id"]
    assert outputs["mlflow.model_uri"] == "models:/%s/%s" % (model, outputs["mlflow.model_version"])
    metrics = {each["key"]: each["value"] for each in recorded["data"]["metrics"]}
    assert float(outputs["accuracy"]) == pytest.approx(metrics["accuracy"])
    assert metrics["accuracy"] > 0.8
    version = mlflow.api("model-versions/get?name=%s&version=%s" % (model, outputs["mlflow.model_version"]))
    assert version["model_version"]["run_id"] == outputs["mlflow.run_id"]
    alias = mlflow.api("registered-models/alias?name=%s&alias=production" % model)
    assert alias["model_version"]["version"] == outputs["mlflow.model_version"]


def test_names_with_dots_reach_a_shell_node(iris):
    outputs = iris.outputs("flaml")
    expected = "run %s made %s, version %s: accuracy %s" % (
        outputs["mlflow.run_id"],
        outputs["mlflow.model_uri"],
        outputs["mlflow.model_version"],
        outputs["accuracy"],
    )
    assert iris.printed("what became of it", expected)


def test_link_first_metrics_and_link_last(iris, mlflow):
    outputs = iris.outputs("svm")
    link = "%s/#/experiments/%s/runs/%s" % (mlflow.address, outputs["mlflow.experiment_id"], outputs["mlflow.run_id"])
    lines = iris.lines("svm")
    told = [number for number, line in enumerate(lines) if line.endswith(link)]
    assert told[0] < lines.index("Metrics of the run:") < told[-1] == len(lines) - 1, lines


def test_either_side_finds_the_other(iris, mlflow, project):
    task = iris.task("svm")
    found = tags(state_of(mlflow, iris.outputs("svm")["mlflow.run_id"]))
    assert found["dolphinscheduler.project"] == str(project.code)
    assert found["dolphinscheduler.workflow.instance.id"] == str(iris.instance)
    assert found["dolphinscheduler.task"] == "svm"
    assert found["dolphinscheduler.task.instance.id"] == str(task["id"])
    assert found["dolphinscheduler.workflow"]


# Custom projects, and bad input


@pytest.fixture(scope="module")
def ran(run, mlflow, trainer, project_directory, place):
    where = {"mlflowProjectRepository": str(project_directory)}
    data = str(EXAMPLE / "data" / "iris.csv")
    note = 'it\'s "two" words $(touch %s) 中文' % (place / "MARK")

    def custom(name, **more):
        return node(name, mlflow, trainer, **dict(where, **more))

    def preset(name, **more):
        return node(name, mlflow, trainer, mlflowJobType="BasicAlgorithm", **dict({"dataPath": data}, **more))

    return run(
        Workflow(
            "projects",
            [
                *[custom(name, experimentName="made in parallel", local=[out("score", "DOUBLE")]) for name in PARALLEL],
                custom("hostile", params="-P alpha=${alpha} -P note=${note}", experimentName="$(touch MARK) \"q\" 'q'"),
                shell("downstream", 'echo "score <${score}> of <${mlflow.run_id}> model <${mlflow.model_uri}>"', after=["first"]),
                custom("no server", mlflowTrackingUri="http://127.0.0.1:1"),
                custom("no project", mlflowProjectRepository="/nowhere/at all"),
                custom("no entry point", local=[given("mlflow.entryPoint", "train")]),
                custom("no such option", params="-P 'alpha=1"),
                preset("no label", local=[given("mlflow.labelColumn", "species")]),
                preset("no data", dataPath="/nowhere/iris.csv"),
                preset("no literal", params="C=os.getcwd()"),
            ],
            parameters={"alpha": "0.25", "note": note},
        )
    )


def test_parallel_nodes_share_a_new_experiment(ran, mlflow):
    for name in PARALLEL:
        assert ran.task(name)["state"] == "SUCCESS", ran.lines(name)[-20:]
    runs = {ran.outputs(name)["mlflow.run_id"] for name in PARALLEL}
    assert runs == {each["info"]["run_id"] for each in mlflow.runs(mlflow.experiment("made in parallel"))}
    assert len(runs) == 3


def test_outputs_of_a_custom_project(ran):
    outputs = ran.outputs("first")
    assert outputs["score"] == "0.5" and outputs["mlflow.model_uri"] == outputs["mlflow.model_version"] == ""
    assert ran.printed("downstream", "score <0.5> of <%s> model <>" % outputs["mlflow.run_id"])


def test_values_are_never_code(ran, mlflow, place):
    assert ran.task("hostile")["state"] == "SUCCESS", ran.lines("hostile")[-20:]
    recorded = state_of(mlflow, ran.outputs("hostile")["mlflow.run_id"])
    assert tags(recorded)["note"] == 'it\'s "two" words $(touch %s) 中文' % (place / "MARK")
    assert mlflow.experiment("$(touch MARK) \"q\" 'q'") == recorded["info"]["experiment_id"]
    assert not (place / "MARK").exists()


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("no server", "mlflowTrackingUri: the tracking server http://127.0.0.1:1 does not answer (Connection refused); "),
        ("no project", "mlflowProjectRepository: there is no directory '/nowhere/at all' on this worker; "),
        ("no entry point", "mlflow.entryPoint: 'train' is not an entry point of the project; use one of evaluate, main"),
        ("no such option", "params: a single quote is not closed; "),
        ("no label", "sepal_length"),
        ("no data", "/nowhere/iris.csv"),
        ("no literal", "params: "),
    ],
)
def test_bad_input_gets_one_sentence(ran, name, sentence):
    assert ran.task(name)["state"] == "FAILURE"
    assert sentence in ran.lines(name)[-1], ran.lines(name)[-10:]


# Kill and time-out


@pytest.fixture(scope="module")
def stopped(sleeping, finish, project, place):
    """The killed and the timed-out node: {name: (its run's marker, finished workflow)}."""
    markers = {}
    for name in sleeping:
        file = place / name / "started"
        wait_until(file.exists, 300, "'%s' has started" % name)
        markers[name] = file.read_text()
    assert len(living("DOLPHINML_RUN=" + markers["killed"])) >= 4
    project.kill(sleeping["killed"])
    with ThreadPoolExecutor() as pool:
        ended = dict(zip(sleeping, pool.map(lambda each: finish(each), sleeping.values())))
    return {name: (markers[name], ended[name]) for name in sleeping}


@pytest.mark.parametrize("name, state", [("killed", "KILL"), ("too slow", "FAILURE")])
def test_a_stopped_task_closes_its_run_and_leaves_nothing(stopped, mlflow, name, state):
    marker, finished = stopped[name]
    assert finished.task(name)["state"] == state
    wait_until(lambda: not living("DOLPHINML_RUN=" + marker))
    [recorded] = mlflow.runs(mlflow.experiment(name))
    # A busy tracking server records it after the task has stopped waiting for the answer.
    wait_until(lambda: mlflow.runs(mlflow.experiment(name))[0]["info"]["status"] == "KILLED", what="the run is closed as KILLED")


# The end of what began first


def test_what_a_preset_lacks_is_built_once(built, finish, mlflow):
    finished = finish(built)
    assert finished.state == "SUCCESS", finished.lines("first")[-25:]
    [lacks] = [line for line in finished.lines("first") if " lacks " in line]
    assert "mlflow, sklearn, pandas, matplotlib" in lacks
    assert not [line for line in finished.lines("again") if "pip" in line.lower()], finished.lines("again")
    for name in ("first", "again"):
        assert state_of(mlflow, finished.outputs(name)["mlflow.run_id"])["info"]["status"] == "FINISHED"
