#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How long it takes to assemble a plan, from the task's JSON to the text of the script; by JMH.

python3 benchmarks/plan_time.py
"""

import re
import subprocess

import frame

from dsharness.server import java

MAVEN = ["mvn", "-q", "-B", "-ntp", "-pl", "benchmarks/plan", "-am", "verify", "-DskipTests", "-Pmeasure"]


def main():
    said = subprocess.run(MAVEN, cwd=str(frame.PROJECT), stdout=subprocess.PIPE, check=True).stdout.decode()
    found = re.search(r"^\s*([\d.]+) ±\(99\.9%\) ([\d.]+) us/op", said, re.MULTILINE)
    if not found:
        raise SystemExit("JMH has printed no result:\n" + said[-2000:])
    report = frame.Report("plan_time", dict(frame.java_version(java()), JMH="1.37"))
    average, error = (float(text) / 1000 for text in found.groups())
    report.table(
        "assembling a plan",
        ("", "average", "99.9 % of the runs within"),
        [["a notebook with parameters, an option and an output", "%.3f ms" % average, "± %.3f ms" % error]],
    )


if __name__ == "__main__":
    main()
