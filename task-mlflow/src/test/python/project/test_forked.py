# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A copy of the process that does other work."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from dsharness.waiting import ENOUGH

#: A program that forks `work`, and prints how that has ended and what it has printed.
PROGRAM = """
import os, signal, sys, time
from dolphinml.mlflow.project.forked import Forked

{before}

def work():
{work}

reader, writer = os.pipe()
forked = Forked(work, writer, {variables})
os.close(writer)
{after}
with open(reader) as stream:
    printed = stream.read()
print((forked.wait(), printed))
"""


@pytest.fixture
def run():
    """Runs that program to its end, and returns (exit code, what was printed)."""

    def run(work, before="", variables="dict(os.environ)", after=""):
        program = PROGRAM.format(
            before=before, work=textwrap.indent(textwrap.dedent(work), "    "), variables=variables, after=after
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=4 * ENOUGH,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        )
        return eval(done.stdout.decode())

    return run


def test_it_ends_as_a_program_does(run):
    assert run("pass") == (0, "")
    assert run("sys.exit(3)") == (3, "")
    code, printed = run("1 / 0")
    assert code == 1 and printed.endswith("ZeroDivisionError: division by zero\n")
    assert run("os.kill(os.getpid(), signal.SIGKILL)") == (-signal.SIGKILL, "")


def test_it_has_an_environment_of_its_own_and_no_input(run):
    assert run("print(dict(os.environ), repr(sys.stdin.read()))", variables="{'ONLY': 'this'}") == (0, "{'ONLY': 'this'} ''\n")


def test_a_line_is_there_when_it_is_printed(run):
    # An unbuffered stream, as by PYTHONUNBUFFERED, writes the end of the line by itself.
    after = (
        "line = b''.join(iter(lambda: os.read(reader, 1), b'\\n')); assert line == b'a line'; os.kill(forked.pid, signal.SIGTERM)"
    )
    assert run("print('a line'); time.sleep(900)", after=after) == (-signal.SIGTERM, "")


def test_what_the_program_does_at_a_signal_it_does_not(run):
    before = "signal.signal(signal.SIGTERM, lambda number, frame: print('heard'))"
    assert run("os.kill(os.getpid(), signal.SIGTERM)", before=before) == (-signal.SIGTERM, "")


def test_its_threads_end_before_it_does(run):
    work = """
        import threading
        threading.Thread(target=lambda: (time.sleep(0.2), print("done"))).start()
        """
    assert run(work) == (0, "done\n")


def test_libraries_that_have_threads_compute_in_it(run):
    """Those that a training uses, after their threads have worked in the program."""
    before = """
import numpy, pandas, pyarrow.compute
from sklearn.ensemble import RandomForestClassifier
numbers = numpy.random.default_rng(1).random((600, 600))
expected = (numbers @ numbers).sum()
pyarrow.compute.sum(pyarrow.chunked_array([numbers[0], numbers[1]]))
"""
    work = """
        assert abs((numbers @ numbers).sum() - expected) < 1e-3 * expected
        frame = pandas.DataFrame(numbers[:, :4])
        pyarrow.compute.sum(pyarrow.chunked_array([numbers[0], numbers[1]]))
        labels = (frame[0] > 0.5).astype(int)
        print(RandomForestClassifier(n_estimators=8, n_jobs=2).fit(frame, labels).score(frame, labels) > 0.9)
        """
    assert run(work, before=before) == (0, "True\n")
