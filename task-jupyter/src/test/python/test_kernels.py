# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Notebooks in other languages, with kernels of other people."""

import os
import subprocess
import sys

import pytest
from conftest import PROJECT, cell

from dsharness.waiting import ENOUGH

LONG = 300


@pytest.fixture(scope="module")
def kernels():
    from dsharness.venvs import venv

    # As .ci/run has it made, by a Python that is in no environment.
    environment = venv(PROJECT / ".ci/requirements-kernels.txt", os.path.join(sys.base_prefix, "bin", "python3"))
    python = environment / "bin" / "python"
    # metakernel installs with the first `jupyter` on the PATH, which must not be that of the tests' own environment.
    variables = dict(os.environ, PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}")
    for install in (["bash_kernel.install"], ["calysto_scheme", "install"]):
        subprocess.run(
            [str(python), "-m", *install, "--sys-prefix"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONG,
            env=variables,
        )
    return str(python)


@pytest.fixture
def many(runner, kernels):
    runner.python = kernels
    return runner


def in_scheme(runner, *sources):
    return runner.notebook(*map(cell, sources), kernel="calysto_scheme", language="scheme")


def in_bash(runner, *sources):
    return runner.notebook(*map(cell, sources), kernel="bash", language="bash")


def test_a_language_that_papermill_does_not_know(many):
    ended = many.run(notebook=in_scheme(many, '(display "ran")', "(+ 40 2)"))
    assert ended.code == 0, ended.log
    assert "  | ran" in ended.lines and "  | 42" in ended.lines
    assert ["".join(each["source"]) for each in many.written()["cells"]] == ['(display "ran")', "(+ 40 2)"]


def test_parameters_for_a_language_that_papermill_does_not_know(many):
    ended = many.run(notebook=in_scheme(many, "(+ 1 2)"), parameters={"a": 1}, others=["-p", "b", "2"])
    assert ended.code == 1
    told = "papermill cannot write parameters for scheme (kernel calysto_scheme)"
    assert [line for line in ended.lines[-2:] if told in line] == ended.lines[-2:]
    assert [line.split(":")[0] for line in ended.lines[-2:]] == ["parameters", "others"]
    assert "Executing" not in ended.log


def test_a_shell(many):
    ended = many.run(notebook=in_bash(many, 'echo "it is $a"', "ls /no-such-folder", "echo never"), parameters={"a": "x y"})
    assert ended.code == 1, ended.log
    assert "  | it is x y" in ended.lines
    last = ended.lines[-1]
    assert last.startswith("cell 3 of 4: error 2 (ls: ") and "/no-such-folder" in last, last


def test_java(many):
    if subprocess.run(["java", "--list-modules"], stdout=subprocess.PIPE, check=False).stdout.find(b"jdk.jshell") < 0:
        pytest.skip("SKIPPED: there is no JDK with jshell on PATH")
    source = many.notebook(cell('System.out.println("ran");'), cell("int x = 1 / 0;"), kernel="java", language="java")
    ended = many.run(notebook=source)
    assert ended.code == 1
    assert "  | ran" in ended.lines
    assert ended.lines[-1] == "cell 2 of 2: RuntimeException: java.lang.ArithmeticException, / by zero"


NESTED = """
import ipywidgets as w
outer, middle, inner = w.Output(), w.Output(), w.Output()
with outer:
    print("outer")
    with middle:
        print("middle")
        with inner:
            print("inner")
        middle.clear_output()
    print("again")
print("after")
"""


def test_nested_output_widgets_do_not_hang(many):
    """`DOLPHINML_WIDGET_RUNS=200` runs more of it."""
    for _ in range(int(os.environ.get("DOLPHINML_WIDGET_RUNS", 3))):
        process = many.start(*[cell(NESTED) for _ in range(4)])
        try:
            ended = many.finish(process, ENOUGH)
        finally:
            process.kill()
        assert ended.code == 0, ended.log
        assert ended.lines.count("  | after") == 4 and ended.lines.count("  | inner") == 4


def test_progress_of_widgets(many):
    ended = many.run(
        cell("from tqdm.notebook import tqdm\nimport time\nfor _ in tqdm(range(300), desc='rows', mininterval=0): pass"),
        cell(
            "import ipywidgets as w\nfrom IPython.display import display\n"
            "bar = w.IntProgress(max=3, description='steps')\ndisplay(w.VBox([w.HBox([bar]), w.HTML('<b>of &lt;it&gt;</b>')]))\n"
            "for _ in range(3): bar.value += 1\nw.IntSlider()"
        ),
    )
    assert ended.code == 0, ended.log
    rows = [line for line in ended.lines if line.startswith("  | rows: ")]
    assert 1 <= len(rows) < 100 and "300/300" in rows[-1] and "|####################|" in rows[-1], rows
    steps = [line for line in ended.lines if line.startswith("  | steps |")]
    assert steps[-1] == "  | steps |####################| of <it>" and len(steps) <= 4
    assert any("IntSlider(value=0)" in line for line in ended.lines)


def test_what_an_output_widget_takes_is_in_the_log(many):
    ended = many.run(
        cell(
            "import ipywidgets as w\nfrom IPython.display import display\nout = w.Output()\nwith out:\n"
            "    display({'text/plain': 'in the widget'}, raw=True)\n    print('printed')\n    1 / 0\n"
            "print('after')"
        )
    )
    assert ended.code == 0, ended.log
    shown = [line for line in ended.lines if line.startswith("  | ")]
    assert shown == ["  | in the widget", "  | printed", "  | ZeroDivisionError: division by zero", "  | after"], ended.log


def test_a_reason_that_begins_with_an_empty_line(many):
    ended = many.run(cell("import numpy as np\nnp.testing.assert_allclose([1, 2], [1, 3])"))
    assert ended.lines[-1] == "cell 2 of 2: AssertionError: Not equal to tolerance rtol=1e-07, atol=0"
