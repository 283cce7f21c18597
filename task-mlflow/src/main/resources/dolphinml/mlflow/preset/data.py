"""The data: a .csv file, of which a quarter is kept for the test, or a folder with train.csv and test.csv."""

import os

import numpy
import pandas
from pandas.api import types

from dolphinml.mlflow.preset.failure import TrainingFailure, first_line
from dolphinml.mlflow.preset.progress import say

# Both as in DolphinScheduler's own preset projects, so that metrics stay comparable.
TEST_SHARE = 0.25
SPLIT_SEED = 0

MOST_TEXTS = 100
MOST_NAMES = 30
MOST_EXAMPLES = 3


class Dataset:
    """Features as frames and labels as arrays, for the training and the test.

    Whole numbers stay whole: the types of the frame become the model's signature, and the same file must fit it.
    """

    def __init__(self, train_x, train_y, test_x, test_y, numbers, texts):
        self.train_x, self.train_y = train_x, train_y
        self.test_x, self.test_y = test_x, test_y
        self.numbers, self.texts = numbers, texts

    @property
    def classes(self):
        return sorted(set(self.train_y.tolist()), key=lambda label: (isinstance(label, str), label))


def load(path, label, continuous=False):
    """The Dataset at the path; `continuous` labels are numbers to predict and not classes."""
    train, test = _read(path, label)
    train, test = _labelled(train, label, "training"), _labelled(test, label, "test")
    train_y, test_y = _labels(train[label], test[label], label, continuous)
    train, test = train.drop(columns=[label]), test.drop(columns=[label])
    numbers, texts = _features(train, test)
    features = [name for name in train.columns if name in numbers or name in texts]
    if not features:
        raise TrainingFailure("dataPath: '%s' has no column to learn from beside '%s'" % (path, label))
    dataset = Dataset(
        _typed(train, features, numbers, test), train_y, _typed(test, features, numbers, train), test_y, numbers, texts
    )
    _describe(dataset, label, continuous)
    return dataset


def _read(path, label):
    if os.path.isdir(path):
        files = [os.path.join(path, name) for name in ("train.csv", "test.csv")]
        absent = [os.path.basename(file) for file in files if not os.path.isfile(file)]
        if absent:
            raise TrainingFailure("dataPath: the folder '%s' has no %s; it needs train.csv and test.csv" % (
                path, " and no ".join(absent)))
        return _file(files[0], label), _file(files[1], label)
    if not os.path.exists(path):
        raise TrainingFailure("dataPath: '%s' is not there (on this worker); a .csv file or a folder with train.csv and "
                              "test.csv" % path)
    if not path.lower().endswith(".csv"):
        raise TrainingFailure("dataPath: '%s' is no .csv file and no folder; a .csv file or a folder with train.csv and "
                              "test.csv" % path)
    return _split(_file(path, label), path, label)


def _file(path, label):
    try:
        frame = pandas.read_csv(path, low_memory=False)
    except pandas.errors.EmptyDataError:
        raise TrainingFailure("dataPath: '%s' is empty; a header line and rows" % path) from None
    except UnicodeDecodeError:
        raise TrainingFailure("dataPath: '%s' is not in UTF-8" % path) from None
    except (pandas.errors.ParserError, OSError, ValueError) as error:
        raise TrainingFailure("dataPath: '%s' cannot be read: %s" % (path, first_line(error))) from None
    frame.columns = [str(name) for name in frame.columns]
    if label not in frame.columns:
        raise TrainingFailure("mlflow.labelColumn: '%s' has no column '%s'; %s" % (path, label, _columns(frame)))
    if frame.empty:
        raise TrainingFailure("dataPath: '%s' has a header and no rows" % path)
    return frame


def _columns(frame):
    names = ["'%s'" % name for name in frame.columns]
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        return "its header has no comma, values are to be separated by commas: %s" % names[0]
    more = " and %d more" % (len(names) - MOST_NAMES) if len(names) > MOST_NAMES else ""
    return "it has the columns %s%s" % (", ".join(names[:MOST_NAMES]), more)


def _split(frame, path, label):
    from sklearn.model_selection import train_test_split

    if len(frame) < 4:
        raise TrainingFailure("dataPath: '%s' has %d rows; at least 4, of which a quarter is kept for the test" % (
            path, len(frame)))
    train, test = train_test_split(frame, test_size=TEST_SHARE, random_state=SPLIT_SEED)
    return train, test


def _labelled(frame, label, what):
    known = frame[frame[label].notna()]
    if known.empty:
        raise TrainingFailure("mlflow.labelColumn: '%s' is empty in all rows for the %s" % (label, what))
    if len(known) < len(frame):
        say("Left out: %d rows for the %s whose '%s' is empty" % (len(frame) - len(known), what, label))
    return known


def _labels(train, test, label, continuous):
    numeric = [types.is_numeric_dtype(labels) and not types.is_bool_dtype(labels) for labels in (train, test)]
    if continuous:
        if not all(numeric):
            raise TrainingFailure("mlflow.labelColumn: '%s' holds texts; a regression needs numbers" % label)
        return train.to_numpy(dtype="float64"), test.to_numpy(dtype="float64")
    if not all(numeric):
        # Texts on either side are texts on both: in a test.csv all of '1', '2', 'x' may happen to be numbers.
        if any(numeric) or not all(types.is_bool_dtype(labels) for labels in (train, test)):
            return _classes(train.astype(str).to_numpy(dtype=object), label), test.astype(str).to_numpy(dtype=object)
        return _classes(train.to_numpy(dtype=bool), label), test.to_numpy(dtype=bool)
    train, test = train.to_numpy(), test.to_numpy()
    if all((labels == numpy.floor(labels)).all() for labels in (train, test)):
        return _classes(train.astype("int64"), label), test.astype("int64")
    several = len(set(train.tolist()))
    if several > MOST_TEXTS:
        raise TrainingFailure("mlflow.labelColumn: '%s' holds %d different decimal numbers; the labels of classes" % (
            label, several))
    # Decimal numbers that name classes; scikit-learn takes them for classes only as texts.
    return _classes(train.astype(str).astype(object), label), test.astype(str).astype(object)


def _classes(labels, label):
    if len(set(labels.tolist())) < 2:
        raise TrainingFailure("mlflow.labelColumn: '%s' holds only '%s' in the rows for the training; at least two "
                              "classes" % (label, labels[0]))
    return labels


def _features(train, test):
    """Names of the columns of numbers, and of those of texts."""
    absent = [name for name in train.columns if name not in test.columns]
    if absent:
        raise TrainingFailure("dataPath: test.csv lacks columns of train.csv: %s" % ", ".join(absent[:MOST_NAMES]))
    numbers, texts = [], []
    for name in train.columns:
        column = train[name]
        _warn_of_numbers(column, name)
        if column.isna().all():
            say("Left out: column '%s', which is empty" % name)
        elif name.startswith("Unnamed: ") and _counts(column):
            say("Left out: the column without a name, which counts the rows")
        elif types.is_bool_dtype(column) and types.is_bool_dtype(test[name]):
            texts.append(name)
        elif types.is_numeric_dtype(column):
            _numeric(test[name], name)
            numbers.append(name)
        elif _mostly_unique(column):
            say("Left out: column '%s', %d different texts in %d rows" % (name, column.nunique(), len(column)))
        else:
            texts.append(name)
    return numbers, texts


def _warn_of_numbers(column, name):
    """Texts that are numbers but for a few: pandas takes some marks of gaps for such, and not all."""
    if types.is_numeric_dtype(column) or types.is_bool_dtype(column):
        return
    texts = column.dropna().map(str)
    others = texts[pandas.to_numeric(texts, errors="coerce").isna()]
    if others.empty or 2 * len(others) >= len(texts):
        return
    marks = others.unique().tolist()
    examples = ", ".join("'%s'" % mark for mark in marks[:MOST_EXAMPLES])
    more = " and %d more" % (len(marks) - MOST_EXAMPLES) if len(marks) > MOST_EXAMPLES else ""
    say("WARNING Column '%s' is numbers but for %s%s (%d of %d rows for the training): all are taken for texts; write"
        " numbers plainly and leave gaps empty" % (name, examples, more, len(others), len(column)))


def _counts(column):
    return types.is_integer_dtype(column) and column.is_unique


def _numeric(column, name):
    if not types.is_numeric_dtype(column) and not column.isna().all():
        text = next(str(value) for value in column if isinstance(value, str))
        raise TrainingFailure("dataPath: column '%s' of test.csv holds texts such as '%s'; in train.csv it holds "
                              "numbers" % (name, text))


def _mostly_unique(column):
    different = column.nunique()
    return different > MOST_TEXTS and different > len(column) / 2


def _typed(frame, features, numbers, other):
    """The columns with the types that fit both frames."""
    columns = {}
    for name in features:
        column = frame[name]
        if name in numbers:
            whole = all(types.is_integer_dtype(each) for each in (column, other[name]))
            columns[name] = column.astype("int64" if whole else "float64")
        elif types.is_bool_dtype(column):
            columns[name] = column
        else:
            columns[name] = column.astype(object).where(column.notna(), "").map(str).astype(object)
    return pandas.DataFrame(columns)


def _describe(dataset, label, continuous):
    say("Data: %d rows to train, %d to test, %d features, label '%s'" % (
        len(dataset.train_y), len(dataset.test_y), dataset.train_x.shape[1], label))
    if dataset.texts:
        say("Encoded as categories: %s" % ", ".join(dataset.texts))
    if not continuous:
        names = [str(name) for name in dataset.classes]
        more = " and %d more" % (len(names) - MOST_NAMES) if len(names) > MOST_NAMES else ""
        say("Classes: %s%s" % (", ".join(names[:MOST_NAMES]), more))
