# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The example of OPENMLDB as a user meets it: its export is imported and run, from the import of a file to a model.

The SDK is the double, in an environment of its own; it runs no SQL, so the exported features are put there by the test,
as OpenMLDB would write them. DolphinScheduler, MLflow, ZooKeeper and the training are real.
"""

import csv
import json
import subprocess
import sys

import pytest

from dsharness import places
from dsharness.finished import Finished
from dsharness.zookeeper import ZooKeeper

EXAMPLE = places.PROJECT / "examples" / "openmldb"
DOUBLE = places.PROJECT / "task-openmldb" / "src" / "test" / "python" / "double"
NODES = ("load data", "extract features", "one file", "train")


def sql(node):
    workflow = json.loads((EXAMPLE / "workflow.json").read_text(encoding="utf-8"))
    tasks = workflow[0]["taskDefinitionList"]
    return next(task["taskParams"]["sql"] for task in tasks if task["name"] == node)


def last_statement(node, values):
    text = sql(node).strip().rstrip(";")
    text = text[text.rindex(";") + 1 :].strip()
    for name, value in values.items():
        text = text.replace("${%s}" % name, value)
    return text


@pytest.fixture(scope="module")
def sdk_environment(place):
    """A venv whose Python finds the double under the name of the SDK, and in it the cluster's script."""
    directory = place / "sdk"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    (packages,) = directory.glob("lib/python*/site-packages")
    (packages / "double.pth").write_text(
        "%s\nimport os; os.environ.update(OPENMLDB_DOUBLE=%r, OPENMLDB_DOUBLE_LOG=%r)\n"
        % (DOUBLE, str(directory / "cluster.json"), str(directory / "calls.jsonl"))
    )
    return directory


def export(folder):
    """The features as OpenMLDB exports them: parts with a header each, and a mark that the export is whole."""
    with open(EXAMPLE / "orders.csv", newline="") as stream:
        orders = list(csv.DictReader(stream))
    history, rows = {}, []
    for order in orders:
        before = history.setdefault(order["customer"], [])
        returned = [int(each["returned"]) for each in before[-20:]]
        before.append(order)
        rows.append(
            [
                order["returned"],
                order["amount"],
                int(order["ordered_at"][11:13]),
                len(before),
                sum(float(each["amount"]) for each in before),
                sum(returned) / len(returned) if returned else "",
            ]
        )
    folder.mkdir(parents=True)
    for number, part in enumerate((rows[:300], rows[300:])):
        with open(folder / ("part-0000%d.csv" % number), "w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["label", "amount", "hour", "orders_lately", "spent_lately", "returns_before"])
            writer.writerows(part)
    (folder / "_SUCCESS").touch()


@pytest.fixture(scope="module")
def ran(project, mlflow, environment, place, sdk_environment):
    values = {"data_url": "file://%s" % (EXAMPLE / "orders.csv"), "features_url": "file://%s" % (place / "features")}
    cluster = {
        "databases": ["shop_demo"],
        "statements": {
            last_statement("load data", values): {"job": {"id": 1, "states": ["RUNNING", "FINISHED"]}},
            last_statement("extract features", values): {"job": {"id": 2, "states": ["RUNNING", "FINISHED"]}},
        },
    }
    (sdk_environment / "cluster.json").write_text(json.dumps(cluster))
    export(place / "features")
    code = project.import_file("workflow.json", (EXAMPLE / "workflow.json").read_bytes())
    project.release(code)
    with ZooKeeper(place / "zookeeper") as zookeeper:
        zookeeper.create("/openmldb")
        instance = project.start(
            code,
            dict(
                values,
                zookeeper=zookeeper.address,
                zk_path="/openmldb",
                sdk_environment=str(sdk_environment),
                features_directory=str(place / "features"),
                training_environment=str(environment),
                tracking_uri=mlflow.address,
                experiment_name="orders-integration",
                model_name="orders_returned",
            ),
        )
        return Finished(project, instance, project.wait(instance))


def test_all_nodes_succeed(ran):
    ends = {name: ran.task(name)["state"] if ran.task(name) else None for name in NODES}
    assert ends == dict.fromkeys(NODES, "SUCCESS"), {
        name: ran.lines(name)[-20:] for name in NODES if ran.task(name) and ends[name] != "SUCCESS"
    }


@pytest.mark.parametrize("node, job", [("load data", 1), ("extract features", 2)])
def test_jobs_are_waited_for(ran, node, job):
    assert any("job %d: RUNNING -> FINISHED after" % job in line for line in ran.lines(node)), ran.lines(node)


def test_all_rows_reach_the_training(ran, place):
    lines = (place / "features" / "features.csv").read_text().splitlines()
    assert len(lines) == 1 + 480 and [line for line in lines if line.startswith("label")] == lines[:1]


def test_the_model_is_registered(ran, mlflow):
    version = mlflow.api("model-versions/search?filter=name%3D%27orders_returned%27")["model_versions"][0]
    assert version["status"] == "READY"
    recorded = mlflow.api("runs/get?run_id=" + version["run_id"])["run"]
    assert recorded["info"]["experiment_id"] == mlflow.experiment("orders-integration")
    assert recorded["info"]["status"] == "FINISHED"
