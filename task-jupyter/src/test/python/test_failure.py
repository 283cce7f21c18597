# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, and whether the log's last lines say so."""

import json
import resource
import sys
import traceback
from types import SimpleNamespace

import pytest
from conftest import cell, notebook_json


def test_a_failing_cell_ends_the_log_with_its_block(runner):
    ended = runner.run(
        cell("a = 0", "parameters"),
        cell("print('before')"),
        cell("def inner():\n    raise ValueError('boom \\x1b[31mred\\x1b[0m')\ninner()", "train", "slow"),
        cell("print('never')"),
        parameters={"a": 5, "token": "abcdef"},
        secretParameters=["token"],
    )
    assert ended.code == 1
    assert ended.report["status"] == "failure"
    assert ended.report["error"] == "cell 4 of 5: ValueError: boom red"
    block = ended.log[ended.log.index("==== Cell 4 of 5 failed, In [4], tagged train, slow ====") :]
    assert "    def inner():\n    " in block
    assert "ValueError" in block and "in inner()" in block and "\x1b" not in block
    assert "Parameters: a=5, token=******" in block
    assert "Output notebook: %s" % runner.output in block
    assert ended.lines[-1] == "cell 4 of 5: ValueError: boom red"
    assert "nbclient" not in block and "papermill" not in block.replace("papermill-", "")
    assert "before" in runner.printed() and "never" not in runner.printed()


needs_groups = pytest.mark.skipif(sys.version_info < (3, 11), reason="SKIPPED: exception groups came with Python 3.11")


def test_an_exception_group_is_shown_with_what_it_holds(runner):
    """IPython prints it to stderr, and gives no error output."""
    if runner.version < (3, 11):
        pytest.skip("SKIPPED: exception groups came with Python 3.11")
    ended = runner.run(
        cell("1/0", "raises-exception"),
        cell(
            "import asyncio, sys\nprint('OSError: only a line', file=sys.stderr)\nasync def fail(error): raise error\n"
            "async with asyncio.TaskGroup() as group:\n    group.create_task(fail(ValueError('one')))\n"
            "    group.create_task(fail(KeyError('two')))"
        ),
        cell("print('never')"),
    )
    assert ended.code == 1
    assert ended.lines[-1] == (
        "cell 3 of 4: ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions): ValueError: one; KeyError: 'two'"
    )
    assert ended.report["error"] == ended.lines[-1]
    shown = ended.log[ended.log.index("- traceback -") :]
    assert "+ Exception Group Traceback (most recent call last):" in shown and "    | ValueError: one\n" in shown
    assert "only a line" not in shown.split("async def")[-1] and "ZeroDivisionError" not in shown


TWO = "raise ExceptionGroup('two', [ValueError('one'), KeyError('k')])"
TWO_ALLOWED = "ExceptionGroup: two (2 sub-exceptions): ValueError: one; KeyError: 'k' (its tag raises-exception "


def test_an_exception_group_that_its_tag_allows(runner):
    """It fails the notebook at its end as any other error does that a tag allows."""
    if runner.version < (3, 11):
        pytest.skip("SKIPPED: exception groups came with Python 3.11")
    ended = runner.run(cell(TWO, "raises-exception"), cell("print('after')"))
    assert ended.code == 1 and "  | after" in ended.lines
    assert ended.lines[-1].startswith("cell 2 of 3: " + TWO_ALLOWED), ended.log
    assert "    | ValueError: one\n" in ended.log[ended.log.index("- traceback -") :]
    ended = runner.run(cell(TWO, "raises-exception"), cell("{}['missing']"))
    assert ended.lines[-1] == "cell 3 of 3: KeyError: 'missing'", ended.log


@needs_groups
def test_an_exception_group_that_papermill_does_not_see(tmp_path):
    """papermill 2.4 looks at error outputs only."""
    from dolphinml.common.program import TaskFailure
    from dolphinml.jupyter import failure

    with pytest.raises(Exception) as thrown:
        exec(TWO, {})
    allowed = dict(cell_that_printed("".join(traceback.format_exception(thrown.value))), execution_count=1)
    allowed["metadata"] = {"tags": ["raises-exception"], "papermill": {"status": "completed", "start_time": "now"}}
    written = tmp_path / "out.ipynb"
    written.write_text(json.dumps(notebook_json(allowed)))
    raised = {0: SimpleNamespace(ename="ExceptionGroup", evalue="two (2 sub-exceptions)")}
    run = SimpleNamespace(written=str(written), observer=SimpleNamespace(raised=raised))
    run.passed, run.secret_names, run.places = {}, (), list
    with pytest.raises(TaskFailure) as refused:
        failure.verify_outcome(run)
    assert refused.value.summary.startswith("cell 1 of 1: " + TWO_ALLOWED)


GROUPS = {
    "nested, and led to by another": (
        "try:\n    raise ExceptionGroup('inner', [OSError('first\\n+---- second'), KeyError('k')])\n"
        "except Exception as inner:\n    raise ExceptionGroup('outer\\nsaid', [inner, EOFError()])",
        "outer: OSError: first; KeyError: 'k'; EOFError",
    ),
    "a member that another has caused": (
        "try:\n    raise ValueError('cause')\nexcept Exception as cause:\n    error = KeyError('effect')\n"
        "    error.__cause__ = cause\nraise ExceptionGroup('one', [error])",
        "one (1 sub-exception): KeyError: 'effect'",
    ),
    "many": (
        "raise ExceptionGroup('many', [ValueError(n) for n in range(9)])",
        "many (9 sub-exceptions): ValueError: 0; ValueError: 1; ValueError: 2; and 6 more",
    ),
    "an error of its own after a group": (
        "try:\n    raise ExceptionGroup('inner', [KeyError('k')])\nexcept Exception:\n    raise RuntimeError('why')",
        "why",
    ),
}


@needs_groups
@pytest.mark.parametrize("name", GROUPS)
def test_what_members_of_a_group_say(name):
    from dolphinml.jupyter import printed_error

    source, told = GROUPS[name]
    with pytest.raises(Exception) as raised:
        exec(source, {})
    error = raised.value
    printed = "".join(["Traceback (most recent call last):\nan older one\n"] + traceback.format_exception(error))
    found = printed_error.printed_error_of(
        cell_that_printed(printed), SimpleNamespace(ename=type(error).__name__, evalue=str(error))
    )
    assert found["evalue"] == told
    assert found["traceback"][0].endswith("Traceback (most recent call last):") and "an older one" not in found["traceback"]
    assert ("inner" in "".join(found["traceback"])) == ("inner" in source)


def test_an_error_without_a_traceback():
    from dolphinml.jupyter import failure_card, printed_error

    written = cell_that_printed("ValueError: only a line\n")
    assert printed_error.printed_error_of(written, None) is None
    error = printed_error.printed_error_of(written, SimpleNamespace(ename="KeyError", evalue="'x'"))
    assert failure_card._traceback_lines(error) == ["KeyError: 'x'"]


def cell_that_printed(text):
    return dict(cell("1"), outputs=[{"output_type": "stream", "name": "stderr", "text": text}])


def test_the_report_is_written_on_failure_too(runner):
    runner.needs("nbconvert")
    ended = runner.run(cell("1/0"), report="html")
    assert ended.code == 1
    assert "ZeroDivisionError" in (runner.directory / "out.html").read_text(encoding="utf-8")
    assert "Report: %s" % (runner.directory / "out.html") in ended.lines
    assert ended.lines[-1] == "cell 2 of 2: ZeroDivisionError: division by zero"


def test_a_report_without_nbconvert_is_a_warning(runner):
    (runner.directory / "nbconvert.py").write_text("")
    hide = "import sys\nsys.modules['nbconvert'] = None\nsys.modules['nbconvert.exporters'] = None\n"
    (runner.directory / "sitecustomize.py").write_text(hide)
    ended = runner.run(cell("1"), report="html", environment={"PYTHONPATH": str(runner.directory)})
    assert ended.code == 0, ended.log
    assert any(line.startswith("WARNING jupyter.report: ") for line in ended.lines)


def test_all_faults_at_once_and_no_kernel(runner):
    ended = runner.run(
        notebook=runner.directory / "missing.ipynb",
        output=str(runner.directory),
        kernel="no-such-kernel",
        others=["--no-such-option"],
    )
    assert ended.code == 1
    text = "\n".join(ended.lines[-4:])
    assert "inputNotePath: there is no file %s" % (runner.directory / "missing.ipynb") in text
    assert "outputNotePath: %s is a folder" % runner.directory in text
    assert 'kernel: there is no kernel "no-such-kernel" in this environment; use one of: ' in text
    assert "others: No such option" in text
    assert "Executing" not in ended.log


def test_parameters_that_are_no_names_in_python(runner):
    others = ["-p", "2nd", "1", "-y", "{None: 3, lr: 0.1}"]
    ended = runner.run(
        cell("1"), parameters={"my-param": 1, "class": 2, "": 3, "x = 1; y": 4, "\u5b66\u4e60_\u7387": 5}, others=others
    )
    assert ended.code == 1
    no_name = "%s is not a name in Python; use letters, digits and _, and no digit first."
    assert ended.lines[-6:] == [
        "parameters: " + no_name % '"my-param"',
        'parameters: "class" is a word of Python\'s own; give the parameter another name.',
        "parameters: " + no_name % '""',
        "parameters: " + no_name % '"x = 1; y"',
        'others: "None" is a word of Python\'s own; give the parameter another name.',
        "others: " + no_name % '"2nd"',
    ]
    assert "Executing" not in ended.log


def test_each_language_has_names_of_its_own():
    from dolphinml.jupyter import preflight

    assert preflight.parameter_language({"metadata": {"language_info": {"name": "R"}}}, None) == "r"
    assert preflight.parameter_language({"metadata": {"kernelspec": {"language": "scala"}}}, "python3") == "scala"
    assert preflight.parameter_language({"metadata": {}}, "python3") == "python"
    assert preflight.parameter_language(None, None) is None


@pytest.mark.parametrize(
    "content, wrong",
    [
        ("no json", "is not a notebook"),
        ("[]", "is not a notebook that can run: it has no cells"),
        ("{}", "is not a notebook"),
    ],
)
def test_what_is_not_a_notebook(runner, content, wrong):
    path = runner.directory / "in.ipynb"
    path.write_text(content)
    ended = runner.run(notebook=path)
    assert ended.code == 1
    assert wrong in ended.lines[-1] and ended.lines[-1].startswith("inputNotePath: ")


def test_a_missing_notebook_names_its_neighbours(runner):
    runner.notebook(cell("1"), name="train_model.ipynb")
    ended = runner.run(notebook=runner.directory / "train-model.ipynb")
    assert "(that folder has train_model.ipynb)" in ended.lines[-1]


def test_a_kernel_of_an_unknown_language(runner):
    ended = runner.run(notebook=runner.notebook(cell("1"), kernel="ir", language="R"))
    assert ended.code == 1
    assert ended.lines[-1].startswith('kernel: the notebook names the kernel "ir", which is not in this environment')


def test_a_storage_package_that_is_missing(runner):
    pytest.importorskip("papermill")
    ended = runner.run(notebook="abs://bucket/in.ipynb", output="gs://bucket/out.ipynb")
    assert ended.code == 1
    assert "inputNotePath: abs:// needs the package azure.storage.blob" in "\n".join(ended.lines[-2:])
    assert "outputNotePath: gs:// needs the package gcsfs" in "\n".join(ended.lines[-2:])


def test_an_environment_without_papermill(runner, tmp_path):
    import subprocess

    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    runner.python = str(bare / "bin" / "python")
    ended = runner.run(cell("1"))
    assert ended.code == 1
    assert ended.lines[-1].startswith("condaEnvName: the environment of %s has no papermill and no ipykernel" % runner.python)


def test_others_that_contradict_the_form(runner):
    ended = runner.run(cell("1"), kernel="python3", others=["-k", "other"])
    assert ended.code == 1
    assert ended.lines[-1].startswith("others: --kernel other and the field kernel = python3 contradict each other")


def test_an_unknown_engine(runner):
    ended = runner.run(cell("1"), engine="mine")
    assert ended.code == 1
    assert ended.lines[-1].startswith('engine: papermill has no engine "mine" here; use one of: ')


def test_an_unknown_parameter_is_a_warning_with_the_nearest(runner):
    ended = runner.run(cell("gamma = 1.0\nname = 'x'", "parameters"), parameters={"gama": 2, "gamma": "0.5"})
    assert ended.code == 0, ended.log
    assert "WARNING parameters: the notebook has no parameter gama; nearest: gamma." in ended.lines
    assert (
        "WARNING parameters: gamma is the string '0.5', and the notebook's default is 1.0; write 0.5 without quotes, or"
        " set jupyter.parameterTypes=guess."
    ) in ended.lines
    assert sum(line.startswith("Input Notebook:") for line in ended.lines) == 1


@pytest.mark.parametrize(
    "text, default, advice",
    [
        ("7", "5", "write 7 without quotes, or set jupyter.parameterTypes=guess"),
        ("True", "False", "write true without quotes, or set jupyter.parameterTypes=guess"),
        ("true", "False", "write true without quotes"),
        ("007", "5", "set jupyter.parameterTypes=guess"),
        ("1e400", "5", "set jupyter.parameterTypes=guess"),
        ("seven", "5", "give a number"),
        ("[7]", "5", "give a number"),
        ("", "5", "give a number"),
        ("[" * 5000, "5", "give a number"),
        ("no", "True", "give true or false"),
    ],
)
def test_what_to_give_instead_of_a_string(text, default, advice):
    from dolphinml.jupyter import preflight

    warnings = []
    preflight.warn_of_parameters({"n": text}, {"n": {"default": default}}, warnings.append)
    told = "parameters: n is the string %r, and the notebook's default is %s; %s." % (text, default, advice)
    assert warnings == [told]


def test_a_kernel_that_dies_is_reported_with_memory_facts(runner):
    ended = runner.run(cell("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    assert ended.code == 1
    last = ended.lines[-1]
    assert last.startswith("cell 2 of 2: the kernel died"), last
    assert "probably out of memory" in last and "the machine has" in last
    assert any(line.startswith("[2/2] failed after ") for line in ended.lines)
    assert "Kernel died" not in ended.log, ended.log
    assert [each["metadata"]["papermill"]["status"] for each in runner.written()["cells"]] == ["completed", "failed"]


def test_a_kernel_over_its_processor_time(runner):
    process = runner.start(cell("while True: pass"))
    # Soft and hard limit in one, as `ulimit -t` sets them: the system sends SIGKILL.
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (8, 8))
    ended = runner.finish(process)
    assert ended.code == 1
    assert ended.lines[-1].endswith("the kernel died by signal 9 (SIGKILL): its limit of processor time is used up."), ended.log


def test_a_cell_that_takes_too_long(runner):
    ended = runner.run(cell("import time; time.sleep(900)"), executionTimeout=5)
    assert ended.code == 1
    assert "A cell timed out while it was being executed, after 5 seconds." in ended.lines[-1], ended.lines[-1]
    assert runner.output.exists()


def test_a_kernel_that_dies_while_starting_is_started_again(runner):
    """A stand-in for a lost race: the first two kernels of this spec end at once, the third one is real."""
    spec = runner.directory / "kernels" / "flaky"
    spec.mkdir(parents=True)
    starter = runner.directory / "starter.sh"
    starter.write_text(
        '#!/bin/bash\necho x >> starts\n[ $(wc -l < starts) -gt 2 ] && exec %s -m ipykernel_launcher "$@"\nexit 1\n'
        % runner.python
    )
    (spec / "kernel.json").write_text(
        json.dumps({"argv": ["bash", str(starter), "-f", "{connection_file}"], "display_name": "flaky", "language": "python"})
    )
    ended = runner.run(cell("print('ran')"), kernel="flaky", environment={"JUPYTER_PATH": str(runner.directory)})
    assert ended.code == 0, ended.log
    # With an old jupyter_client a real kernel, too, dies now and then over a connection file that is not written yet.
    starts = len((runner.directory / "starts").read_text().splitlines())
    assert sum("died while it was starting" in line for line in ended.lines) == starts - 1 >= 2, ended.log
    assert "ran" in runner.printed()


def test_a_kernel_that_never_starts_is_given_up(runner):
    spec = runner.directory / "kernels" / "dead"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": ["bash", "-c", "echo x >> starts; exit 1"], "display_name": "dead", "language": "python"})
    )
    ended = runner.run(cell("1"), kernel="dead", environment={"JUPYTER_PATH": str(runner.directory)})
    assert ended.code == 1
    assert len((runner.directory / "starts").read_text().split()) == 4
    assert "Kernel died" in ended.lines[-1]


def test_a_failed_cell_that_papermill_overlooks_is_a_failure(runner, tmp_path):
    """An engine that leaves cells pending, as some custom error handlers do, and ends without an error."""
    package = tmp_path / "site"
    info = package / "lazy-1.0.dist-info"
    info.mkdir(parents=True)
    (package / "lazy.py").write_text(
        "from papermill.engines import Engine\nimport nbformat\nclass Lazy(Engine):\n    @classmethod\n"
        "    def execute_managed_notebook(cls, nb_man, kernel_name, **kw):\n"
        "        printed = nbformat.v4.new_output('stream', name='stderr', text='ValueError: old\\n')\n"
        "        nb_man.nb.cells[0].outputs = [printed]\n"
    )
    (info / "entry_points.txt").write_text("[papermill.engine]\nlazy = lazy:Lazy\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lazy\nVersion: 1.0\n")
    ended = runner.run(cell("1"), engine="lazy", environment={"PYTHONPATH": str(package)})
    assert ended.code == 1
    assert ended.lines[-1] == "cell 1 of 2 did not end."


def test_an_output_that_another_task_writes_to_at_the_same_time(tmp_path):
    from dolphinml.common.program import TaskFailure
    from dolphinml.jupyter import failure

    half = tmp_path / "out.ipynb"
    half.write_text("")
    with pytest.raises(TaskFailure) as refused:
        failure.verify_outcome(SimpleNamespace(written=str(half)))
    assert refused.value.summary.startswith("outputNotePath: %s cannot be read again after the run" % half)
    assert "an output notebook of its own" in refused.value.summary
