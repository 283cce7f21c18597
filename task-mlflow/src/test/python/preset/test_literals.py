# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from dolphinml.mlflow.preset import literals
from dolphinml.mlflow.preset.training_failure import TrainingFailure


@pytest.mark.parametrize(
    "text, values",
    [
        ("", {}),
        (None, {}),
        (" ; ;", {}),
        ("n_estimators=200;learning_rate=0.2", {"n_estimators": 200, "learning_rate": 0.2}),
        (" C = 1e-3 ; kernel = 'rbf' ;", {"C": 0.001, "kernel": "rbf"}),
        ("a=-1;b=None;c=True;d=(1, 'x')", {"a": -1, "b": None, "c": True, "d": (1, "x")}),
        ("a=true;b=FALSE;c=none", {"a": True, "b": False, "c": None}),
        ("a='x;y=z';b=\"it's; two\"", {"a": "x;y=z", "b": "it's; two"}),
        ("a='it\\'s; one';b=2", {"a": "it's; one", "b": 2}),
        ("class_weight={0: 1, 'b;c': 2};C=[1;2]".replace("[1;2]", "[1, 2]"), {"class_weight": {0: 1, "b;c": 2}, "C": [1, 2]}),
        ("estimator_list=['lgbm','xgboost'];time_budget=60", {"estimator_list": ["lgbm", "xgboost"], "time_budget": 60}),
        ("名='值;值'", {"名": "值;值"}),
        ("kernel=rbf;objective=multi:softprob", {"kernel": "rbf", "objective": "multi:softprob"}),
    ],
)
def test_reads(text, values):
    assert literals.parse_literals(text, "params") == values


def test_tells_words_from_texts():
    values = literals.parse_literals("a=rbf;b='rbf'", "params")
    assert isinstance(values["a"], literals.Word) and not isinstance(values["b"], literals.Word)


@pytest.mark.parametrize(
    "text, part",
    [
        ("a=1;b=__import__('os').system('true');c=3", "b=__import__('os').system('true')"),
        ("a=1;b=[x for x in (1, 2)]", "b=[x for x in (1, 2)]"),
        ("C=[1, 2;gamma=1", "C=[1, 2;gamma=1"),
        ("a='never closed;b=2", "a='never closed;b=2"),
        ("C=1,gamma=2", "C=1,gamma=2"),
        ("a=2*3", "a=2*3"),
        ("a=two words", "a=two words"),
        ("a=lambda: 0", "a=lambda: 0"),
        ("a=f'{1}'", "a=f'{1}'"),
    ],
)
def test_names_the_part_that_is_not_a_literal(text, part):
    with pytest.raises(TrainingFailure) as failure:
        literals.parse_literals(text, "searchParams")
    assert str(failure.value).startswith("searchParams: '%s' is not a Python literal; write a number" % part)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    "text, message",
    [
        ("C", "params: 'C' is not of the form name=value; parts are separated by ';'"),
        ("=1", "params: '=1' is not of the form name=value; parts are separated by ';'"),
        ("a b=1", "params: 'a b=1' is not of the form name=value; parts are separated by ';'"),
        ("a=1;b=;c=2", "params: 'b=' has no value; write '' for an empty text"),
        ("a=1;a=2", "params: 'a' is given twice; give each name once"),
    ],
)
def test_names_the_part_of_a_wrong_form(text, message):
    with pytest.raises(TrainingFailure) as failure:
        literals.parse_literals(text, "params")
    assert str(failure.value) == message


def test_survives_a_hostile_nesting():
    for text in ("a=" + "[" * 100000, "a=" + "[" * 100000 + "]" * 100000, "a=" + "-" * 100000 + "1"):
        with pytest.raises(TrainingFailure):
            literals.parse_literals(text, "params")
