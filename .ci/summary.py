"""Adds up the JUnit reports of the stages; names what failed, what was skipped and why.

    summary.py REPORTS LOGS

REPORTS has one folder of reports for each stage; LOGS has an empty file STAGE.broken for each stage whose command
failed. Exit code 1 when anything failed.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


class Stage:
    def __init__(self, directory):
        self.name = directory.name
        self.passed, self.failed, self.skipped = 0, [], []
        for report in sorted(directory.rglob("*.xml")):
            for case in ET.parse(report).getroot().iter("testcase"):
                self._add(case)

    def _add(self, case):
        name = "%s.%s" % (case.get("classname", "").rpartition(".")[2], case.get("name"))
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            self.failed.append(name)
        elif skipped is not None:
            self.skipped.append("%s: %s" % (name, _reason(skipped)))
        else:
            self.passed += 1


def _reason(skipped):
    """Surefire may put a reason into the element's text instead of its attribute."""
    return skipped.get("message") or (skipped.text or "").strip().split("\n")[0] or "no reason given"


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
        print("%-22s %4d passed %4d failed %4d skipped"
              % (stage.name, stage.passed, len(stage.failed), len(stage.skipped)))
    for word, lists in (("SKIPPED", "skipped"), ("FAILED", "failed")):
        for stage in stages:
            for line in getattr(stage, lists):
                print("%s %s %s" % (word, stage.name, " ".join(line.split())[:300]))
    failed = sum(len(stage.failed) for stage in stages)
    print("%d passed, %d failed, %d skipped"
          % (sum(stage.passed for stage in stages), failed, sum(len(stage.skipped) for stage in stages)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
