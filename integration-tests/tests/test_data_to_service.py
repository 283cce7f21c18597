# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The example from data to a service: versions, models and metrics belong together, and only drift retrains."""

import csv
import os
import random
import subprocess

import pytest

from dsharness import joint, places
from dsharness.finished import Finished
from dsharness.ports import free_port
from dsharness.workflow import Workflow, deployment, given

EXAMPLE = places.PROJECT / "examples" / "data-to-service"
COLUMNS = ["sepal_length", "sepal_width", "species"]
KINDS = {"setosa": (5.0, 3.4), "versicolor": (5.9, 2.8), "virginica": (6.6, 3.0)}


def write_flowers(path, count, seed, longer=0.0):
    """Flowers of three kinds, with sepals that are longer than usual."""
    drawn = random.Random(seed)
    with open(str(path), "w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        for kind, (length, width) in KINDS.items():
            for _ in range(count):
                rows.writerow([round(drawn.gauss(length + longer, 0.4), 2), round(drawn.gauss(width, 0.3), 2), kind])
    return path


class Example:
    """The example's workflows in a project of a server."""

    def __init__(self, ds, client, values):
        self.project = client.project("data to service")
        self.values = values
        self.codes = {}
        for file in ("data-to-service.json", "watch-for-drift.json"):
            done = joint.ds_client(ds.address, "--project", "data to service", EXAMPLE / file)
            assert done.returncode == 0, done.stdout
            self.codes.update((name, int(code)) for name, code in (line.rsplit(None, 1) for line in done.stdout.splitlines()))

    def run(self, workflow, **values):
        instance = self.project.start(self.codes[workflow], dict(self.values, **{n: str(v) for n, v in values.items()}))
        finished = Finished(self.project, instance, self.project.wait(instance))
        assert finished.state == "SUCCESS", self.failures(finished)
        return finished

    def failures(self, finished):
        return {
            task["name"]: (task["state"], self.project.log(task["id"]).splitlines()[-20:])
            for task in self.project.all_tasks(finished.instance)
            if task["state"] != "SUCCESS"
        }

    def inner(self, finished, name="train and serve"):
        instance = self.project.inner(finished.instance, name)
        return Finished(self.project, instance, self.project.instance(instance)["state"])

    def names(self, finished):
        return {task["name"] for task in self.project.tasks(finished.instance)}


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def example(ds, client, run, mlflow, environment, dvc, place, port):
    repository = place / "data.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(repository)], check=True)
    (place / "notebooks" / "data-to-service").mkdir(parents=True)
    for path in EXAMPLE.glob("*.ipynb"):
        os.symlink(str(path), str(place / "notebooks" / "data-to-service" / path.name))
    yield Example(
        ds,
        client,
        {
            "environment": str(environment),
            "dvc_environment": str(dvc),
            "notebooks": str(place / "notebooks"),
            "output_directory": str(place / "runs"),
            "tracking_uri": mlflow.address,
            "experiment_name": "flowers",
            "deploy_port": str(port),
            "repository": "file://%s" % repository,
            "store": str(place / "store"),
        },
    )
    stopped = run(
        Workflow(
            "ends the service of flowers",
            [
                deployment(
                    "stops",
                    "",
                    port,
                    mlflow.address,
                    environment,
                    local=[given("mlflow.deployAction", "stop"), given("mlflow.deploymentName", "flowers")],
                )
            ],
        )
    )
    assert stopped.state == "SUCCESS", stopped.lines("stops")


@pytest.fixture(scope="module")
def first(example, place):
    return example.run("data to service", csv=write_flowers(place / "v1.csv", 60, seed=1), version="v1")


@pytest.fixture(scope="module")
def second(example, place, first):
    return example.run("data to service", csv=write_flowers(place / "v2.csv", 90, seed=2), version="v2")


def recorded(mlflow, outputs):
    """(metrics, tags) of the run that a training has made."""
    data = mlflow.api("runs/get?run_id=%s" % outputs["mlflow_run_id"])["run"]["data"]
    return ({each["key"]: each["value"] for each in data["metrics"]}, {each["key"]: each["value"] for each in data["tags"]})


def test_the_run_of_the_model_that_serves_names_the_data(example, first, mlflow, place):
    uploaded = first.outputs("version the data")
    inner = example.inner(first)
    trained, served = inner.outputs("train"), inner.outputs("serve")
    assert (served["mlflow.model_name"], served["mlflow.model_version"]) == ("flowers", trained["model_version"])
    _, tags = recorded(mlflow, trained)
    assert {name: tags["dvc.train." + name] for name in ("repository", "location", "version", "rev", "md5")} == {
        "repository": "file://%s" % (place / "data.git"),
        "location": "data/flowers.csv",
        "version": "v1",
        "rev": uploaded["dvc.rev"],
        "md5": uploaded["dvc.md5"],
    }
    assert inner.outputs("ask")["prediction"] == "setosa"


def test_an_older_version_reproduces_its_metrics_exactly(example, first, second, mlflow):
    before, _ = recorded(mlflow, example.inner(first).outputs("train"))
    between, _ = recorded(mlflow, example.inner(second).outputs("train"))
    again = example.run("train and serve", version="v1")
    metrics, tags = recorded(mlflow, again.outputs("train"))
    assert metrics == before != between
    assert tags["dvc.train.md5"] == first.outputs("version the data")["dvc.md5"]


def test_only_drift_retrains(example, second, mlflow, place):
    example.run("train and serve", version="v2")
    calm = example.run("watch for drift", csv=write_flowers(place / "calm.csv", 90, seed=2), limit="0.2")
    assert "leave it" in example.names(calm) and not {"version the data", "train", "serve"} & example.names(calm)
    trained_on = second.outputs("version the data")["dvc.rev"]
    assert calm.outputs("find its data")["trained_on"] == trained_on
    assert float(calm.outputs("compare with today")["drift"]) == 0.0

    today = write_flowers(place / "drifted.csv", 90, seed=3, longer=1.5)
    drifted = example.run("watch for drift", csv=today, limit="0.2")
    assert float(drifted.outputs("compare with today")["drift"]) > 0.2
    assert {"version the data", "train", "serve"} <= example.names(drifted) and "leave it" not in example.names(drifted)
    uploaded = drifted.outputs("version the data")
    assert uploaded["dvc.version"].isdigit() and len(uploaded["dvc.version"]) == len("20260101120000")
    _, tags = recorded(mlflow, drifted.outputs("train"))
    assert tags["dvc.train.rev"] == uploaded["dvc.rev"]

    # What serves now was trained on that data.
    after = example.run("watch for drift", csv=today, limit="0.2")
    assert after.outputs("find its data")["trained_on"] == uploaded["dvc.rev"]
    assert "leave it" in example.names(after)
