# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Batch predictions with a real registry: each format, what is checked before the first row, and what a kill leaves."""

import csv
import importlib.util
import json
import os
import signal

import pandas
import pytest

from dsharness import processes
from dsharness.waiting import wait_until

COLUMNS = {"x": "double", "n": "long", "word": "string"}


def add(frame):
    """A label for each row, from all of its columns."""
    return [
        "%s:%.2f:%s" % (word, x, n)
        for word, x, n in zip(
            frame["word"].map(lambda word: "gap" if word is None or word != word else word), frame["x"], frame["n"]
        )
    ]


@pytest.fixture(scope="session")
def model(registered):
    return registered("adding", add, COLUMNS)


def rows(count, begin=0):
    return [
        ["id %d" % at, "1.50" if at % 3 else "", str(at), ["a, b", 'say "x"', "", "é\n2"][at % 4]]
        for at in range(begin, begin + count)
    ]


def write_csv(path, lines, header=("id", "x", "n", "word"), encoding="utf-8", end="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding=encoding, newline="") as stream:
        csv.writer(stream, lineterminator=end).writerows([header] + lines)
    return path


def expected(row):
    return "%s:%s:%s" % (row[3] or "gap", "%.2f" % float(row[1]) if row[1] else "nan", row[2])


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("encoding, end", [("utf-8", "\n"), ("utf-8-sig", "\r\n")])
def test_a_csv_file(model, predict, encoding, end):
    lines = rows(2500)
    write_csv(predict.work / "rows.csv", lines, encoding=encoding, end=end)
    run = predict(model, "rows.csv", "out/scored.csv").finish()
    target = predict.work / "out" / "scored.csv"
    assert run.outputs == {
        "mlflow.predicted_rows": 2500,
        "mlflow.predictions": str(target),
        "mlflow.model_uri": "models:/adding/1",
        "mlflow.model_name": "adding",
        "mlflow.model_version": "1",
    }
    scored = read_csv(target)
    assert scored[0] == ["id", "x", "n", "word", "prediction"]
    assert scored[1:] == [row + [expected(row)] for row in lines]
    assert os.listdir(str(predict.work / "out")) == ["scored.csv"]
    assert "Not given to the model: id" in run.log


def test_json_lines(model, predict):
    objects = [{"x": 1, "n": 3, "word": "a"}, {"n": 4, "word": None, "id": 7}, {"x": 2.5, "n": 5, "nested": {"a": [1]}}]
    (predict.work / "rows.jsonl").write_text("\n\n".join(json.dumps(each) for each in objects) + "\n")
    assert predict(model, "rows.jsonl", "scored.jsonl").finish().outputs["mlflow.predicted_rows"] == 3
    scored = [json.loads(line) for line in (predict.work / "scored.jsonl").read_text().splitlines()]
    assert [each.pop("prediction") for each in scored] == ["a:1.00:3", "gap:nan:4", "gap:2.50:5"]
    assert scored == objects


needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="needs pyarrow")


@needs_pyarrow
def test_parquet(model, predict):
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table(
        {
            "n": pyarrow.array(range(2500), pyarrow.int32()),
            "x": [1.5, None] * 1250,
            "word": ["a", None] * 1250,
            "when": pyarrow.array([0] * 2500, pyarrow.timestamp("us", "UTC")),
        }
    )
    pyarrow.parquet.write_table(table, str(predict.work / "rows.parquet"))
    run = predict(model, "rows.parquet", "scored.parquet").finish()
    assert run.outputs["mlflow.predicted_rows"] == 2500
    scored = pyarrow.parquet.read_table(str(predict.work / "scored.parquet"))
    assert scored.drop(["prediction"]).equals(table)
    assert scored["prediction"].to_pylist()[:2] == ["a:1.50:0", "gap:nan:1"]


@needs_pyarrow
def test_types_of_parquet_are_compared_before_the_first_row(model, predict):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"n": [1], "x": ["1.5"], "word": ["a"]}), str(predict.work / "rows.parquet"))
    assert predict(model, "rows.parquet", "scored.parquet").finish().error == (
        "mlflow.input: '%s': column 'x' holds texts, and the model's signature expects double there"
        % (predict.work / "rows.parquet")
    )


def test_parquet_without_pyarrow_is_reported(model, predict, tmp_path):
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "pyarrow.py").write_text("raise ImportError('no pyarrow here')")
    (predict.work / "rows.parquet").write_bytes(b"")
    error = predict(model, "rows.parquet", "scored.parquet", PYTHONPATH=str(tmp_path / "shadow")).finish().error
    assert error.startswith("mlflow.environment: to read '") and "needs pyarrow (no pyarrow here); install it" in error


def test_a_folder(model, predict):
    for name, begin in (("a.csv", 0), ("day=2/b.csv", 100), ("day=3/c.csv", 200)):
        write_csv(predict.work / "in" / name, rows(100, begin))
    for name in ("_SUCCESS", ".hidden.csv", "notes.txt", "_temporary/x.csv"):
        (predict.work / "in" / name).parent.mkdir(exist_ok=True)
        (predict.work / "in" / name).write_text("nothing,of,ours\n")
    assert predict(model, "in", "out").finish().outputs["mlflow.predicted_rows"] == 300
    found = sorted(str(path.relative_to(predict.work / "out")) for path in (predict.work / "out").rglob("*") if path.is_file())
    assert found == ["a.csv", "day=2/b.csv", "day=3/c.csv"]
    assert [row[4] for row in read_csv(predict.work / "out/day=3/c.csv")[1:]] == [expected(row) for row in rows(100, 200)]
    # Once more, into the folder that is there now.
    (predict.work / "out" / "kept").write_text("")
    assert predict(model, "in", "out").finish().outputs["mlflow.predicted_rows"] == 300
    assert (predict.work / "out" / "kept").exists()
    assert sorted(os.listdir(str(predict.work))) == ["in", "out"]


HEADER = "id,x,n,word\n"


@pytest.mark.parametrize(
    "text, error",
    [
        ("id,x,word\n1,2,3\n", "'{path}' lacks 'n', which the model's signature names; it has 'id', 'x', 'word'"),
        ("", "'{path}' is empty; it needs a header line"),
        ("x,n,x,word\n", "'{path}' has several columns 'x'; give each a name of its own"),
        (
            HEADER + "1,2,3,a\n4,five,6,b\n",
            "'{path}': line 3 has 'five' in column 'x', which is not a number; the model's signature expects double there",
        ),
        (
            HEADER + '1,2,3,"a\nb"\n4,5,6.5,b\n',
            "'{path}': line 4 has '6.5' in column 'n', which is not a whole number; the model's signature expects long there",
        ),
        (
            HEADER + "1,2,,a\n",
            "'{path}': line 2 has 'None' in column 'n', which is a gap, which whole numbers cannot have; the"
            " model's signature expects long there",
        ),
        (
            HEADER + "1,2,3,a\n1,2,3,a,\n",
            "'{path}': line 3 has 5 values and the header 4 names; give each row one value for each"
            " name, with quotes around a value that has a comma in it",
        ),
    ],
)
def test_data_that_does_not_fit_is_a_fault_and_leaves_nothing(model, predict, text, error):
    (predict.work / "rows.csv").write_text(text)
    (predict.work / "scored.csv").write_text("of yesterday")
    run = predict(model, "rows.csv", "scored.csv", batch=1).finish()
    assert run.error == "mlflow.input: " + error.format(path=predict.work / "rows.csv")
    assert (predict.work / "scored.csv").read_text() == "of yesterday"
    assert sorted(os.listdir(str(predict.work))) == ["rows.csv", "scored.csv"]


def test_columns_of_every_file_are_compared_before_the_first_row(model, predict):
    write_csv(predict.work / "in" / "a.csv", rows(10))
    write_csv(predict.work / "in" / "z.csv", [["1"]], header=["x"])
    run = predict(model, "in", "out").finish()
    assert run.error.startswith("mlflow.input: '%s' lacks 'n', 'word', which" % (predict.work / "in" / "z.csv"))
    assert os.listdir(str(predict.work)) == ["in"]


@pytest.mark.parametrize(
    "source, target, error",
    [
        ("no.csv", "out.csv", "mlflow.input: '{work}/no.csv' is not on this worker; give the path of a file or of a folder"),
        ("notes.txt", "out.txt", "mlflow.input: '{work}/notes.txt' is in no known format; a file whose name ends in .csv, "),
        ("rows.csv", "out.parquet", "mlflow.predictions: '{work}/out.parquet' does not end in .csv; the predictions have the"),
        ("rows.csv", "./rows.csv", "mlflow.predictions: '{work}/rows.csv' is the input itself; give another path"),
        ("empty", "out", "mlflow.input: the folder '{work}/empty' has no file whose name ends in .csv, "),
        (".", "out", "mlflow.predictions: '{work}/out' and the input '{work}' are one inside the other; give another folder"),
        ("rows.csv", "notes.txt/x.csv", "mlflow.predictions: '{work}/notes.txt/x.csv' cannot be written: "),
    ],
)
def test_paths_that_mean_nothing_are_reported_first(model, predict, source, target, error):
    write_csv(predict.work / "rows.csv", rows(3))
    (predict.work / "notes.txt").write_text("")
    (predict.work / "empty").mkdir()
    assert predict(model, source, target).finish().error.startswith(error.format(work=predict.work))


def test_answers_of_several_columns_and_names_that_are_taken(registered, predict):
    model = registered(
        "several", lambda frame: pandas.DataFrame({"low": frame["x"] - 1, "high": frame["x"] + 1}), {"x": "double"}
    )
    (predict.work / "rows.csv").write_text("x,low\n1,0\n,0\n")
    assert predict(model, "rows.csv", "scored.csv").finish().outputs["mlflow.predicted_rows"] == 2
    assert (predict.work / "scored.csv").read_text() == "x,low,low_2,high\n1,0,0.0,2.0\n,0,,\n"


def test_a_model_without_a_signature(registered, predict):
    model = registered("free", lambda frame: frame.dtypes.map(str).tolist()[:1] * len(frame))
    (predict.work / "rows.csv").write_text("x\n1\n2\n")
    run = predict(model, "rows.csv", "scored.csv").finish()
    assert "WARNING The model was logged without a signature of columns" in run.log
    assert read_csv(predict.work / "scored.csv")[1:] == [["1", "float64"], ["2", "float64"]]


def test_an_answer_for_each_row_or_a_fault(registered, predict):
    (predict.work / "rows.csv").write_text("x\n1\n2\n")
    short = registered("short", lambda frame: [1], {"x": "double"})
    assert predict(short, "rows.csv", "scored.csv").finish().error.startswith("The model answered 2 rows with 1 values")
    broken = registered("broken", lambda frame: 1 // 0, {"x": "double"})
    assert predict(broken, "rows.csv", "scored.csv").finish().error == (
        "The model failed on the rows from line 2 to line 3 of '%s': ZeroDivisionError: integer division or modulo by zero"
        % (predict.work / "rows.csv")
    )


def test_a_file_with_a_header_and_no_rows(model, predict):
    (predict.work / "rows.csv").write_text(HEADER)
    assert predict(model, "rows.csv", "scored.csv").finish().outputs["mlflow.predicted_rows"] == 0
    assert (predict.work / "scored.csv").read_text() == "id,x,n,word,prediction\n"


def test_a_model_that_is_not_there(predict):
    (predict.work / "rows.csv").write_text(HEADER)
    assert (
        predict("models:/nobody/1", "rows.csv", "scored.csv")
        .finish()
        .error.startswith("deployModelKey: the registry has no model 'nobody'")
    )


def wait(frame):
    import pathlib
    import time

    pathlib.Path("reached").write_text("")
    while not pathlib.Path("go").exists():
        time.sleep(0.05)
    return frame["x"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_in_the_middle_leaves_nothing_half(registered, predict, number):
    model = registered("waiting-%d" % number, wait, {"x": "double"})
    (predict.work / "rows.csv").write_text("x\n" + "1\n" * 10)
    (predict.work / "out").mkdir()
    (predict.work / "out" / "scored.csv").write_text("of yesterday")
    run = predict(model, "rows.csv", "out/scored.csv", batch=2)
    wait_until((predict.work / "reached").exists)
    run.process.send_signal(number)
    run.finish()
    assert (predict.work / "out" / "scored.csv").read_text() == "of yesterday"
    assert processes.living("DOLPHINML_RUN=" + run.marker) == set()
    left = set(os.listdir(str(predict.work / "out"))) - {"scored.csv"}
    if number == signal.SIGTERM:
        assert run.process.returncode == 143 and left == set()
    else:
        # What the worker removes after a program that could not.
        assert {str(predict.work / "out" / name) for name in left} <= set((run._private / "temporary").read_text().splitlines())


def test_memory_does_not_grow_with_the_file(registered, predict):
    """The peak of a hundred batches is that of one: a million rows would take hundreds of megabytes as a whole."""

    def peak(frame):
        import resource

        return [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss] * len(frame)

    model = registered("peak", peak, {"x": "double"})
    with open(str(predict.work / "rows.csv"), "w") as stream:
        stream.write("x,note\n")
        for at in range(400000):
            stream.write("%d,%s\n" % (at, "n" * 100))
    run = predict(model, "rows.csv", "scored.csv", batch=4000, limits={"SECONDS_BETWEEN_PROGRESS": 0.0}).finish()
    assert run.outputs["mlflow.predicted_rows"] == 400000
    with open(str(predict.work / "scored.csv"), newline="") as stream:
        peaks = [int(row[2]) for number, row in enumerate(csv.reader(stream)) if number > 0]
    assert peaks[-1] - peaks[8000] < 30000
    assert "400000 rows predicted, " in run.log and "rows.csv: 100 %" in run.log
