# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0

import numpy
import pytest

from dolphinml.mlflow.preset.training_failure import TrainingFailure

data = pytest.importorskip("dolphinml.mlflow.preset.data", reason="needs an environment with pandas")


@pytest.fixture
def load(tmp_path, capsys):
    """load(text, ...) -> (Dataset, log); a dict of texts is a folder."""

    def run(text, label="label", **options):
        if isinstance(text, dict):
            for name, content in text.items():
                (tmp_path / name).write_text(content, encoding="utf-8")
            path = tmp_path
        else:
            path = tmp_path / "data.csv"
            path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        dataset = data.load_dataset(str(path), label, **options)
        return dataset, capsys.readouterr().out

    return run


def refusal(load, text, **options):
    with pytest.raises(TrainingFailure) as failure:
        load(text, **options)
    assert "\n" not in str(failure.value)
    return str(failure.value)


def rows(count, line="%d,%d.5,%s\n", labels="ab"):
    return "".join(line % (at, at, labels[at % len(labels)]) for at in range(count))


def test_keeps_the_quarter_that_the_stock_presets_keep(load):
    from sklearn.model_selection import train_test_split

    text = "x,y,label\n" + rows(40)
    dataset, log = load(text)
    stock = train_test_split(list(range(40)), test_size=0.25, random_state=0)
    assert [dataset.train_x["x"].tolist(), dataset.test_x["x"].tolist()] == stock
    assert log == "Data: 30 rows to train, 10 to test, 2 features, label 'label'\nClasses: a, b\n"


def test_a_folder_has_both_parts(load):
    dataset, _ = load({"train.csv": "label,x\na,1\nb,2\n", "test.csv": "x,more,label\n3,0,b\n"})
    assert dataset.train_y.tolist() == ["a", "b"] and dataset.test_y.tolist() == ["b"]
    assert dataset.test_x.columns.tolist() == ["x"]


def test_numbers_are_floats_and_all_else_is_text_as_it_is_written(load):
    text = "whole,real,gap,flag,word,label\n" + "".join(
        "%d,%d.5,%s,%s,%s,%d\n" % (at, at, at if at % 3 else "", at % 2 == 0, "ßé"[at % 2], at % 2) for at in range(12)
    )
    dataset, log = load(text)
    assert dataset.train_x.dtypes.map(str).tolist() == ["float64"] * 3 + ["object"] * 2
    assert (dataset.numbers, dataset.texts) == (["whole", "real", "gap"], ["flag", "word"])
    assert set(dataset.train_x["flag"]) == {"True", "False"}
    assert "Encoded as categories: flag, word\n" in log
    assert set(dataset.train_x["word"]) == {"ß", "é"}


@pytest.mark.parametrize(
    "marks, told",
    [
        ("?", "'?'"),
        ("???-", "'?', '-'"),
        (" ", "' '"),
        ("abcd", "'a', 'b', 'c' and 1 more"),
    ],
)
def test_numbers_but_for_a_mark_give_a_warning(load, marks, told):
    train = "".join("%s,%d\n" % (marks[at // 3 % len(marks)] if at % 3 == 0 else "%d.5" % at, at % 2) for at in range(12))
    dataset, log = load({"train.csv": "x,label\n" + train, "test.csv": "x,label\n?,1\n"})
    assert dataset.texts == ["x"]
    assert (
        "WARNING Column 'x' is numbers but for %s (4 of 12 rows for the training, train.csv line 2, 5, 8 and 1 more): "
        "all are taken for texts; " % told
    ) in log


@pytest.mark.parametrize(
    "values, told",
    [
        (["$1,200", "$7"], "'$1,200', '$7'"),
        (["12%", "7.5 %"], "'12%', '7.5 %'"),
        (["(12)", "5"], "'(12)'"),
        (["1,200,000", "3"], "'1,200,000'"),
        (["5 kg", "6.5 kg"], "'5 kg', '6.5 kg'"),
        (["\u22125", "\u22127"], "'\u22125', '\u22127'"),
        (["3.5k", "2M"], "'3.5k', '2M'"),
        (["\u20b9 5", "5"], "'\u20b9 5'"),
        (["1,5", "2,5"], "'1,5', '2,5'"),
        (["EUR 3.10", "4 EUR"], "'EUR 3.10', '4 EUR'"),
    ],
)
def test_numbers_with_something_around_them_give_a_warning(load, values, told):
    text = "".join('"%s",%d\n' % (values[at % 2], at % 2) for at in range(12))
    dataset, log = load({"train.csv": "x,label\n" + text, "test.csv": "x,label\n7,1\n"})
    assert dataset.texts == ["x"]
    assert "WARNING Column 'x' is numbers but for %s (" % told in log and "train.csv line 2, " in log


def test_telephone_numbers_and_dates_are_texts_without_a_word(load):
    text = "".join("2026-01-0%d,a%d@b,+%d,%d\n" % (at % 9 + 1, at % 3, at % 2, at % 4 // 2) for at in range(12))
    _, log = load("day,mail,x,label\n" + text)
    assert "WARNING" not in log
    _, log = load("seat,label\n" + "".join("%d%s,%d\n" % (at, "ab"[at % 2], at % 2) for at in range(12)))
    assert "WARNING" not in log


@pytest.mark.parametrize("values", [["1", "a"], ["1", ""], ["1", "NA"], ["True", "False", ""], ["a", "b", "1"]])
def test_texts_and_gaps_are_no_matter_for_a_warning(load, values):
    _, log = load("x,y,label\n" + "".join("%s,%d,%d\n" % (values[at % len(values)], at, at % 2) for at in range(12)))
    assert "WARNING" not in log


def test_columns_that_cannot_help_are_left_out_with_a_line(load):
    text = ",name,nothing,x,label\n" + "".join("%d,n%d,,%d,%d\n" % (at, at, at % 5, at % 2) for at in range(200))
    dataset, log = load(text)
    assert dataset.train_x.columns.tolist() == ["x"]
    assert "Left out: the column without a name, which counts the rows\n" in log
    assert "Left out: column 'name', 150 different texts in 150 rows\n" in log
    assert "Left out: column 'nothing', which is empty\n" in log


def test_rows_without_a_label_are_left_out_with_a_line(load):
    dataset, log = load("x,label\n" + "".join("%d,%s\n" % (at, ["1", "0", ""][at % 3]) for at in range(30)))
    assert "rows for the training whose 'label' is empty" in log
    assert dataset.train_y.dtype == numpy.int64 and set(dataset.train_y) == {0, 1}


@pytest.mark.parametrize(
    "labels, kind",
    [("01", "int64"), ("ab", "object"), (["True", "False"], "bool"), (["0.5", "1.5"], "object"), (["1", "x"], "object")],
)
def test_labels_keep_their_kind(load, labels, kind):
    dataset, _ = load("x,label\n" + "".join("%d,%s\n" % (at, labels[at % 2]) for at in range(20)))
    assert str(dataset.train_y.dtype) == kind
    assert set(map(str, dataset.train_y)) == set(labels)


def test_a_byte_order_mark_and_another_label_column(load):
    text = "\ufeff种类,x\n" + "".join("%s,%d\n" % ("甲乙"[at % 2], at) for at in range(12))
    dataset, _ = load(text, label="种类")
    assert set(dataset.train_y) == {"甲", "乙"}


def test_says_which_columns_there_are(load):
    assert refusal(load, "x,y,species\n1,2,a\n").endswith("has no column 'label'; it has the columns 'x', 'y', 'species'")
    assert "mlflow.labelColumn: " in refusal(load, "x,label \n1,2\n")
    assert refusal(load, "x;y;label\n1;2;3\n").endswith(
        "its header has no comma; values must be separated by commas: 'x;y;label'"
    )
    many = ",".join("c%d" % at for at in range(100))
    assert refusal(load, many + "\n" + many + "\n").endswith("'c29' and 70 more")


@pytest.mark.parametrize(
    "text, end",
    [
        ("", "is empty; it needs a header line and rows"),
        ("x,label\n", "has a header and no rows"),
        ("x,label\n1,a\n2,b\n", "has 2 rows; at least 4 are needed, since a quarter is kept for the test"),
        ("label\n" + "a\nb\n" * 10, "has no column to learn from beside 'label'"),
        ("x,label\n1,a\n1,2,3,4\n", None),
        (b"x,label\n1,1\n\xff\xfe,1\n", "is not in UTF-8: line 3; save it as UTF-8"),
        ("x,label\n1,a\n'2,3',b,\n", None),
        ("x,label\n" + "1,\n" * 8, "mlflow.labelColumn: 'label' is empty in all rows for the training"),
        ("x,label\n" + "1,a\n" * 8, "holds only 'a' in the rows for the training; it needs at least two classes"),
        (
            "x,label\n" + "".join("1,%d.%d\n" % (at, at) for at in range(1, 300)),
            "different decimal numbers; it needs the labels of classes",
        ),
    ],
)
def test_refuses_data_that_teaches_nothing(load, text, end):
    message = refusal(load, text)
    assert message.startswith(("dataPath: ", "mlflow.labelColumn: "))
    assert end is None or message.endswith(end)


def test_refuses_paths_that_hold_no_data(tmp_path):
    def message(path):
        with pytest.raises(TrainingFailure) as failure:
            data.load_dataset(str(path), "label")
        return str(failure.value)

    assert message(tmp_path / "no.csv") == (
        "dataPath: '%s' is not on this worker; give a .csv file or a folder with train.csv and test.csv" % (tmp_path / "no.csv")
    )
    (tmp_path / "x.parquet").write_text("")
    assert "is neither a .csv file nor a folder" in message(tmp_path / "x.parquet")
    (tmp_path / "train.csv").write_text("x,label\n1,a\n2,b\n")
    assert message(tmp_path) == ("dataPath: the folder '%s' has no test.csv; it needs train.csv and test.csv" % tmp_path)


def test_refuses_parts_that_do_not_fit(load):
    train = "x,y,label\n1,2,a\n2,3,b\n"
    assert refusal(load, {"train.csv": train, "test.csv": "x,label\n1,a\n"}) == (
        "dataPath: test.csv lacks columns of train.csv: y"
    )
    assert refusal(load, {"train.csv": train, "test.csv": "x,y,label\n1,two,a\n"}) == (
        "dataPath: column 'y' holds texts such as 'two' (test.csv line 2); in the rows for the training it holds numbers"
    )
    assert "column 'y' holds texts such as 'True' (test.csv line 2)" in refusal(
        load, {"train.csv": train, "test.csv": "x,y,label\n1,True,a\n"}
    )


@pytest.mark.parametrize(
    "text, told",
    [
        ("x,label\n" + "%d,%s,\n", "rows end with a comma that the header lacks (first in line 2)"),
        ("label,x\n" + "%d,%s,,\n", None),
        ("x,label,\n" + "%d,%s\n", "the header ends with a comma that no row has"),
        ("x,label\n" + "%d,%s, \n", "rows end with a comma that the header lacks (first in line 2)"),
    ],
)
def test_a_comma_too_many_shifts_no_column(load, text, told):
    header, _, row = text.partition("\n")
    dataset, log = load(header + "\n" + "".join(row % (at, "ab"[at % 2]) for at in range(20)))
    assert told is None or "WARNING data.csv: " in log and told in log
    if header.startswith("x"):
        assert dataset.train_x.columns.tolist() == ["x"] and set(dataset.train_y) == {"a", "b"}
        assert dict(zip(dataset.train_x["x"], dataset.train_y)) == {at: "ab"[int(at) % 2] for at in dataset.train_x["x"]}
    else:
        assert set(dataset.train_x["x"]) == {"a", "b"} and dataset.train_y.dtype == numpy.int64


def test_a_comma_at_the_end_of_the_header_and_of_some_rows(load):
    rows = "".join("%d,%s%s\n" % (at, "ab"[at % 2], "," if at % 3 else "") for at in range(20))
    dataset, log = load("x,label,\n" + rows)
    assert "WARNING data.csv: the header ends with a comma that not every row has" in log
    assert dict(zip(dataset.train_x["x"], dataset.train_y)) == {at: "ab"[int(at) % 2] for at in dataset.train_x["x"]}
    assert "has 2 values and the header 3 names" in refusal(load, "x,label,\n" + rows + "5,a,told\n")


@pytest.mark.parametrize("row", ["%d,Smith, J,%s\n", "%d,'a, b',%s\n", '"%d","a \\"b\\", c","%s"\n'])
def test_a_column_that_counts_the_rows_does_not_hide_a_comma_in_a_value(load, row):
    text = "id,name,label\n" + "".join(row % (at + 1, "ab"[at % 2]) for at in range(20))
    assert "line 2 has 4 values and the header 3 names" in refusal(load, text)


@pytest.mark.parametrize(
    "content, told",
    [
        ("x;y;label\n1,5;2,5;a\n", "its header has no comma; values must be separated by commas: 'x;y;label'"),
        ("Report\n\nx,label\n1,a\n", "line 3 has 2 values and the header one name: 'Report'; "),
        (b"\x1f\x8b\x08", "is compressed by gzip; unpack it"),
        (b"PK\x03\x04\x14", "is a zip archive or a workbook"),
        ("x,label\n".encode("utf-16"), "is in UTF-16"),
        (b"x,label\n1,\0a\n", "has a NUL character in line 2"),
    ],
)
def test_what_is_not_a_csv_file_is_named(load, content, told):
    assert told in refusal(load, content)


def test_byte_order_marks_of_several_programs(load):
    dataset, log = load("\ufeff\ufefflabel,x\n" + "".join("%s,%d\n" % ("ab"[at % 2], at) for at in range(12)))
    assert set(dataset.train_y) == {"a", "b"} and "WARNING" not in log


def test_a_column_that_repeats_the_label_is_reported(load):
    for values in ("ab", "01"):
        _, log = load("x,Label,label\n" + "".join("%d,%s,%s\n" % (at, values[at % 2], values[at % 2]) for at in range(12)))
        assert "WARNING Column 'Label' holds the same as the label 'label' in all 9 rows for the training" in log
    _, log = load("x,y,label\n" + "".join("%d,%d,%d\n" % (at, at // 6, at % 2) for at in range(12)))
    assert "WARNING" not in log


def test_spaces_around_the_names_of_classes_are_reported(load):
    text = "x,label\n1,yes\n2,yes \n3, no\n4,yes\n"
    _, log = load({"train.csv": text, "test.csv": text})
    assert "WARNING Spaces are a part of the names of classes of 'label': ' no', 'yes ' (train.csv line 3, 4)\n" in log


def test_rows_that_begin_with_their_number_and_a_header_that_does_not(load):
    dataset, log = load("x,label\r\n" + "".join('"%d",%d,%s\r\n' % (at + 1, 5 * at, "ab"[at % 2]) for at in range(20)))
    assert "WARNING data.csv: every row begins with its number, for which the header has no name" in log
    assert dataset.train_x.columns.tolist() == ["x"] and set(dataset.train_y) == {"a", "b"}


@pytest.mark.parametrize(
    "rows, line, width",
    [
        ("1,2,a\n3,b\n", 3, 2),
        ("1,2,a\n\n'\n3,4,b,5\n", 4, 1),
        ('1,2,a\n3,"4\n4",b\n5,6,b,7\n', 5, 4),
        ("1,2,a,\n3,4,b,x\n", 2, 4),
        ("one,1,2,a\ntwo,1,2,a\n", 2, 4),
    ],
)
def test_a_row_that_does_not_fit_is_a_fault_with_its_line(load, rows, line, width):
    assert "data.csv': line %d has %d values and the header 3 names; give each row" % (line, width) in refusal(
        load, "x,y,label\n" + rows
    )


def test_a_repeated_name_gives_a_warning_and_a_repeated_label_is_a_fault(load):
    dataset, log = load("x,x,label\n" + rows(20))
    assert dataset.train_x.columns.tolist() == ["x", "x.1"]
    assert "WARNING data.csv has several columns 'x': one of them is called 'x.1' here and by the model" in log
    assert refusal(load, "x,label,label\n1,a,a\n").endswith("has 2 columns 'label'; the label must be one")


@pytest.mark.parametrize("name", ["None", "NA", "null", "nan", "n/a", "NaN", "N/A", "<NA>"])
def test_only_an_empty_field_is_a_gap_in_the_label(load, name):
    for other in ("yes", "1", "0.5"):
        dataset, log = load("x,label\n" + "".join("%d,%s\n" % (at, [name, other, '""', ""][at % 4]) for at in range(40)))
        assert set(dataset.train_y) == {name, other}
        assert "Left out: " in log and "WARNING '%s' is a class of 'label' (data.csv line " % name in log


def test_labels_that_look_like_numbers_and_are_names(load):
    for labels in (["007", "7"], ["12345678901234567890", "12345678901234567891"], ["inf", "1"]):
        dataset, _ = load("x,label\n" + "".join("%d,%s\n" % (at, labels[at % 2]) for at in range(20)))
        assert set(dataset.train_y) == set(labels)


def test_a_class_that_only_the_test_has_gives_a_warning(load):
    _, log = load({"train.csv": "x,label\n1,a\n2,b\n", "test.csv": "x,label\n1,a\n2,c\n3,c\n"})
    assert (
        "WARNING Class 'c' of 'label' is in no row for the training, so it cannot be predicted; in the test it is in "
        "test.csv line 3, 4\n"
    ) in log


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999"])
def test_infinite_values_are_a_fault_with_column_and_rows(load, value):
    text = "x,label\n" + "".join("%s,%d\n" % (value if at in (3, 7) else at, at % 2) for at in range(12))
    assert "column 'x' holds infinite values (train.csv line 5, 9); write finite numbers, or leave gaps empty" in refusal(
        load, {"train.csv": text, "test.csv": "x,label\n1,1\n"}
    )
    assert "mlflow.labelColumn: 'x' holds '%s' (" % value in refusal(load, text, label="x", continuous=True)


def test_a_text_column_is_read_as_it_is_written_in_both_parts(load):
    dataset, _ = load({"train.csv": "code,label\nA1,a\n007,b\n", "test.csv": "code,label\n007,a\n1.0,b\n"})
    assert dataset.test_x["code"].tolist() == ["007", "1.0"]


def test_numbers_that_are_too_large_for_whole_ones_are_numbers(load):
    dataset, _ = load("x,label\n" + "".join("%d,%d\n" % (10**25 + at * 10**20, at % 2) for at in range(12)))
    assert dataset.numbers == ["x"] and dataset.train_x["x"].min() >= 1e25


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_quotes_and_line_breaks_in_values(load, end):
    text = end.join(["\ufeffx,label"] + ['"a, %d%s""b""",%s' % (at % 2, end, "yn"[at % 2]) for at in range(20)] + [""])
    dataset, _ = load(text)
    assert set(dataset.train_x["x"]) == {'a, 0%s"b"' % end, 'a, 1%s"b"' % end}
