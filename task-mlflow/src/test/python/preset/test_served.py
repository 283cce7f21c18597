# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What serves is what was measured: each preset's model is asked by the real model server for every row of its test."""

import csv
import importlib.util
import io
import json
import os
import random
import subprocess
import sys
import urllib.error
import urllib.request

import mlflow
import pandas
import pytest

from dsharness.ports import free_port
from dsharness.waiting import wait_until

HEADER = ["flag", "colour", "code", "size", "count", "day", "label"]


def rows():
    """Rows whose label follows from gaps alone: in a column of truth values, in one of texts, and in one of numbers."""
    chance = random.Random(7)
    made = []
    for _ in range(400):
        flag, colour = chance.choice(["True", "False", ""]), chance.choice(["blue", "a, b", 'say "x"', "", "NA"])
        size = chance.choice(["%.1f" % chance.uniform(-3, 3), ""])
        label = "None" if flag == "" else "n/a" if colour in ("", "NA") else "null" if not size else flag
        made.append(
            [
                flag,
                colour,
                chance.choice(["7", "8.0", "x1", ""]),
                size,
                str(chance.randrange(9)),
                "2026-01-0%d" % chance.randrange(1, 4),
                label,
            ]
        )
    return made


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with train.csv and test.csv; the second as text is `data.test`."""
    folder = tmp_path_factory.mktemp("gaps")
    for name, part in (("train.csv", rows()[:300]), ("test.csv", rows()[300:])):
        with open(folder / name, "w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([HEADER] + part)
    return folder


@pytest.fixture
def serve(server, tmp_path):
    """serve(uri) -> ask(body, type) -> the answers of the real `mlflow models serve`."""
    processes = []

    def start(uri):
        port = free_port()
        environment = dict(os.environ, MLFLOW_TRACKING_URI=server.address)
        with open(tmp_path / "server.log", "wb") as log:
            processes.append(
                subprocess.Popen(
                    [
                        os.path.join(os.path.dirname(sys.executable), "mlflow"),
                        "models",
                        "serve",
                        "-m",
                        uri,
                        "-p",
                        str(port),
                        "--env-manager",
                        "local",
                    ],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=str(tmp_path),
                )
            )

        def ask(body, kind):
            request = urllib.request.Request(
                "http://127.0.0.1:%d/invocations" % port, body.encode("utf-8"), {"Content-Type": kind}
            )
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    told = json.load(answer)
            except urllib.error.HTTPError as error:
                raise AssertionError(error.read().decode("utf-8")) from None
            return told["predictions"] if isinstance(told, dict) else told

        def is_up():
            assert processes[-1].poll() is None, (tmp_path / "server.log").read_text()
            try:
                return urllib.request.urlopen("http://127.0.0.1:%d/ping" % port, timeout=10).status == 200
            except OSError:
                return False

        wait_until(is_up)
        return ask

    yield start
    for process in processes:
        process.terminate()
        process.wait()


def as_json(frame):
    split = json.loads(frame.to_json(orient="split", index=False))
    if mlflow.__version__ < "2":
        return json.dumps(split), "application/json"
    return json.dumps({"dataframe_split": split}), "application/json"


PRESETS = [{"algorithm": algorithm} for algorithm in ("lr", "svm", "lightgbm", "xgboost")] + [
    {"jobType": "AutoML", "params": "max_iter=2;time_budget=600;n_jobs=1;estimator_list=['lgbm']"}
]
if importlib.util.find_spec("autosklearn"):
    PRESETS.append(
        {
            "jobType": "AutoML",
            "automlTool": "autosklearn",
            "params": "time_left_for_this_task=600;per_run_time_limit=200;initial_configurations_via_metalearning=0;"
            "smac_scenario_args={'runcount_limit': 3}",
        }
    )


@pytest.mark.parametrize("preset", PRESETS, ids=lambda given: given.get("algorithm") or given.get("automlTool", "flaml"))
def test_the_served_model_answers_as_was_measured(train, data, serve, preset):
    ended = train(dataPath=str(data), **preset)
    assert ended.error is None
    ask = serve(ended.outputs["mlflow.model_uri"])
    text = (data / "test.csv").read_text("utf-8-sig")
    labels = [row["label"] for row in csv.DictReader(io.StringIO(text))]
    by_csv = ask(text, "text/csv")
    # A client's frame: truth values with gaps, numbers with gaps, texts with gaps.
    by_json = ask(*as_json(pandas.read_csv(io.StringIO(text)).drop(columns=["label"])))
    assert by_csv == by_json
    share = sum(map(str.__eq__, by_csv, labels)) / len(labels)
    assert share == pytest.approx(ended.metrics["accuracy"])
    if preset.get("algorithm") in ("lightgbm", "xgboost"):
        assert share == 1
    assert set(labels) == {"None", "n/a", "null", "True", "False"}


def test_numbers_keep_their_decimals_and_may_be_absent(train, serve, tmp_path):
    (tmp_path / "whole.csv").write_text(
        "x,flag,label\n" + "".join("%d,%s,%s\n" % (at % 4, at % 3 == 0, "low" if at % 4 < 2 else "high") for at in range(60))
    )
    ended = train(algorithm="lightgbm", dataPath=str(tmp_path / "whole.csv"), params="min_child_samples=1")
    model = mlflow.pyfunc.load_model(ended.outputs["mlflow.model_uri"])
    inputs = model.metadata.signature.inputs
    assert [(column.name, column.type.name) for column in inputs.inputs] == [("x", "double"), ("flag", "string")]
    ask = serve(ended.outputs["mlflow.model_uri"])
    frame = pandas.DataFrame({"x": [1.4, 1.6, 3, None], "flag": [True, False, None, True]}, dtype=object)
    assert ask(*as_json(frame))[:3] == ["low", "high", "high"]
    assert len(ask(*as_json(frame))) == 4
