# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the pages show of notebooks and of their logs is what readers get."""

import json
import re

from conftest import PROJECT, cell

DOCS = PROJECT / "docs" / "en"
TRACEBACK = "-------------------- traceback --------------------"


def blocks(page, language):
    text = (DOCS / page).read_text(encoding="utf-8")
    return [code for word, code in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if word == language]


def lines(text):
    """A log does not keep empty lines."""
    return [line for line in text.splitlines() if line.strip()]


def test_the_first_notebook(runner):
    [notebook] = blocks("quick-start.md", "json")
    ended = runner.run(*json.loads(notebook)["cells"], parameters={"numbers": [10, 20, 12]}, outputs=["total"])
    assert ended.code == 0, ended.log
    assert "  | the total is 42" in ended.lines
    assert ended.outputs == {"total": 42}


def test_outputs_are_written_as_the_page_shows_them(runner):
    [code] = blocks("howto/outputs.md", "python")
    ended = runner.run(cell(code, "outputs"), outputs=["accuracy", "labels", "note"])
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for name, value in ended.outputs.items()
    }
    assert ["%s %s" % each for each in texts.items()] == blocks("howto/outputs.md", "")[0].splitlines()


def test_a_failed_cell(runner):
    """All lines of the excerpt but those of Python's own traceback, which differ from version to version."""
    runner.needs("nbconvert")
    ended = runner.run(
        cell("day = '2026-01-01'\nthreshold = 0.5\napi_token = 'none'", "parameters"),
        cell("print('1 rows')"),
        cell("def share(part, rows):\n    return part / len(rows)\n\nshare(threshold, [])", "train"),
        parameters={"day": "2026-01-31", "treshold": 0.7, "api_token": "hush-4711"},
        secretParameters=["api_token"],
        report="html",
    )
    page = blocks("howto/debugging.md", "")[0].replace("4 of 5", "4 of 4")
    shown = lines(re.sub(r"/opt/ml/notebooks/runs/train\b", str(runner.output.with_suffix("")), page))
    told = lines("\n".join(ended.lines))
    first, last = shown.index(TRACEBACK), shown.index("--------------------")
    begin = told.index(shown[0])
    assert told[begin : begin + first] == shown[:first]
    assert told[last - len(shown) :] == shown[last:]
    warning = re.search(r"`(WARNING parameters: [^`]*)`", (DOCS / "howto/debugging.md").read_text(encoding="utf-8"))
    assert warning.group(1) in ended.lines


def test_a_dead_kernel(runner):
    """How much memory there was and is, the machine says."""
    ended = runner.run(cell("print('scoring')"), cell("import os, signal\nos.kill(os.getpid(), 9)"))
    shown = lines(blocks("howto/debugging.md", "")[1])
    told = lines("\n".join(ended.lines))[-len(shown) :]
    for each in (shown, told):
        # Where the notebook is, and what the machine has.
        each[-2] = re.sub("notebook: .*", "notebook: PATH", each[-2])
        each[-1] = re.sub(r"[0-9.]+ [MG]B", "SIZE", each[-1])
        each[0] = re.sub(r"after [0-9.]+ s$", "after N s", each[0])
        # A kernel may die before it has said which number its cell has.
        each[1] = each[1].replace(", In [3]", "")
    assert told == shown, "\n".join(ended.lines)


def test_a_cell_that_takes_too_long(runner):
    ended = runner.run(cell("import time\ntime.sleep(900)"), executionTimeout=5)
    shown = blocks("howto/debugging.md", "")[2].strip()
    assert ended.lines[-1].replace("after 5 seconds", "after 2 seconds") == shown


def test_a_kernel_that_is_not_there(runner):
    ended = runner.run(cell("1"), kernel="julia-9")
    told, kernels = ended.lines[-1].split("one of: ")
    shown, example = blocks("howto/debugging.md", "")[4].strip().split("one of: ")
    assert told == shown, "\n".join(ended.lines)
    assert set(example.rstrip(".").split(", ")) <= set(kernels.rstrip(".").split(", "))
