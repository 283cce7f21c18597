# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The frame around our programs: what it reports, also where the report cannot be had."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[2] / "main/resources"

PROGRAM = """
import sys
sys.path.insert(0, %r)
from dolphinml.common import program
def main(task):
    %%s
program.run(main)
""" % str(RESOURCES)

FAILS = "raise program.TaskFailure('a sentence', ['the traceback', 'a sentence'])"


class Run:
    def __init__(self, directory, body):
        """Runs a program with that body of `main`; `report` is None where it has left none."""
        private = directory / "private"
        private.mkdir(exist_ok=True)
        (private / "request.json").write_text("{}")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM % body, str(private / "request.json")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        self.code, self.lines = done.returncode, done.stdout.splitlines()
        path = private / "report.json"
        self.report = json.loads(path.read_text(), parse_constant=no_json) if path.is_file() else None


def no_json(constant):
    raise AssertionError("%s is not in JSON" % constant)


@pytest.fixture
def spoilt(tmp_path):
    """A directory in which no report can be written, as on a full disk."""
    (tmp_path / "private" / "report.json.part").mkdir(parents=True)
    return tmp_path


def test_what_json_lacks_is_handed_on_as_text(tmp_path):
    values = "{'a': float('nan'), 'b': [float('inf'), -float('inf')], 'c': {1: 2.5}, 'd': 10**30, 'e': None}"
    run = Run(tmp_path, "return " + values)
    assert (run.code, run.lines) == (0, [])
    assert run.report == {
        "status": "success",
        "outputs": {"a": "nan", "b": ["inf", "-inf"], "c": {"1": 2.5}, "d": 10**30, "e": None},
    }


def test_a_failure_ends_the_log_also_without_a_report(spoilt):
    run = Run(spoilt, FAILS)
    assert run.code == 1 and run.report is None
    assert run.lines[0].startswith("The report of this task could not be written to %s: " % (spoilt / "private"))
    assert run.lines[1:] == ["the traceback", "a sentence"]


def test_a_success_without_its_outputs_is_none(spoilt):
    run = Run(spoilt, "print('done'); return {'a': 1}")
    assert run.code == 1 and run.report is None
    assert run.lines[0] == "done" and len(run.lines) == 2
    assert run.lines[1].endswith(": Is a directory; its outputs are lost")


#: Writes into its folder, and makes it again when it is gone.
WRITES = """
import contextlib, os, sys
while True:
    with contextlib.suppress(OSError):
        os.makedirs(sys.argv[1], exist_ok=True)
        open(os.path.join(sys.argv[1], "file"), "w").close()
"""


def test_a_folder_that_a_child_makes_again_is_gone_at_the_end(tmp_path):
    wait = "next(None for _ in iter(int, 1) if os.path.exists(folder + '/file'))"
    body = (
        "import os, shutil, subprocess, sys; folder = task.temporary_folder(%r, 'made-');"
        " subprocess.Popen([sys.executable, '-c', %r, folder]); %s;"
        " shutil.rmtree(folder, ignore_errors=True); %s; raise program.TaskFailure('a sentence')"
    )
    run = Run(tmp_path, body % (str(tmp_path), WRITES, wait, wait))
    assert run.code == 1 and run.lines[-1] == "a sentence"
    assert list(tmp_path.glob("made-*")) == []


STOPS = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"


@pytest.mark.parametrize(
    "body",
    [
        STOPS + "; return {'a': 1}",
        # While a failure is made ready for the report.
        "program._vanished = lambda: exec(%r); raise program.TaskFailure('a sentence')" % STOPS,
        "pass\nprogram.Task.read_secrets = lambda task: exec(%r)" % STOPS,
    ],
)
def test_a_stop_at_any_moment_is_a_stop(tmp_path, body):
    run = Run(tmp_path, body)
    assert (run.code, run.lines, run.report) == (143, ["Stopped before the end."], {"status": "stopped"})
