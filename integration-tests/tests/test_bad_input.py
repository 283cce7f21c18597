# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a node gets wrong is said in one sentence that names the field, before a kernel starts."""

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, given, notebook

#: node name -> (words that its last lines must have, what to change in a good node)
CASES = {
    "missing notebook": (("inputNotePath", "nowhere.ipynb"), {"inputNotePath": "/nowhere.ipynb"}),
    "no notebook": (("inputNotePath", "broken.ipynb"), {"inputNotePath": "BROKEN"}),
    "missing environment": (("condaEnvName", "no-such-env"), {"condaEnvName": "no-such-env"}),
    "hostile environment": (("condaEnvName",), {"condaEnvName": "x; touch MARK"}),
    "environment without papermill": (("papermill",), {"condaEnvName": "BARE"}),
    "missing kernel": (("kernel", "julia-9", "python3"), {"kernel": "julia-9"}),
    "broken parameters": (("parameters", "JSON"), {"parameters": '{"a": 1,,}'}),
    "parameters are a list": (("parameters",), {"parameters": "[1, 2]"}),
    "bad time-out": (("executionTimeout", "soon"), {"executionTimeout": "soon"}),
    "unbalanced others": (("others",), {"others": "--log-output 'unbalanced"}),
    "unknown option": (("others", "--no-such-option"), {"others": "--no-such-option"}),
    "operator's option": (("operator",), {"localParams": [given("ml.output.limit", "1GB")]}),
}


@pytest.fixture(scope="module")
def ran(run, place, environment):
    import venv as standard

    bare = place / "bare"
    standard.create(bare, with_pip=False)
    broken = place / "broken.ipynb"
    broken.write_text("this is not a notebook")
    good = notebooks.save(place / "good.ipynb", "open(%r, 'a').write('ran')" % str(place / "KERNEL-RAN"))
    replaced = {"BROKEN": str(broken), "BARE": str(bare)}

    def node(name):
        fields = {key: replaced.get(value, value) if isinstance(value, str) else value for key, value in CASES[name][1].items()}
        fields = {
            key: value.replace("MARK", str(place / "MARK")) if isinstance(value, str) else value for key, value in fields.items()
        }
        return notebook(name, good, place / (name + ".ipynb"), str(environment), fields=fields)

    several = notebook(
        "several faults",
        "/nowhere.ipynb",
        place / "several.ipynb",
        str(environment),
        "{broken",
        fields={"executionTimeout": "soon"},
    )
    return run(Workflow("bad input", [node(name) for name in CASES] + [several]))


@pytest.mark.parametrize("name", CASES)
def test_it_fails_and_names_the_field(ran, name):
    assert ran.task(name)["state"] == "FAILURE"
    end = "\n".join(ran.lines(name)[-4:])
    for word in CASES[name][0]:
        assert word in end
    assert "Traceback" not in ran.log(name) and "\tat " not in ran.log(name)


def test_all_faults_are_reported_at_once(ran):
    said = "\n".join(ran.lines("several faults"))
    assert ran.task("several faults")["state"] == "FAILURE"
    for field in ("parameters", "executionTimeout"):
        assert "%s: " % field in said


def test_no_kernel_ran_and_nothing_else_did(ran, place):
    assert not (place / "KERNEL-RAN").exists()
    assert not (place / "MARK").exists()
