# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Environments that come with the task: built once on the worker, honest about failures, warmed from a SHELL node."""

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, notebook, out, shell

FIRST = ("build a", "build b", "build c")


@pytest.fixture(scope="module")
def ran(run, place, home):
    requirements = place / "requirements.txt"
    requirements.write_text("# what the notebooks import\npapermill==2.7.0\nsix==1.17.0\n")
    unresolvable = place / "unresolvable.txt"
    unresolvable.write_text("--no-index\nno-such-package==1.0\n")
    unknown = place / "requirements.in"
    unknown.write_text("six\n")
    good = notebooks.save(place / "good.ipynb", "import six, sys", notebooks.cell("prefix = sys.prefix", "outputs"))
    failing = notebooks.save(place / "failing.ipynb", "import six", "raise ValueError('boom in cell two')")

    def node(name, environment=requirements, source=good, **options):
        return notebook(name, source, place / (name + "-out.ipynb"), str(environment), local=[out("prefix")], **options)

    command = "PYTHONPATH=$(echo %s/dolphinml-task-ml-common-*.jar) python3 -m dolphinml.cache warm %s"
    return run(
        Workflow(
            "environments",
            [
                *(node(name) for name in FIRST),
                node("again", after=FIRST),
                node("failing", source=failing, after=FIRST),
                shell("warm", command % (home / "libs", requirements), after=FIRST),
                node("unresolvable", unresolvable),
                node("unknown ending", unknown),
            ],
        )
    )


def test_three_tasks_at_once_build_it_once(ran, place):
    assert [ran.task(name)["state"] for name in FIRST] == ["SUCCESS"] * 3, ran.log(FIRST[0])
    logs = [ran.log(name) for name in FIRST]
    assert sum("Environment of requirements.txt: building it at " in log for log in logs) == 1
    assert len({ran.outputs(name)["prefix"] for name in FIRST}) == 1


def test_what_jupyter_needs_is_added_and_said(ran):
    said = "\n".join(ran.log(name) for name in FIRST)
    assert said.count("requirements.txt lacks ipykernel, which this task needs; added") == 1
    assert "Environment of requirements.txt: built by " in said


def test_it_is_in_the_operators_directory_in_a_tree_of_the_tenant(ran, ds):
    from dsharness.server import tenant

    prefix = ran.outputs("again")["prefix"]
    assert prefix.startswith("%s/environments/%s/" % (ds.directory.parent, tenant()))


def test_the_next_task_finds_it(ran):
    assert ran.task("again")["state"] == "SUCCESS"
    assert "building it at" not in ran.log("again")
    assert ran.outputs("again")["prefix"] == ran.outputs(FIRST[0])["prefix"]
    assert "Environment of requirements.txt: %s (Python 3." % ran.outputs("again")["prefix"] in ran.log("again")


def test_a_failing_notebook_in_it_is_a_failure(ran):
    """The stock plugin calls this a success: its last command removes the environment."""
    assert ran.task("failing")["state"] == "FAILURE"
    assert ran.lines("failing")[-1] == "cell 3 of 3: ValueError: boom in cell two"


def test_a_shell_node_warms_what_the_tasks_look_for(ran):
    assert ran.task("warm")["state"] == "SUCCESS", ran.log("warm")
    assert ran.printed("warm", "Environment of requirements.txt: %s (" % ran.outputs("again")["prefix"])


def test_requirements_that_cannot_be_resolved(ran):
    assert ran.task("unresolvable")["state"] == "FAILURE"
    end = "\n".join(ran.lines("unresolvable")[-8:])
    assert "condaEnvName: " in end and "could not build the environment of unresolvable.txt" in end
    assert "no-such-package" in end and "Traceback" not in end


def test_an_unknown_ending(ran):
    assert ran.task("unknown ending")["state"] == "FAILURE"
    [sentence] = [line for line in ran.lines("unknown ending") if line.startswith("condaEnvName: ")]
    assert ".txt (pip requirements)" in sentence
