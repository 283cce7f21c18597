# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Adds up the JUnit reports of the stages; names what failed, what was unstable, what was skipped and why.

    summary.py REPORTS LOGS

REPORTS has one folder of reports for each stage, in which again.xml is what became of the failed tests when they ran a
second time; LOGS has a file STAGE.broken for each stage whose command failed at last. Exit code 1 when anything failed or when no
test ran; what fails in a stage with the newest releases of other projects is shown only. An unstable test failed and passed when
it ran again: a defect, counted on a line of its own.
"""

import csv
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / ".ci/coverage"))

from line_marker import statements  # noqa: E402

RESOURCES = "src/main/resources"
AGAIN = "again.xml"
#: What the names of stages begin with that test releases which nobody has chosen.
NEWEST = "newest-"
PASSED_NOT = ("failure", "error", "skipped")
#: What the table of lines counts.
HEADING = "Lines that the module's own tests run (in Python not those of programs that are killed or run isolated)"
#: Stages that run tests of task-mlflow without its name.
OF_MLFLOW = {"python-" + name for name in ("deploy", "bentoml", "clusters", "containers", "bento-image")}


class Stage:
    def __init__(self, directory):
        self.name = directory.name
        self.passed, self.failed, self.unstable, self.skipped = 0, [], [], []
        for report in sorted(directory.rglob("*.xml")):
            if report.name != AGAIN:
                for case in _cases(report):
                    self._add(case)
        if (directory / AGAIN).exists():
            self._try_again({_name(case) for case in _cases(directory / AGAIN) if not _has(case, *PASSED_NOT)})

    def _add(self, case):
        name = _name(case)
        skipped = case.find("skipped")
        if _has(case, "failure", "error"):
            self.failed.append(name)
        elif skipped is not None:
            self.skipped.append("%s: %s" % (name, _reason(skipped)))
        else:
            self.passed += 1
            # So Surefire marks what it ran again itself.
            if _has(case, "flakyFailure", "flakyError"):
                self.unstable.append(name)

    def _try_again(self, good):
        passed_again = [name for name in self.failed if name in good]
        self.failed = [name for name in self.failed if name not in good]
        self.unstable += passed_again
        self.passed += len(passed_again)


def _cases(report):
    return ET.parse(report).getroot().iter("testcase")


def _name(case):
    return "%s.%s" % (case.get("classname", "").rpartition(".")[2], case.get("name"))


def _has(case, *kinds):
    return any(case.find(kind) is not None for kind in kinds)


def _reason(skipped):
    """Surefire may put a reason into the element's text instead of its attribute."""
    return skipped.get("message") or (skipped.text or "").strip().split("\n")[0] or "no reason given"


class Coverage:
    """How many lines of what is shipped the tests have run."""

    def __init__(self, reports):
        #: {(language, module): [run, all]}
        self._lines = {}
        for report in sorted(reports.rglob("jacoco.csv")):
            with open(report, encoding="utf-8") as stream:
                for row in csv.DictReader(stream):
                    self._add("Java", report.parent.name, int(row["LINE_COVERED"]), int(row["LINE_MISSED"]))
        for module, run in _python_lines(reports).items():
            for file in sorted((PROJECT / module / RESOURCES).rglob("*.py")):
                lines = statements(file.read_bytes())
                covered = len(lines & run.get(str(file.relative_to(PROJECT / module / RESOURCES)), set()))
                self._add("Python", module, covered, len(lines) - covered)

    def _add(self, language, module, covered, missed):
        lines = self._lines.setdefault((language, module), [0, 0])
        lines[0] += covered
        lines[1] += covered + missed

    def table(self):
        if self._lines:
            yield HEADING
        for (language, module), (covered, everything) in sorted(self._lines.items()):
            yield "%-7s %-15s %5d of %5d %3d %%" % (language, module, covered, everything, 100 * covered // max(1, everything))


def _python_lines(reports):
    """{module: {file: lines that ran in a stage of the module}}, as line_recorder has written them."""
    found = {}
    for record in sorted(reports.glob("*/lines/*")):
        stage = record.parent.parent.name
        module = found.setdefault("task-mlflow" if stage in OF_MLFLOW else stage[len("python-") :], {})
        for line in record.read_text(encoding="utf-8").splitlines():
            name, _, numbers = line.partition("\t")
            # Programs run from copies of the resources, as on a worker.
            file = "dolphinml/" + name.rpartition("/dolphinml/")[2]
            module.setdefault(file, set()).update(map(int, numbers.split()))
    return found


def main(reports, logs):
    stages = [Stage(each) for each in sorted(Path(reports).iterdir()) if each.is_dir()]
    broken = {each.stem for each in Path(logs).glob("*.broken")}
    for stage in stages:
        # A stage that broke without a failed test, by its format or its compiler say, is one failure.
        if stage.name in broken and not stage.failed:
            stage.failed.append("%s ended with an error" % stage.name)
        if stage.name not in broken and stage.passed == 0 and not stage.failed:
            stage.failed.append("%s ran no test" % stage.name)
    print()
    for stage in stages:
        print("%-22s %4d passed %4d failed %4d skipped" % (stage.name, stage.passed, len(stage.failed), len(stage.skipped)))
    for line in Coverage(Path(reports)).table():
        print(line)
    print("unstable tests: %d" % sum(len(stage.unstable) for stage in stages))
    for word, lists in (("SKIPPED", "skipped"), ("UNSTABLE", "unstable"), ("FAILED", "failed")):
        for stage in stages:
            for line in getattr(stage, lists):
                print("%s %s %s" % (word, stage.name, " ".join(line.split())[:300]))
    failed = sum(len(stage.failed) for stage in stages if not stage.name.startswith(NEWEST))
    passed = sum(stage.passed for stage in stages)
    print("%d passed, %d failed, %d skipped" % (passed, failed, sum(len(stage.skipped) for stage in stages)))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
