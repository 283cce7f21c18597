# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Loads the data: a .csv file, a quarter of which is held out for the test, or a folder with train.csv and test.csv."""

import os
from typing import TYPE_CHECKING, Any, Callable, List, Tuple

from dolphinml.mlflow.preset import columns, labels
from dolphinml.mlflow.preset.csv_file import MOST_NAMES, CsvFile
from dolphinml.mlflow.preset.data_split import DataSplit
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import log_line

if TYPE_CHECKING:
    import numpy
    import pandas

# Both as in DolphinScheduler's own preset projects, so that metrics stay comparable.
TEST_SHARE = 0.25
SPLIT_SEED = 0


class Dataset:
    """Features as frames and labels as arrays, for training and test.

    The frames hold what a served model receives: floats, and text as written, with gaps in both. All preprocessing is
    part of the model.
    """

    def __init__(
        self,
        train_x: "pandas.DataFrame",
        train_y: "numpy.ndarray",
        test_x: "pandas.DataFrame",
        test_y: "numpy.ndarray",
        numbers: List[str],
        texts: List[str],
    ) -> None:
        self.train_x, self.train_y = train_x, train_y
        self.test_x, self.test_y = test_x, test_y
        self.numbers, self.texts = numbers, texts

    @property
    def classes(self) -> List[Any]:
        return sorted(set(self.train_y.tolist()), key=lambda label: (isinstance(label, str), label))


def load_dataset(path: str, label: str, continuous: bool = False) -> Dataset:
    """Loads the Dataset at the path; `continuous` labels are numbers to predict, not classes. Raises TrainingFailure."""
    train, read_test = _training_and_test(path, label)
    train = labels.rows_with_label(train, label, continuous)
    numbers, texts = columns.number_and_text_columns(train)
    if not numbers and not texts:
        raise TrainingFailure("dataPath: '%s' has no column to learn from beside '%s'" % (path, label))
    test = labels.rows_with_label(read_test(texts), label, continuous)
    absent = [name for name in numbers + texts if name not in test.frame.columns]
    if absent:
        raise TrainingFailure("dataPath: test.csv lacks columns of train.csv: %s" % ", ".join(absent[:MOST_NAMES]))
    train_y, test_y = (labels.number_labels if continuous else labels.class_labels)(train, test, label)
    train_x = columns.served_columns(train, numbers, texts)
    dataset = Dataset(
        train_x, train_y, columns.served_columns(test, numbers, texts)[list(train_x.columns)], test_y, numbers, texts
    )
    _describe(dataset, label, continuous)
    return dataset


def _training_and_test(path: str, label: str) -> Tuple[DataSplit, Callable[[List[str]], DataSplit]]:
    """Returns the training part, and a function that returns the test part, given the names of the text columns."""
    if os.path.isdir(path):
        files = [os.path.join(path, name) for name in ("train.csv", "test.csv")]
        absent = [os.path.basename(file) for file in files if not os.path.isfile(file)]
        if absent:
            raise TrainingFailure(
                "dataPath: the folder '%s' has no %s; it needs train.csv and test.csv" % (path, " and no ".join(absent))
            )
        train, test = (_file(file, label) for file in files)
        return DataSplit(train, train.read(label), label, "training"), lambda texts: DataSplit(
            test, test.read(label, [name for name in texts if name in test.names]), label, "test"
        )
    if not os.path.exists(path):
        raise TrainingFailure(
            "dataPath: '%s' is not on this worker; give a .csv file or a folder with train.csv and test.csv" % path
        )
    if not path.lower().endswith(".csv"):
        raise TrainingFailure(
            "dataPath: '%s' is neither a .csv file nor a folder; give a .csv file or a folder with train.csv and test.csv" % path
        )
    file = _file(path, label)
    train, test = _split_rows(file.read(label), path)
    return DataSplit(file, train, label, "training"), lambda texts: DataSplit(file, test, label, "test")


def _file(path: str, label: str) -> CsvFile:
    file = CsvFile(path)
    if label not in file.header:
        raise TrainingFailure("mlflow.labelColumn: '%s' has no column '%s'; %s" % (path, label, file.columns()))
    if file.header.count(label) > 1:
        raise TrainingFailure(
            "mlflow.labelColumn: '%s' has %d columns '%s'; the label must be one" % (path, file.header.count(label), label)
        )
    for written, name in zip(file.header, file.names):
        if written and name != written:
            log_line(
                "WARNING %s has several columns '%s': one of them is called '%s' here and by the model"
                % (os.path.basename(path), written, name)
            )
    if not len(file):
        raise TrainingFailure("dataPath: '%s' has a header and no rows" % path)
    return file


def _split_rows(frame: "pandas.DataFrame", path: str) -> "Tuple[pandas.DataFrame, pandas.DataFrame]":
    from sklearn.model_selection import train_test_split

    if len(frame) < 4:
        raise TrainingFailure(
            "dataPath: '%s' has %d rows; at least 4 are needed, since a quarter is kept for the test" % (path, len(frame))
        )
    return train_test_split(frame, test_size=TEST_SHARE, random_state=SPLIT_SEED)


def _describe(dataset: Dataset, label: str, continuous: bool) -> None:
    log_line(
        "Data: %d rows to train, %d to test, %d features, label '%s'"
        % (len(dataset.train_y), len(dataset.test_y), dataset.train_x.shape[1], label)
    )
    if dataset.texts:
        log_line("Encoded as categories: %s" % ", ".join(dataset.texts))
    if not continuous:
        names = [str(name) for name in dataset.classes]
        more = " and %d more" % (len(names) - MOST_NAMES) if len(names) > MOST_NAMES else ""
        log_line("Classes: %s%s" % (", ".join(names[:MOST_NAMES]), more))
