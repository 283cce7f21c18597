# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Notebooks, paths and parameters that cannot be right: a sentence before the kernel starts."""

import copy
import json
import os
import subprocess

import pytest
from conftest import cell, notebook_json


def good():
    return notebook_json(
        cell("a = 1", "parameters"), {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# x"]}, cell("print(a)")
    )


def places_of(tree, path=()):
    """The ways to all parts of a JSON value."""
    if isinstance(tree, (dict, list)):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield (*path, key)
            yield from places_of(tree[key], (*path, key))


def full():
    """With what a run, a front end and people leave in a notebook."""
    tree = good()
    tree["cells"][1]["attachments"] = {"i.png": {"image/png": "aGk="}}
    tree["cells"][2]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["x"]},
        {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
    ]
    return tree


def damaged():
    """(what was done, a notebook with a part that is missing or of another type)."""
    for path in places_of(full()):
        for spoilt in ("missing", None, 5, "text", [5], {"x": 5}, "\ud800"):
            tree = copy.deepcopy(full())
            place = tree
            for key in path[:-1]:
                place = place[key]
            if spoilt == "missing":
                del place[path[-1]]
            else:
                place[path[-1]] = spoilt
            yield "%s: %s" % (".".join(map(str, path)), spoilt), tree


def test_what_papermill_cannot_read_is_a_sentence(tmp_path):
    """What passes our check papermill prepares, parameters included; what does not has a sentence."""
    papermill = pytest.importorskip("papermill", reason="needs an environment with papermill")
    from dolphinml.jupyter import notebook_file

    source, refused = tmp_path / "in.ipynb", 0
    for name, tree in damaged():
        content = json.dumps(tree).encode("utf-8")
        try:
            notebook_file.parsed(content)
        except notebook_file.Damaged as damage:
            assert damage.wrong and damage.right
            refused += 1
            continue
        for each in tree["cells"]:
            # papermill gives outputs to the cells that it runs, and this does not run any.
            if each["cell_type"] == "code":
                each.setdefault("outputs", [])
        source.write_text(json.dumps(tree))
        try:
            papermill.execute_notebook(
                str(source), str(tmp_path / "out.ipynb"), {"a": 2}, kernel_name="python3", language="python", prepare_only=True
            )
        except Exception as error:
            raise AssertionError("%s: papermill ends with %r" % (name, error)) from error
    assert refused > 40


@pytest.mark.parametrize(
    "spoil, told",
    [
        (lambda tree: tree.update(nbformat=2), "its nbformat is 2, and papermill reads 3 and 4"),
        (lambda tree: tree.pop("nbformat"), "its nbformat is missing"),
        (lambda tree: tree["cells"][2].pop("source"), "its cells[2].source is missing"),
        (lambda tree: tree["cells"][0]["metadata"].update(tags="parameters"), 'its cells[0].metadata.tags are "parameters"'),
        (lambda tree: tree.pop("metadata"), "its metadata is missing"),
    ],
)
def test_a_damaged_notebook(runner, spoil, told):
    tree = good()
    spoil(tree)
    source = runner.directory / "in.ipynb"
    source.write_text(json.dumps(tree))
    ended = runner.run(notebook=source)
    assert ended.code == 1
    assert ended.lines[-1].startswith("inputNotePath: %s is not a notebook that can run: " % source), ended.log
    assert told in ended.lines[-1] and "Executing" not in ended.log


@pytest.mark.parametrize(
    "content, told, advice",
    [
        (b"\xef\xbb\xbf{}", "byte order mark", "save it as UTF-8 without one"),
        ("{}".encode("utf-16"), "UTF-16", "UTF-8"),
        (b'{"cells": "\xe4"}', "not UTF-8 (byte 11)", "UTF-8"),
        (b" \n", "it is empty", ""),
        (b"no", "not JSON", ""),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS", "git lfs pull"),
        (b"\x1f\x8b\x08", "gzip", "unpack"),
        (b"{\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> b\n}", "merge conflict", "resolve"),
        (b"[" * 200000, "", ""),
    ],
)
def test_a_file_that_is_not_a_notebook(content, told, advice):
    from dolphinml.jupyter import notebook_file

    with pytest.raises(notebook_file.Damaged) as refused:
        notebook_file.parsed(content)
    assert told in refused.value.wrong and advice in refused.value.right


def test_an_old_notebook_runs(runner):
    """nbformat 3, as IPython notebooks were saved before 2015."""
    source = runner.directory / "in.ipynb"
    source.write_text(
        json.dumps(
            {
                "metadata": {"name": "old"},
                "nbformat": 3,
                "nbformat_minor": 0,
                "worksheets": [
                    {
                        "metadata": {},
                        "cells": [
                            {
                                "cell_type": "code",
                                "collapsed": False,
                                "input": ["print('ran')"],
                                "language": "python",
                                "metadata": {},
                                "outputs": [],
                            }
                        ],
                    }
                ],
            }
        )
    )
    ended = runner.run(notebook=source)
    assert ended.code == 0, ended.log
    assert "  | ran" in ended.lines


@pytest.mark.parametrize(
    "path, told",
    [
        ("a{1}.ipynb", "between them goes the name of a parameter, not a number"),
        ("a{}.ipynb", "not a number"),
        ("run-{nope}.ipynb", "there is no parameter nope (there is: "),
        ("a{.ipynb", "expected '}'"),
        ("a}.ipynb", "Single '}'"),
        ("{pm[nope]}.ipynb", "no parameter nope"),
        ("{pm.nope}.ipynb", "nope"),
        ("{lr:%Y}.ipynb", ""),
        ("{lr.nothing}.ipynb", "nothing"),
        ("{pm.x}-{nope}.ipynb", "no parameter nope"),
    ],
)
def test_braces_in_paths(path, told):
    from dolphinml.jupyter import places, preflight

    faults = preflight.Faults()
    assert places.completed("outputNotePath", path, {"lr": 0.5}, faults) is None
    [sentence] = faults.sentences
    assert sentence.startswith("outputNotePath: %s has braces, which papermill fills in with parameters: " % path)
    assert told in sentence and "write {{ and }} for braces that belong to the path" in sentence


def test_a_path_with_braces_of_its_own(runner):
    runner.notebook(cell("print('ran')"), name="a{1}.ipynb")
    ended = runner.run(notebook=runner.directory / "a{1}.ipynb", output=str(runner.directory / "run-{nope}.ipynb"))
    assert ended.code == 1
    assert [line.split(":")[0] for line in ended.lines[-2:]] == ["inputNotePath", "outputNotePath"], ended.log
    ended = runner.run(
        notebook=runner.directory / "a{{1}}.ipynb",
        output=str(runner.directory / "run-{{nope}}-{n}.ipynb"),
        others=["-p", "n", "7"],
    )
    assert ended.code == 0, ended.log
    assert (runner.directory / "run-{nope}-7.ipynb").exists()


def test_a_path_with_what_papermill_makes_itself(runner):
    ended = runner.run(cell("1"), output=str(runner.directory / "run-{pm[run_uuid]}.ipynb"))
    assert ended.code == 0, ended.log
    assert len(list(runner.directory.glob("run-*-*.ipynb"))) == 1


def test_a_path_that_leads_upwards(runner):
    """As the system reads it: from a folder that must be there, and from where a link leads."""
    (runner.directory / "elsewhere" / "deep").mkdir(parents=True)
    (runner.directory / "link").symlink_to(runner.directory / "elsewhere" / "deep")
    runner.notebook(cell("1"), name="elsewhere/in.ipynb")
    ended = runner.run(notebook="link/../in.ipynb", output="{lr}/../out.ipynb", parameters={"lr": 0.5})
    assert ended.code == 0, ended.log
    assert (runner.directory / "out.ipynb").exists() and (runner.directory / "0.5").is_dir()
    ended = runner.run(notebook="{lr}/../elsewhere/in.ipynb", output="link/../in.ipynb", parameters={"lr": 0.7})
    assert ended.code == 1
    missing = "%s/0.7/../elsewhere/in.ipynb" % runner.directory
    assert ended.lines[-1].startswith("inputNotePath: there is no file " + missing), ended.log
    ended = runner.run(notebook="elsewhere/in.ipynb", output="link/../in.ipynb")
    assert ended.lines[-1].startswith("outputNotePath: it is the input notebook"), ended.log


def loop(path):
    path.symlink_to(path)


def dangling(path):
    path.symlink_to(path.parent / "nowhere" / "x.ipynb")


def pipe(path):
    os.mkfifo(str(path))


@pytest.mark.parametrize("field", ["inputNotePath", "outputNotePath"])
@pytest.mark.parametrize(
    "make, told",
    [
        (lambda path: path.mkdir(), "is a folder"),
        (loop, "it is a link that leads back to itself"),
        (dangling, "it is a link to "),
        (pipe, "is not a regular file"),
    ],
)
def test_what_is_at_a_path(runner, field, make, told):
    place = runner.directory / "place.ipynb"
    make(place)
    source = place if field == "inputNotePath" else runner.notebook(cell("1"))
    ended = runner.run(notebook=source, output=str(place if field == "outputNotePath" else runner.output))
    assert ended.code == 1, ended.log
    assert ended.lines[-1].startswith("%s: %s " % (field, place)) and told in ended.lines[-1], ended.log
    assert "Executing" not in ended.log


def test_a_link_that_can_be_written_through(runner):
    target = runner.directory / "target.ipynb"
    runner.output.symlink_to(target)
    ended = runner.run(cell("1"))
    assert ended.code == 0, ended.log
    assert target.exists() and runner.output.is_symlink()


def test_folders_that_cannot_be_made(runner):
    (runner.directory / "file").write_text("")
    loop(runner.directory / "loop")
    for folder, reason in (
        ("file", "it is a file"),
        ("file/below", "a part of the path is not a folder"),
        ("loop", "it is a link that leads back to itself"),
        ("n" * 300, "File name too long"),
    ):
        ended = runner.run(cell("1"), output=str(runner.directory / folder / "out.ipynb"))
        assert ended.code == 1
        assert ended.lines[-1].endswith("cannot be made (%s); name another." % reason), ended.log


def file(path):
    path.write_text("")


@pytest.mark.parametrize("variable", ["IPYTHONDIR", "JUPYTER_RUNTIME_DIR"])
@pytest.mark.parametrize(
    "make, below, reason",
    [
        (file, "x", "a part of the path is not a folder"),
        (file, "", "it is a file"),
        (loop, "", "it is a link that leads back to itself"),
        (dangling, "", "it is a link to "),
    ],
)
def test_folders_of_the_kernel_that_cannot_be_made(runner, variable, make, below, reason):
    make(runner.directory / "place")
    where = os.path.join(str(runner.directory), "place", below).rstrip("/")
    ended = runner.run(cell("1"), environment={variable: where})
    assert ended.code == 1
    message = "%s: the folder %s of this environment variable cannot be made (%s"
    assert ended.lines[-1].startswith(message % (variable, where, reason)), ended.log
    assert "Executing" not in ended.log and "Traceback" not in ended.log


@pytest.mark.parametrize("path", ["/proc/out.ipynb", "/sys/out.ipynb"])
def test_a_place_that_refuses_new_files(path):
    """Also of root, to whom the permissions allow it."""
    from dolphinml.jupyter import preflight

    faults = preflight.Faults()
    preflight.check_output_notebook(path, None, faults)
    [sentence] = faults.sentences
    assert sentence.startswith("outputNotePath: %s cannot be written (" % path)


def test_two_cells_of_parameters(runner):
    ended = runner.run(
        cell("lr = 1\nn = 2", "parameters"),
        cell("print(lr)"),
        cell("lr = 5\nother = 6", "parameters"),
        cell("print(lr)"),
        parameters={"lr": 0.5, "n": 3},
    )
    assert ended.code == 0, ended.log
    assert (
        "WARNING parameters: cell 4 is tagged parameters, as cell 1 is, and sets lr again: the notebook runs with its value"
        " and not with this task's; tag one of the two only."
    ) in ended.lines
    ended = runner.run(cell("lr = 1", "parameters"), cell("other = 5", "parameters"), parameters={"lr": 0.5})
    assert "is tagged parameters, as" not in ended.log


@pytest.mark.parametrize("language", ["Python", "PYTHON", "ipython"])
def test_the_language_as_others_write_it(runner, language):
    source = runner.notebook(cell("a = 1", "parameters"), cell("print('got', a)"), language=language)
    ended = runner.run(notebook=source, parameters={"a": 5})
    assert ended.code == 0, ended.log
    assert "  | got 5" in ended.lines


def nbformat_of(runner):
    """The first two numbers of the version of nbformat in the environment of the notebooks."""
    asked = "import nbformat; print(*nbformat.__version__.split('.')[:2])"
    said = subprocess.run([runner.python, "-c", asked], stdout=subprocess.PIPE, check=True)
    return tuple(int(number) for number in said.stdout.split())


#: What nbformat 5.4 says, which leaves the words to a faster validator.
IN_NO_WAY = "data.cells[1] must be valid exactly by one definition (0 matches found)"


@pytest.mark.parametrize(
    "spoil, told, told_by_5_4",
    [
        (
            lambda tree: tree["cells"][1].update(extra=5),
            "Additional properties are not allowed ('extra' was unexpected)",
            IN_NO_WAY,
        ),
        (lambda tree: tree["cells"][1].update(id="a b"), "'a b' does not match '^[a-zA-Z0-9-_]+$'", IN_NO_WAY),
        (
            lambda tree: tree["metadata"]["kernelspec"].pop("display_name"),
            "'display_name' is a required property",
            "data.metadata.kernelspec must contain ['display_name'] properties",
        ),
    ],
    ids=["extra", "id", "display_name"],
)
def test_what_nbformat_finds_wrong_is_one_line(runner, spoil, told, told_by_5_4):
    tree = good()
    spoil(tree)
    source = runner.directory / "in.ipynb"
    source.write_text(json.dumps(tree))
    ended = runner.run(notebook=source)
    assert ended.code == 0, ended.log
    assert "Notebook JSON is invalid" not in ended.log and "Failed validating" not in ended.log
    about = "WARNING The notebook does not conform to its format, and runs anyway: "
    said = [line for line in ended.lines if line.startswith(about)]
    assert said == [about + (told_by_5_4 if nbformat_of(runner) == (5, 4) else told) + "."], ended.log


def test_ids_that_are_not_there_or_twice(runner):
    tree = good()
    tree["cells"][0]["id"] = tree["cells"][2]["id"] = "same"
    source = runner.directory / "in.ipynb"
    source.write_text(json.dumps(tree))
    ended = runner.run(notebook=source)
    assert ended.code == 0, ended.log
    # nbformat 5.4 does not notice.
    noticed = 0 if nbformat_of(runner) == (5, 4) else 1
    assert "validator.py" not in ended.log and sum("runs anyway" in line for line in ended.lines) == noticed, ended.log
