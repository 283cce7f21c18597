# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Input examples as requests of the Open Inference Protocol, held against the real MLServer with MLflow's models."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

from dolphinml.mlflow.deploy.model import files, inference
from dsharness.ports import free_ports
from dsharness.waiting import wait_until

# Of the stage that has MLServer.
pytestmark = pytest.mark.cluster


def models():
    """{name: (model, input example, what the first answer is)}"""
    import mlflow.pyfunc
    import numpy
    import pandas

    class Rows(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [str(list(row)) for row in model_input.itertuples(index=False)]

    class Sum(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input["a"] + model_input["b"]

    class Width(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input.sum(axis=1)

    table = pandas.DataFrame(
        {
            "name": ["é", "b"],
            "n": [1, 2],
            "f": numpy.array([0.5, 2], dtype="float32"),
            "i": numpy.array([3, 4], dtype="int32"),
            "yes": [True, False],
        }
    )
    return {
        "table": (Rows(), table, "['é', 1, 0.5, 3, True]"),
        "array": (Width(), numpy.array([[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]]), 7.0),
        "integers": (Width(), numpy.array([[1, 2]], dtype="int32"), 3),
        "tensors": (Sum(), {"a": numpy.array([[1.0, 2.0]]), "b": numpy.array([[3.0, 4.0]])}, 4.0),
    }


@pytest.fixture(scope="module")
def servers(tmp_path_factory, mlserver_program):
    """(port, {name: the directory of a model}) of one MLServer with all models."""
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    import mlflow

    folder, saved = tmp_path_factory.mktemp("served"), {}
    for name, (model, example, _) in models().items():
        saved[name] = folder / name / "model"
        mlflow.pyfunc.save_model(str(saved[name]), python_model=model, input_example=example, pip_requirements=[])
        (folder / name / "model-settings.json").write_text(
            json.dumps({"name": name, "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": {"uri": str(saved[name])}})
        )
    port, rpc, metrics = free_ports(3)
    (folder / "settings.json").write_text(
        json.dumps({"host": "127.0.0.1", "http_port": port, "grpc_port": rpc, "metrics_port": metrics, "parallel_workers": 0})
    )
    with open(str(folder / "log"), "wb") as log:
        process = subprocess.Popen(
            [str(mlserver_program), "start", "."],
            cwd=str(folder),
            stdout=log,
            stderr=log,
            env=dict(os.environ, HOME=str(folder)),
            start_new_session=True,
        )
    try:
        wait_until(lambda: all(status(port, name) == 200 for name in saved), 300, "MLServer")
        yield port, saved
    finally:
        process.terminate()
        process.wait()


def status(port, name):
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/v2/models/%s/ready" % (port, name)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.mark.parametrize("name", ["table", "array", "integers", "tensors"])
def test_an_input_example_is_predicted(servers, name):
    port, saved = servers
    body = inference.request_of(files.example(str(saved[name])), files.signature(str(saved[name])))
    request = urllib.request.Request(
        "http://127.0.0.1:%d/v2/models/%s/infer" % (port, name), body.encode("utf-8"), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        said = json.loads(answer.read().decode("utf-8"))
    assert said["outputs"][0]["data"][0] == models()[name][2]


@pytest.mark.parametrize(
    "payload, reason",
    [
        ('{"messages": []}', "it is neither a table nor an array"),
        ('{"inputs": [[1, 2], [3]]}', "array 'input-0' is ragged"),
        ('{"inputs": [{"a": 1}]}', "array 'input-0' holds objects"),
        ('{"dataframe_split": {"columns": [0], "data": [[1]]}}', "its columns have no names"),
        ('{"dataframe_split": {"columns": ["a"], "data": [[[1]]]}}', "column 'a' holds lists or objects"),
    ],
)
def test_what_the_protocol_has_no_words_for(payload, reason):
    with pytest.raises(inference.NotExpressible, match=reason):
        inference.request_of(payload, [])


def test_without_a_signature_the_types_are_those_of_the_values():
    body = json.loads(
        inference.request_of(
            '{"dataframe_records": [{"a": 1, "b": "x", "c": 0.5, "d": true}, {"a": null, "b": "y", "c": 1, "d": false}]}', []
        )
    )
    assert [each["datatype"] for each in body["inputs"]] == ["INT64", "BYTES", "FP64", "BOOL"]
    assert body["inputs"][0]["data"] == [1, None]
