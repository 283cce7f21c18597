# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Output parameters: how a notebook gives them, and what a node downstream gets."""

import json

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, notebook, out, shell

VALUES = {
    "plain": "model-7",
    "equals": "a=b=c",
    "quotes": 'it\'s "quoted"',
    "parenthesis": "f(x) = (y)",
    "unicode": "中文 ü",
    "lines": "first\nsecond",
    "empty": "",
}


@pytest.fixture(scope="module")
def ran(run, place, environment):
    tagged = notebooks.save(
        place / "tagged.ipynb",
        "values = %r" % VALUES,
        notebooks.cell("".join("%s = values[%r]\n" % (name, name) for name in VALUES), "outputs"),
    )
    typed = notebooks.save(
        place / "typed.ipynb",
        "score = 0.125",
        notebooks.cell("accuracy = score\ncount = 42\ngood = True\nfiles = ['a.csv', 'b c.csv']\nbest = {'k': 1}", "outputs"),
    )
    printed = notebooks.save(place / "printed.ipynb", "print('${setValue(model=v1=x)}')\nprint('#{setValue(b=2)}')")
    glued = notebooks.save(
        place / "glued.ipynb",
        "from IPython.display import display\n"
        "display({'application/scrapbook.scrap.json+json': {'name': 'rows', 'data': 17, 'encoder': 'json',"
        " 'version': 1}}, raw=True, metadata={'scrapbook': {'name': 'rows', 'data': True, 'display': False}})",
    )
    wide = notebooks.save(place / "wide.ipynb", notebooks.cell("text = 'x' * 200000", "outputs"))

    def node(name, source, outputs):
        return notebook(name, source, place / (name + "-out.ipynb"), str(environment), local=outputs)

    readable = list(VALUES)
    script = "cat <<'THE END'\n%s\nTHE END" % "\n".join("%s=<${%s}>" % (name, name) for name in readable)
    return run(
        Workflow(
            "outputs",
            [
                node("tagged", tagged, [out(name) for name in VALUES]),
                shell("downstream", script, after=["tagged"]),
                node(
                    "typed",
                    typed,
                    [
                        out("accuracy", "DOUBLE"),
                        out("count", "INTEGER"),
                        out("good", "BOOLEAN"),
                        out("files", "LIST"),
                        out("best"),
                    ],
                ),
                shell("typed downstream", 'echo "got ${accuracy} ${count} ${good}"', after=["typed"]),
                node("printed", printed, [out("model"), out("b", "INTEGER")]),
                node("glued", glued, [out("rows", "INTEGER")]),
                node("missing", tagged, [out("plain"), out("plian")]),
                node("wide", wide, [out("text")]),
            ],
        )
    )


@pytest.mark.parametrize("name", VALUES)
def test_the_var_pool_has_the_exact_value(ran, name):
    assert ran.outputs("tagged")[name] == VALUES[name]


def test_a_shell_node_downstream_reads_them(ran):
    assert ran.task("downstream")["state"] == "SUCCESS"
    for name in ("plain", "equals", "quotes", "parenthesis", "unicode", "empty"):
        assert ran.printed("downstream", "%s=<%s>" % (name, VALUES[name]))
    assert ran.printed("downstream", "lines=<first")


def test_typed_values(ran):
    assert ran.task("typed")["state"] == "SUCCESS", ran.lines("typed")[-20:]
    outputs = ran.outputs("typed")
    assert outputs["accuracy"] == "0.125"
    assert outputs["count"] == "42"
    assert outputs["good"] == "true"
    assert json.loads(outputs["files"]) == ["a.csv", "b c.csv"]
    assert json.loads(outputs["best"]) == {"k": 1}
    assert ran.printed("typed downstream", "got 0.125 42 true")


def test_printed_values(ran):
    assert ran.outputs("printed") == {"model": "v1=x", "b": "2"}


def test_glued_values_need_no_scrapbook(ran):
    assert ran.outputs("glued") == {"rows": "17"}


def test_a_declared_name_that_was_never_set_is_named(ran):
    assert ran.task("missing")["state"] == "SUCCESS"
    assert ran.outputs("missing")["plain"] == VALUES["plain"]
    assert any("plian" in line for line in ran.lines("missing"))


def test_a_value_over_the_limit_fails_and_says_so(ran):
    assert ran.task("wide")["state"] == "FAILURE"
    last = ran.lines("wide")[-1]
    assert "text" in last and "200000" in last.replace(",", "").replace(" ", "")
