# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Displays that change, descriptors that are written to, cells that are passed over: what the log has of them."""

import pytest
from conftest import cell


def test_a_display_handle(runner):
    ended = runner.run(
        cell(
            "from IPython.display import display, HTML\nhandle = display(HTML('<b>begin</b>'), display_id=True)\n"
            "for step in range(500):\n    handle.update(HTML('<style>b {}</style><b>step</b> %d &amp; on' % step))\n"
            "handle.update({'text/plain': 'the end'}, raw=True)"
        ),
        cell("handle.update({'text/plain': 'later'}, raw=True)"),
    )
    assert ended.code == 0, ended.log
    shown = [line for line in ended.lines if line.startswith("  | ")]
    assert shown[0] == "  | begin" and shown[-2:] == ["  | the end", "  | later"] and len(shown) < 100, shown


def test_displays_that_replace_what_was_cleared(runner):
    """As libraries do that draw their progress again and again."""
    ended = runner.run(
        cell(
            "from IPython.display import clear_output, display\n"
            "for step in range(300):\n    clear_output(wait=True)\n    display({'text/plain': 'loss %d' % step}, raw=True)\n"
            "    display({'text/plain': 'step %d' % step}, raw=True)\nprint('told')"
        ),
        cell("for each in range(3): display({'text/plain': 'each %d' % each}, raw=True)"),
    )
    assert ended.code == 0, ended.log
    shown = [line for line in ended.lines if line.startswith("  | ")]
    assert shown[:2] == ["  | loss 0", "  | step 0"] and len(shown) < 100, shown
    assert "  | told" in shown and shown[-5:] == ["  | loss 299", "  | step 299"] + ["  | each %d" % each for each in range(3)]


def test_states_of_a_display():
    from dolphinml.jupyter.displays import Changes

    now, shown = [0], []
    changes = Changes(shown.append, lambda: now[0])
    changes.first("a", "0")
    for second in range(1, 14):
        now[0] = second
        changes.change("a", lambda: str(now[0]))
    assert shown == ["5", "10"]
    changes.close()
    changes.close()
    assert shown == ["5", "10", "13"]
    changes.change("unknown", lambda: "x")
    changes.change("a", lambda: "x")
    changes.close()
    assert shown[3:] == ["x", "x"]


DESCRIPTORS = """
import ctypes, os, subprocess, sys
library = ctypes.CDLL(None)
print("1 python")
os.write(1, b"2 descriptor\\n")
print("3 python")
library.puts(b"4 library"), library.fflush(None)
print("5 python")
os.system("echo 6 shell")
print("7 python")
subprocess.run(["echo", "8 process"])
os.write(1, "9 \\u4e2d\\n".encode()[:3]), os.write(1, "9 \\u4e2d\\n".encode()[3:])
print("10 python")
os.write(2, b"to stderr\\n");
"""


def test_what_is_written_to_descriptors(runner):
    ended = runner.run(cell(DESCRIPTORS), cell("print('next')"))
    assert ended.code == 0, ended.log
    numbered = [line for line in ended.lines if line.lstrip(" |")[:2].strip().isdigit()]
    words = "python descriptor python library python shell python process \u4e2d python".split()
    told = ["  | %d %s" % pair for pair in enumerate(words, 1)]
    assert sorted(numbered) == sorted(told) and ended.lines.count("  | to stderr") == 1
    ipykernel = int(ended.lines[0].rpartition("ipykernel ")[2].split(".")[0])
    if ipykernel >= 6:
        # Older ones leave descriptors alone.
        assert numbered == told
        assert [line for line in runner.printed().split("\n") if line.strip()][:10] == [line[4:] for line in told]


def test_what_is_printed_when_the_cell_has_ended(runner):
    ended = runner.run(
        cell("import subprocess\nlate = subprocess.Popen('sleep 1; echo late', shell=True)"),
        cell("late.wait(60); import time; time.sleep(1); print('after')"),
    )
    assert ended.lines.count("  | late") == 1, ended.log


def test_a_crash_says_what_the_system_printed(runner):
    ended = runner.run(cell("import faulthandler, os, sys, signal\nos.kill(os.getpid(), signal.SIGSEGV)"))
    assert ended.code == 1
    assert ended.lines[-1].startswith("cell 2 of 2: the kernel died by signal 11 (SIGSEGV): native code crashed"), ended.log
    assert "out of memory" not in ended.lines[-1]


@pytest.mark.parametrize(
    "code, told",
    [
        (-9, "died by signal 9 (SIGKILL), probably out of memory: f."),
        (137, "signal 9 (SIGKILL), probably out of memory"),
        (-11, "signal 11 (SIGSEGV): native code crashed"),
        (-7, "signal 7 (SIGBUS): native code crashed"),
        (-4, "signal 4 (SIGILL): native code crashed"),
        (-6, "signal 6 (SIGABRT): native code crashed"),
        (139, "signal 11 (SIGSEGV): native code"),
        (-8, "signal 8 (SIGFPE): native code crashed"),
        (-14, "signal 14 (SIGALRM): it was terminated"),
        (-15, "signal 15 (SIGTERM): it was terminated"),
        (-2, "signal 2 (SIGINT): it was terminated"),
        (-1, "signal 1 (SIGHUP): it was terminated"),
        (-24, "signal 24 (SIGXCPU): its limit of processor time"),
        (-40, "signal 40 (real-time signal); f."),
        (0, "the kernel ended by itself with exit code 0; f."),
        (3, "exit code 3; f."),
        (255, "exit code 255; f."),
        (None, "the kernel died, and its exit code is not known; f."),
    ],
)
def test_how_a_kernel_died(code, told):
    from dolphinml.jupyter import death

    assert told in death.reason_of_death(code, ["f"])
    assert ("probably out of memory" in death.reason_of_death(code, ["f"])) == (code in (-9, 137))


def test_cells_that_are_passed_over(runner):
    """Also where nbclient does not know the tag."""
    ended = runner.run(
        cell("print('first')"),
        cell("# not now\nraise ValueError('never')", "skip-execution"),
        cell("skipped = 5", "skip-execution", "outputs", "checkpoint"),
        cell("import sys; sys.exit(0)"),
        cell("print('never')", "skip-execution"),
        outputs=["skipped"],
    )
    assert ended.code == 0, ended.log
    assert "[2/3] print('first')" in ended.lines
    assert "Skipped, as it is tagged skip-execution: # not now" in ended.lines
    assert "never" not in runner.printed() and ended.outputs == {}
    assert "did not run" not in ended.log
    assert not any("not now" in line or "skipped" in line for line in ended.lines[ended.lines.index("The slowest cells:") :])


def test_a_skipped_checkpoint_is_none(runner):
    cells = [cell("open('log', 'a').write('load ')"), cell("1", "checkpoint", "skip-execution"), cell("1/0")]
    assert runner.run(*cells).code == 1
    assert runner.run(*cells).code == 1
    assert (runner.directory / "log").read_text() == "load load "


def test_a_busy_cell_is_logged_every_minute(runner):
    ended = runner.run(cell("import time; time.sleep(7)"), constants=[("watchdog", "SECONDS_BETWEEN_LINES", 2)])
    assert ended.code == 0, ended.log
    busy = [line for line in ended.lines if line.startswith("[2/2] busy for 0:0")]
    assert len(busy) >= 2 and "WARNING" not in ended.log, ended.log


def test_a_cell_whose_messages_are_not_read(capsys):
    """What the watchdog says when the program does not read, and when a reply does not arrive."""
    from dolphinml.jupyter import watchdog

    now, lines = [0], []
    dog = watchdog.Watchdog(type("Console", (), {"line": staticmethod(lines.append)}), lambda: now[0])
    dog._label, dog._since = "[1/2]", 0
    dog.note_activity()
    now[0] = 61
    dog._say()
    assert lines[0] == "[1/2] busy for 0:01:01"
    assert lines[1].startswith("WARNING [1/2] Nothing has been read from the kernel for 0:01:01; this program is at _place (")
    del lines[:]
    dog.note_activity()
    dog.idle()
    dog._say()
    assert lines == ["[1/2] busy for 0:01:01"]
    now[0] = 125
    dog.note_activity()
    dog._say()
    assert lines[2] == "WARNING [1/2] The kernel has reported that it is idle, and its reply has not arrived for 0:01:04."


def test_a_kernel_that_never_replies(runner):
    """A reply that is lost after the kernel has reported that it is idle."""
    spoil = (
        "kernel = get_ipython().kernel\nsend = kernel.session.send\n"
        "def lossy(stream, kind, *args, **kwargs):\n"
        "    name = kind if isinstance(kind, str) else kind['header']['msg_type']\n"
        "    return None if name == 'execute_reply' else send(stream, kind, *args, **kwargs)\n"
        "kernel.session.send = lossy"
    )
    ended = runner.run(cell(spoil), executionTimeout=12, constants=[("watchdog", "SECONDS_BETWEEN_LINES", 2)])
    assert ended.code == 1, ended.log
    assert any(line.startswith("WARNING [2/2] The kernel has reported that it is idle") for line in ended.lines), ended.log


@pytest.mark.parametrize(
    "output, told",
    [
        ({"ename": "ValueError", "evalue": "boom\nmore"}, "ValueError: boom"),
        ({"ename": "AssertionError", "evalue": "\n\nNot equal\nto"}, "AssertionError: Not equal"),
        ({"ename": "ValueError", "evalue": "", "traceback": ["x", "\x1b[31mValueError\x1b[0m: "]}, "ValueError"),
        ({"ename": "", "evalue": "127", "traceback": []}, "error 127"),
        ({"ename": None, "evalue": None}, None),
        ({"ename": "", "evalue": "", "traceback": ["", "at line 3"]}, "at line 3"),
        ({"ename": "E", "evalue": "---"}, "E: ---"),
        (
            {"ename": "PapermillExecutionError", "evalue": "\n-----\nException encountered at \"In [1]\":\n---\nKeyError: 'k'\n"},
            "PapermillExecutionError: KeyError: 'k'",
        ),
        (
            {
                "ename": "PapermillExecutionError",
                "evalue": '\n-----\nException encountered at "In [1]":\n---\nTraceback\n'
                "KeyError: 'a'\n\nDuring handling\n\nmine.BadError: \n\n at last\nmore\n",
            },
            "PapermillExecutionError: mine.BadError: at last",
        ),
        (
            {"ename": "CellExecutionError", "evalue": "An error occurred:\n---\n1/0\n---\n\nAssertionError: "},
            "CellExecutionError: AssertionError",
        ),
    ],
)
def test_the_reason_in_one_line(output, told):
    from dolphinml.jupyter import cells

    assert cells.error_in_one_line(output) == (told or "an error without a name and a text")


def test_papermill_within_papermill(runner):
    # An nbclient before this module came refuses to run within a running event loop, as that of the kernel.
    runner.needs("nbclient.output_widget")
    runner.notebook(cell("raise KeyError('the inner reason')"), name="inner.ipynb")
    ended = runner.run(cell("import papermill\npapermill.execute_notebook('inner.ipynb', 'o.ipynb', progress_bar=False)"))
    assert ended.lines[-1] == "cell 2 of 2: PapermillExecutionError: KeyError: 'the inner reason'"


def test_an_error_that_its_tag_allows(runner):
    ended = runner.run(cell("print('a')"), cell("1/0", "raises-exception"), cell("print('goes on')"))
    assert ended.code == 1
    assert ended.lines[-1].startswith("cell 3 of 4: ZeroDivisionError: division by zero (its tag raises-exception"), ended.log
    block = ended.log[ended.log.index("==== Cell 3 of 4 failed") :]
    assert "1/0" in block and "ZeroDivisionError" in block.split("traceback")[1] and "goes on" not in block
    assert "  | goes on" in ended.lines
    ended = runner.run(cell("1/0", "raises-exception"), cell("{}['missing']"))
    assert ended.lines[-1] == "cell 3 of 3: KeyError: 'missing'"
