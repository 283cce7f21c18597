# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What .ci/run says at its end: nothing that failed passes for good, and what passed only the second time is named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]

TESTS = """
import pathlib, pytest

def test_good():
    pass

def test_broken():
    assert False

def test_once():
    been = pathlib.Path(__file__).with_name("been")
    if not been.exists():
        been.touch()
        raise OSError("the first time")

@pytest.mark.skipif(pathlib.Path(__file__).with_name("been").exists(), reason="been here")
def test_skipped_the_second_time():
    assert False
"""

SUREFIRE = """<testsuite><testcase classname="a.JavaTest" name="shaky"><flakyFailure message="no">at a</flakyFailure>
</testcase><testcase classname="a.JavaTest" name="broken"><failure/><rerunFailure/></testcase></testsuite>"""


class Run:
    def __init__(self, directory, stage="stage"):
        self._directory = directory
        self.project = PROJECT
        self.logs = directory / "logs"
        self.stage = directory / "reports" / stage
        self.stage.mkdir(parents=True)
        self.logs.mkdir()
        self._tests = directory / "test_it.py"
        self._tests.write_text(TESTS)

    def tests(self, report, *options):
        """As `tests` of .ci/run does it."""
        code = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-o",
                "cache_dir=%s" % (self._directory / "cache"),
                *options,
                "--junitxml=%s" % (self.stage / report),
                str(self._tests),
            ],
            cwd=str(self._directory),
            stdout=subprocess.DEVNULL,
            check=False,
        ).returncode
        broken = self.logs / (self.stage.name + ".broken")
        if code:
            broken.touch()
        elif broken.exists():
            broken.unlink()

    def again(self):
        self.tests("again.xml", "--last-failed", "--last-failed-no-failures", "none")

    def summary(self):
        """Exit code and lines of the summary."""
        said = subprocess.run(
            [sys.executable, str(self.project / ".ci" / "summary.py"), str(self.stage.parent), str(self.logs)],
            stdout=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
        return said.returncode, said.stdout.splitlines()


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_what_fails_is_red(run):
    run.tests("first.xml", "-k", "good or broken")
    code, lines = run.summary()
    assert (code, lines[-2:]) == (1, ["FAILED stage test_it.test_broken", "1 passed, 1 failed, 0 skipped"])


def test_what_passes_the_second_time_is_named_and_what_fails_or_skips_then_is_red(run):
    run.tests("first.xml")
    run.again()
    code, lines = run.summary()
    assert code == 1
    assert lines[-4:] == [
        "UNSTABLE stage test_it.test_once",
        "FAILED stage test_it.test_broken",
        "FAILED stage test_it.test_skipped_the_second_time",
        "2 passed, 2 failed, 0 skipped",
    ]


def test_alone_it_is_not_red(run):
    run.tests("first.xml", "-k", "good or once")
    run.again()
    code, lines = run.summary()
    assert (code, lines[-2:]) == (0, ["UNSTABLE stage test_it.test_once", "2 passed, 0 failed, 0 skipped"])


def test_what_fails_with_the_newest_releases_is_shown_and_not_red(tmp_path):
    run = Run(tmp_path, "newest-notebooks")
    run.tests("first.xml", "-k", "good or broken")
    code, lines = run.summary()
    assert (code, lines[-2:]) == (0, ["FAILED newest-notebooks test_it.test_broken", "1 passed, 0 failed, 0 skipped"])


def test_a_stage_that_breaks_without_a_failed_test_is_red(run):
    run.tests("first.xml", "-k", "good")
    (run.logs / "stage.broken").touch()
    code, lines = run.summary()
    assert (code, lines[-2:]) == (1, ["FAILED stage stage ended with an error", "1 passed, 1 failed, 0 skipped"])


def test_a_stage_without_a_test_is_red(run):
    (run.stage / "first.xml").write_text("<testsuite/>")
    code, lines = run.summary()
    assert (code, lines[-2]) == (1, "FAILED stage stage ran no test")


def test_what_surefire_ran_again(run):
    (run.stage / "TEST-a.JavaTest.xml").write_text(SUREFIRE)
    code, lines = run.summary()
    assert code == 1
    assert lines[-3:] == ["UNSTABLE stage JavaTest.shaky", "FAILED stage JavaTest.broken", "1 passed, 1 failed, 0 skipped"]


JACOCO = """GROUP,PACKAGE,CLASS,LINE_MISSED,LINE_COVERED
task-dvc,a,B,10,30
task-dvc,a,C,0,20
"""


def test_how_many_lines_the_tests_run(run, tmp_path):
    shutil.copytree(PROJECT / ".ci", tmp_path / ".ci")
    run.project = tmp_path
    run.tests("first.xml", "-k", "good")
    java = run.stage.parent / "java" / "task-dvc"
    java.mkdir(parents=True)
    (java / "jacoco.csv").write_text(JACOCO)
    (java / "TEST-a.JavaTest.xml").write_text('<testsuite><testcase classname="a.JavaTest" name="good"/></testsuite>')
    for module, file in (
        ("task-dvc", "dvc/upload.py"),
        ("task-dvc", "dvc/never.py"),
        ("task-mlflow", "mlflow/deploy/actions.py"),
    ):
        path = tmp_path / module / "src/main/resources/dolphinml" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('"""Four statements."""\n' + "pass\n" * 4)
    recorded(run, "python-task-dvc", "/project/task-dvc/src/main/resources/dolphinml/dvc/upload.py\t2 3 4\n")
    # What it runs of another module is left to that module's tests.
    recorded(run, "python-task-dvc", "/control/python/dolphinml/dvc/upload.py\t5\n/control/python/dolphinml/common/user.py\t2\n")
    # Two stages run the tests of this module; a line that runs in both counts once.
    recorded(run, "python-task-mlflow", "/control/python/dolphinml/mlflow/deploy/actions.py\t2 3\n")
    recorded(run, "python-deploy", "/control/python/dolphinml/mlflow/deploy/actions.py\t3 4\n")
    code, lines = run.summary()
    assert code == 0
    assert [" ".join(line.split()) for line in lines if " of " in line and " % " in line + " "] == [
        "Java task-dvc 50 of 60 83 %",
        "Python task-dvc 4 of 8 50 %",
        "Python task-mlflow 3 of 4 75 %",
    ]


def recorded(run, stage, lines):
    """What a process of the stage's tests has run."""
    reports = run.stage.parent / stage
    (reports / "lines").mkdir(parents=True, exist_ok=True)
    (reports / "first.xml").write_text('<testsuite><testcase classname="test_a" name="good"/></testsuite>')
    (reports / "lines" / str(len(list((reports / "lines").iterdir())))).write_text(lines)


def test_no_report_at_all_is_red(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "logs").mkdir()
    done = subprocess.run(
        [sys.executable, str(PROJECT / ".ci" / "summary.py"), str(tmp_path / "reports"), str(tmp_path / "logs")],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"


def test_unstable_tests_are_counted(run):
    run.tests("first.xml", "-k", "good or once")
    run.again()
    assert "unstable tests: 1" in run.summary()[1]
