# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a generated service answers to MLflow's clients is what MLflow's own app answers, byte for byte, batched or not."""

import concurrent.futures
import json
import re
import threading

import pytest

mlflow = pytest.importorskip("mlflow", reason="needs an environment with MLflow")
pytest.importorskip("bentoml", reason="NO BENTOML: generated services are not tested in this environment")

import generated_service  # noqa: E402, F401
import mlflow.pyfunc  # noqa: E402
import numpy  # noqa: E402
import pandas  # noqa: E402
from mlflow.pyfunc import scoring_server  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from scoring import Scoring, ScoringPaths  # noqa: E402

pytestmark = pytest.mark.bentoml

JSON = "application/json"
COLUMNS = ["a", "b"]


def frame():
    return pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0] * 10, "b": [1.0, 0.5, 3.0, 2.0] * 10})


class Echo(mlflow.pyfunc.PythonModel):
    """Answers with what it was given, types included; refuses negative numbers."""

    def predict(self, context, model_input, params=None):
        if isinstance(model_input, pandas.DataFrame):
            rows = [[repr(value) for value in row] + [str(model_input.dtypes.iloc[0])] for row in model_input.values]
        else:
            rows = [[repr(row), str(numpy.asarray(model_input).dtype)] for row in model_input]
        if any("-" in text for row in rows for text in row):
            raise ValueError("a number is negative")
        return pandas.DataFrame({"seen": [json.dumps(row) for row in rows], "scale": (params or {}).get("scale", 1)})


class Single(mlflow.pyfunc.PythonModel):
    """Answers one thing for all rows."""

    def predict(self, context, model_input, params=None):
        return {"rows": len(model_input)}


def _sklearn(path, **more):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(frame(), [0, 1, 0, 1] * 10)
    mlflow.sklearn.save_model(model, path, pip_requirements=[], serialization_format="cloudpickle", **more)


def _lightgbm(path):
    import lightgbm

    mlflow.lightgbm.save_model(
        lightgbm.LGBMRegressor(n_estimators=3, min_child_samples=2).fit(frame(), frame()["a"]), path, pip_requirements=[]
    )


def _xgboost(path):
    import xgboost

    mlflow.xgboost.save_model(xgboost.XGBClassifier(n_estimators=3).fit(frame(), [0, 1, 0, 1] * 10), path, pip_requirements=[])


def _pyfunc(model, **more):
    return lambda path: mlflow.pyfunc.save_model(path, python_model=model, pip_requirements=[], **more)


def _signature(inputs, **more):
    return mlflow.models.infer_signature(inputs, **more)


FLAVOURS = {
    "sklearn": _sklearn,
    "sklearn with a signature": lambda path: _sklearn(path, signature=_signature(frame())),
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
    "pyfunc": _pyfunc(Echo()),
    "pyfunc with params": _pyfunc(Echo(), signature=_signature(frame(), params={"scale": 2})),
    "pyfunc of tensors": _pyfunc(Echo(), signature=_signature(numpy.array([[1.0, 2.0]]))),
    "pyfunc of one answer": _pyfunc(Single()),
}


@pytest.fixture(scope="module", params=FLAVOURS)
def model(request, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("model") / "model")
    FLAVOURS[request.param](path)
    return mlflow.pyfunc.load_model(path)


def split(*rows, **more):
    return json.dumps({"dataframe_split": dict({"columns": COLUMNS, "data": list(rows)}, **more)})


BODIES = [
    (split([1.0, 2.0]), JSON),
    (split([1.0, 2.0], [3.0, 4.5]), JSON),
    (split([1, 2]), JSON),
    (split([1, 2.5], [1.5, 2]), JSON),
    (split([2**53 + 1, 2**64]), JSON),
    (split([None, 1.0]), JSON),
    (split(["x", 1.0]), JSON),
    (split([True, False]), JSON),
    (split([-1.0, 2.0]), JSON),
    (split([float("nan"), float("inf")]), JSON),
    (split([1.0]), JSON),
    (split(), JSON),
    (split([1.0, 2.0], index=[7]), JSON),
    (split([1.0, 2.0], columns=["b", "a"]), JSON),
    (split([1.0], columns=["c"]), JSON),
    (split([1.0, 2.0], columns=["a", "a"]), JSON),
    ('{"dataframe_records": [{"a": 1.0, "b": 2.0}, {"b": 3.0, "a": 4.0}]}', JSON),
    ('{"dataframe_records": [{"a": 1.0, "b": 2.0}]}', JSON),
    ('{"dataframe_records": {"a": 1}}', JSON),
    ('{"inputs": [[1.0, 2.0]]}', JSON),
    ('{"inputs": [[1, 2]]}', JSON),
    ('{"inputs": {"a": [1.0], "b": [2.0]}}', JSON),
    ('{"instances": [[1.0, 2.0]]}', JSON),
    ('{"instances": [{"a": 1.0, "b": 2.0}]}', JSON),
    ('{"inputs": [["x", "y"]]}', JSON),
    ('{"inputs": [[1.0, 2.0]], "params": {"scale": 3}}', JSON),
    ('{"inputs": [[1.0, 2.0]], "params": {"none": 3}}', JSON),
    ("{", JSON),
    ("", JSON),
    ("[]", JSON),
    ("7", JSON),
    ("{}", JSON),
    ('{"columns": [], "data": []}', JSON),
    (b"\xff\xfe", JSON),
    ("a,b\n1.0,2.0\n", "text/csv"),
    ("", "text/csv"),
    ("a,b\n1,x\n", "text/csv"),
    ("a,b\n1.0,2.0\n", "text/plain"),
    (split([1.0, 2.0]), JSON + "; charset=utf-8"),
    (split([1.0, 2.0]), JSON + "; charset=latin-1"),
    (split([1.0, 2.0]), JSON + "; x=y"),
    (split([1.0, 2.0]), ""),
    (b"no parquet", "application/vnd.apache.parquet"),
]


#: What is not MLflow's gets here, and is not found.
ELSEWHERE = Starlette()


def _generated(model, batch_size):
    scoring = Scoring()
    scoring.serve(model, batch_size, 60000, 60)
    return TestClient(ScoringPaths(ELSEWHERE, scoring), raise_server_exceptions=False)


def _seen(response):
    # XGBoost begins the text of an error with the time of day.
    body = re.sub(rb"\[\d\d:\d\d:\d\d\]", b"[time]", response.content)
    return response.status_code, response.headers.get("content-type"), body


@pytest.fixture(scope="module")
def wanted(model):
    """{(path, body, content type): what MLflow's own app answers}; a body that is None is a GET."""
    with TestClient(scoring_server.init(model), raise_server_exceptions=False) as own:
        return {question: _asked(own, *question) for question in [(path, None, "") for path in PATHS] + QUESTIONS}


PATHS = ("/ping", "/health", "/version", "/invocations")
QUESTIONS = [("/invocations", body, kind) for body, kind in BODIES]


def _asked(client, path, body, kind):
    if body is None:
        return _seen(client.get(path))
    return _seen(client.post(path, content=body, headers={"Content-Type": kind} if kind else {}))


@pytest.mark.parametrize("batch_size", [None, 64])
def test_each_answer_is_that_of_mlflow(model, wanted, batch_size):
    with _generated(model, batch_size) as ours:
        for question, answer in wanted.items():
            assert _asked(ours, *question) == answer, question


def test_each_answer_of_a_batch_is_that_of_mlflow(model):
    """Many at once, of all kinds, while the model is held until they wait together."""
    questions = [question for question in QUESTIONS if question[2] == JSON]
    held, predict = threading.Event(), model.predict

    class Held:
        metadata = model.metadata

        @staticmethod
        def predict(data, params=None):
            held.wait(90)
            return predict(data, params)

    held.set()
    with TestClient(scoring_server.init(Held()), raise_server_exceptions=False) as own:
        wanted = {question: _asked(own, *question) for question in questions}
    held.clear()
    questions *= 3
    with _generated(Held(), 64) as ours, concurrent.futures.ThreadPoolExecutor(len(questions)) as pool:
        asked = [pool.submit(_asked, ours, *question) for question in questions]
        held.set()
        found = [each.result(90) for each in asked]
    for question, answer in zip(questions, found):
        assert answer == wanted[question], question


def test_requests_are_predicted_together(tmp_path):
    """What arrives while a batch is predicted is the next batch."""
    _pyfunc(Echo())(str(tmp_path / "model"))
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    entered, held, sizes, predict = threading.Event(), threading.Event(), [], model.predict

    class Held:
        metadata = model.metadata

        @staticmethod
        def predict(data, params=None):
            sizes.append(len(data))
            entered.set()
            held.wait(90)
            return predict(data, params)

    scoring = Scoring()
    scoring.serve(Held(), 8, 60000, 60)
    with TestClient(ScoringPaths(ELSEWHERE, scoring)) as ours, concurrent.futures.ThreadPoolExecutor(40) as pool:

        def query(number):
            return ours.post("/invocations", content=split([float(number), 1.0]), headers={"Content-Type": JSON})

        asked = [pool.submit(query, number) for number in range(40)]
        assert entered.wait(90)
        held.set()
        for number, each in enumerate(asked):
            seen = json.loads(json.loads(each.result(90).content)["predictions"][0]["seen"])
            assert seen[0] == repr(numpy.float64(number))
    assert sum(sizes) == 40 and max(sizes) <= 8
    # BentoML begins with single requests to learn how long they take.
    assert max(sizes) > 1


def test_a_prediction_that_takes_too_long_is_what_mlflow_says(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT", "1")
    _pyfunc(Echo())(str(tmp_path / "model"))
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    held = threading.Event()

    class Hangs:
        metadata = model.metadata

        @staticmethod
        def predict(data, params=None):
            # MLflow's own server answers only when the prediction has ended.
            held.wait(5)
            return [1]

    try:
        scoring = Scoring()
        scoring.serve(Hangs(), 8, 60000, 1)
        with TestClient(scoring_server.init(Hangs())) as own, TestClient(ScoringPaths(ELSEWHERE, scoring)) as ours:
            wanted, found = (
                _seen(client.post("/invocations", content=split([1.0, 2.0]), headers={"Content-Type": JSON}))
                for client in (own, ours)
            )
            assert wanted[0] == 504 and found == wanted
            held.set()
    finally:
        held.set()
