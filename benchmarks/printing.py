#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A cell that prints a lot: our program against the bare `papermill --log-output` of the same environment, in one run.

    python3 benchmarks/printing.py [PYTHON] [--megabytes 400]

PYTHON is the Python of an environment with papermill and ipykernel; without one, a small environment is made. Looked at are the
seconds from start to exit, the most memory of the program and of its kernel, and whether every line is in the log.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import frame
from notebook_process import NOTEBOOK, Contestants

from dsharness.memory import Peaks
from dsharness.venvs import venv

LINE = "x" * 90
SOURCE = "for number in range(%%d): print(number, '%s')" % LINE


def watched(argv, lines):
    """(seconds, megabytes of the program, megabytes of its kernel, whether all lines are in the log)."""
    marker = uuid.uuid4().hex
    begin = time.monotonic()
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, DOLPHINML_RUN=marker),
    )
    with Peaks("DOLPHINML_RUN=" + marker) as peaks:
        seen = sum(line.rstrip(b"\n").endswith(LINE.encode()) for line in process.stdout)
        if process.wait() != 0:
            raise SystemExit("exit code %d: %s" % (process.returncode, " ".join(argv)))
    return time.monotonic() - begin, peaks.of(process.pid), peaks.largest(but=process.pid), seen == lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--megabytes", type=int, default=400)
    options = parser.parse_args()
    small = Path(__file__).with_name("requirements-notebook-small.txt")
    python = options.python or str(venv(small, say=print) / "bin/python")
    lines = (options.megabytes << 20) // (len(LINE) + 8)
    with tempfile.TemporaryDirectory() as directory:
        contestants = Contestants(python, Path(directory), printLimit=20 << 20)
        cell = dict(NOTEBOOK["cells"][0], source=SOURCE % lines)
        contestants.source.write_text(json.dumps(dict(NOTEBOOK, cells=[cell])))
        ours = watched(contestants.ours(), lines)
        bare = watched(contestants.bare() + ["--log-output"], lines)
    for name, whole in (("ours", ours[3]), ("papermill", bare[3])):
        if not whole:
            raise SystemExit("lines are missing in the log of %s" % name)
    report = frame.Report("printing", frame.versions(python, "papermill", "ipykernel"))
    report.table(
        "a cell that prints %d MB" % options.megabytes,
        ("", "ours", "papermill", "ratio"),
        [
            [what, shown % ours[column], shown % bare[column], "%.2f" % (ours[column] / bare[column])]
            for what, shown, column in (
                ("most memory of the program", "%d MB", 1),
                ("most memory of its kernel", "%d MB", 2),
                ("clock", "%.1f s", 0),
            )
        ],
    )


if __name__ == "__main__":
    main()
