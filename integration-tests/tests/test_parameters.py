# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters reach the notebook as they are, and nothing in them is ever run."""

import json

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, notebook

#: Each value as it must be in the notebook; also JSON's own difference between 1 and 1.0.
TYPED = {
    "tiny": 1e-5,
    "one": 1,
    "one_float": 1.0,
    "big": 2**53 + 1,
    "ten_text": "10",
    "agent": "007",
    "true_text": "true",
    "none_text": "None",
    "nan_text": "nan",
    "yes": "yes",
    "truth": True,
    "lie": False,
    "nothing": None,
    "empty": "",
    "blank": "  two  spaces  ",
    "unicode": "中文 \u00e4\u00f6 \U0001f600",
    "lines": "first\nsecond\r\nthird\ttab",
    "items": [1, "1", 1.5, None, True, ["deep", {"k": "v"}]],
    "nested": {"a": {"b": [1, 2, {"c": "d e"}]}, "": 0},
    "no_items": [],
    "no_keys": {},
}

#: `MARK` becomes the path of a file that must not appear.
HOSTILE = {
    "substitution": "$(touch MARK)",
    "backtick": "`touch MARK`",
    "sequence": "a; touch MARK",
    "and_then": "a && touch MARK #",
    "quote": "it's",
    "quote_out": "'; touch MARK; '",
    "double": 'say "hi"; touch MARK; "',
    "newline": "a\ntouch MARK\n",
    "variable": "$HOME ${HOME} $$ $1",
    "brace": "${undefined_name}",
    "option": "--parameters x y",
    "dash": "-h",
    "backslash": "a\\nb\\\\c\\",
    "glob": "* ? [a-z] ~",
    "percent": "%s %d {0} {name}",
    "python": '"""; __import__(\'os\').system(\'touch MARK\'); """',
    "magic": "!touch MARK",
    "history": "!! !$",
    "null_like": "\\0",
    "heredoc": "EOF\ntouch MARK\nEOF",
}

READ = "import json\njson.dump({name: globals()[name] for name in names}, open(target, 'w'))"


def reader(place, names):
    """A notebook that writes the parameters of these names to the file `target`."""
    declared = "target = None\nnames = []\n" + "".join("%s = 'unset'\n" % name for name in names)
    return notebooks.save(place / ("read-%d.ipynb" % len(names)), notebooks.cell(declared, "parameters"), READ)


def with_mark(place, value):
    return value.replace("MARK", str(place / "MARK"))


@pytest.fixture(scope="module")
def hostile(place):
    return {name: with_mark(place, value) for name, value in HOSTILE.items()}


@pytest.fixture(scope="module")
def ran(run, place, environment, hostile):
    def node(name, values, extra=(), **options):
        given = dict(values, names=list(values), target=str(place / (name + ".json")), **dict(extra))
        return notebook(
            name, reader(place, list(values)), place / (name + ".ipynb"), str(environment), json.dumps(given), **options
        )

    through_global = {"passed": "${from_global}"}
    placed = notebook(
        "paths",
        reader(place, ["alone"]),
        place / "out $(touch MARK) 'q' \"d\" ü; x" / "o p.ipynb",
        str(environment),
        json.dumps({"alone": 1, "names": ["alone"], "target": str(place / "paths.json")}),
    )
    workflow = Workflow(
        "parameters",
        [
            node("typed", TYPED),
            node("hostile", hostile),
            node("global", through_global),
            placed,
        ],
        parameters={"from_global": with_mark(place, HOSTILE["double"])},
    )
    return run(workflow)


def received(place, name):
    return json.loads((place / (name + ".json")).read_text())


@pytest.mark.parametrize("name", ["typed", "hostile", "global", "paths"])
def test_the_node_succeeds(ran, name):
    assert ran.task(name)["state"] == "SUCCESS", ran.lines(name)[-20:]


@pytest.mark.parametrize("name", TYPED)
def test_type_and_value_arrive(ran, place, name):
    value = received(place, "typed")[name]
    assert (type(value), value) == (type(TYPED[name]), TYPED[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_arrives(ran, place, hostile, name):
    assert received(place, "hostile")[name] == hostile[name]


def test_a_global_parameter_arrives_whole(ran, place):
    assert received(place, "global")["passed"] == with_mark(place, HOSTILE["double"])


def test_a_hostile_path_is_just_a_path(ran, place):
    assert notebooks.errors(place / "out $(touch MARK) 'q' \"d\" ü; x" / "o p.ipynb") == []


def test_nothing_was_run(ran, place):
    assert not (place / "MARK").exists()
    assert not list(place.rglob("MARK"))
