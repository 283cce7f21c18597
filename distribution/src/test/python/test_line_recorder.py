# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How .ci/run counts the lines of Python that run: in each process of ours, whatever its end, and in no other."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
RECORDER = PROJECT / ".ci" / "coverage"

sys.path.insert(0, str(RECORDER))

from line_marker import statements  # noqa: E402

PROGRAM = '''"""A program."""
from __future__ import annotations
import os
import sys
import typing

if typing.TYPE_CHECKING:
    import never

class Work:
    """Some."""
    amount: int

    def do(self, much):
        """It."""
        global never
        if much:
            return "much"
        else:
            return "little"

def ends(how):
    if how == "fork":
        child = os.fork()
        if not child:
            Work().do(False)
            os._exit(0)
        os.waitpid(child, 0)
    elif how == "exec":
        Work().do(True)
        os.execvp(sys.executable, [sys.executable, "-c", "print('another')"])
    else:
        try:
            raise OSError(
                "no"
            )
        except OSError:
            sys.exit(3)
        finally:
            print(__spec__, __package__, __file__ == sys.argv[0], sys.path[0] == os.path.dirname(__file__))

if __name__ == "__main__":
    ends(sys.argv[1])
'''
#: What runs at each start.
ALWAYS = {3, 4, 5, 7, 10, 14, 22, 42, 43, 23}
ALL = ALWAYS | {17, 18, 20} | set(range(24, 29)) | {29, 30, 31, 33, 34, 38, 40}


class Recorded:
    def __init__(self, folder):
        self.folder = folder / "coverage"
        for name in ("lines", "compiled"):
            (self.folder / name).mkdir(parents=True)
        for module in RECORDER.glob("*.py"):
            (self.folder / module.name).symlink_to(module)
        self.package = folder / "task" / "python" / "dolphinml" / "work"
        self.package.mkdir(parents=True)
        self.program = self.package / "program.py"
        self.program.write_text(PROGRAM)

    def run(self, *arguments, before=()):
        """Exit code and output of a Python."""
        path = os.pathsep.join([*map(str, before), str(self.folder)])
        done = subprocess.run(
            [sys.executable, "-B", *map(str, arguments)],
            env=dict(os.environ, PYTHONPATH=path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        return done.returncode, done.stdout

    def lines(self, name="work/program.py"):
        """The lines of a file that have run since they were last read."""
        found = set()
        for record in (self.folder / "lines").iterdir():
            for line in record.read_text().splitlines():
                file, numbers = line.split("\t")
                if file.endswith("/dolphinml/" + name):
                    found |= set(map(int, numbers.split()))
            record.unlink()
        return found


@pytest.fixture
def recorded(tmp_path):
    return Recorded(tmp_path)


def test_what_counts_as_a_statement():
    assert statements(PROGRAM) == ALL


def test_a_forked_process_that_leaves_by_os_exit_counts(recorded):
    assert recorded.run(recorded.program, "fork") == (0, "")
    assert recorded.lines() == ALWAYS | {17, 20, 24, 25, 26, 27, 28}


def test_a_program_that_executes_another_counts(recorded):
    assert recorded.run(recorded.program, "exec") == (0, "another\n")
    assert recorded.lines() == ALWAYS | {17, 18, 29, 30, 31}


def test_a_program_sees_what_it_sees_without_the_recorder(recorded):
    with_it = recorded.run(recorded.program, "fail")
    assert with_it == (3, "None None True True\n")
    assert recorded.lines() == ALWAYS | {29, 33, 34, 38, 40}
    shutil.rmtree(recorded.folder)
    assert recorded.run(recorded.program, "fail") == with_it


def test_a_traceback_names_the_lines_of_the_copy_that_runs(recorded):
    recorded.run(recorded.program, "fail")
    copy = recorded.package.with_name("copy")
    shutil.copytree(recorded.package, copy)
    # Compiled once for all copies.
    compiled = sorted((recorded.folder / "compiled").iterdir())
    code, said = recorded.run("-c", "import dolphinml.copy.program as p; p.Work().do(p)\np.ends()", before=[copy.parents[1]])
    assert (code, said.splitlines()[-1]) == (1, "TypeError: ends() missing 1 required positional argument: 'how'")
    code, said = recorded.run(
        "-c",
        "import inspect, dolphinml.copy.program as p; print(inspect.getsource(p.Work.do), p.Work.do.__code__.co_filename)",
        before=[copy.parents[1]],
    )
    assert said == "".join(line + "\n" for line in PROGRAM.splitlines()[13:20]) + " %s\n" % (copy / "program.py")
    assert sorted((recorded.folder / "compiled").iterdir()) == compiled
    assert not list(copy.rglob("__pycache__"))


@pytest.mark.parametrize("archived", (False, True))
def test_a_module_that_runs_from_a_folder_or_an_archive_counts(recorded, tmp_path, archived):
    place = recorded.package.parents[1]
    if archived:
        place = tmp_path / "jar.jar"
        with zipfile.ZipFile(place, "w") as archive:
            for folder in ("dolphinml/", "dolphinml/work/"):
                archive.writestr(folder, "")
            archive.write(recorded.program, "dolphinml/work/program.py")
    assert recorded.run("-m", "dolphinml.work.program", "fork", before=[place]) == (0, "")
    assert recorded.lines() == ALWAYS | {17, 20, 24, 25, 26, 27, 28}


def test_other_processes_run_without_the_recorder(recorded):
    code, said = recorded.run("-c", "import sys, os; print('line_recorder' in sys.modules, os._exit)")
    assert (code, said) == (0, "False <built-in function _exit>\n")
    assert recorded.lines() == set()
