#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A cell that prints a lot: our program against the bare `papermill --log-output` of the same environment, in one run.

    python3 benchmarks/printing.py PYTHON [--megabytes 200]

PYTHON is the Python of an environment with papermill and ipykernel. Looked at are the seconds from start to exit, the
most memory of the program and of its kernel, and whether every line is in the log.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration-tests" / "harness"))

from dsharness.memory import Peaks  # noqa: E402
from notebook_process import NOTEBOOK, Contestants  # noqa: E402

LINE = "x" * 90
SOURCE = "for number in range(%%d): print(number, '%s')" % LINE


def watched(argv, lines):
    """(seconds, megabytes of the program, megabytes of its kernel, whether all lines are in the log)."""
    marker = uuid.uuid4().hex
    begin = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=dict(os.environ, DOLPHINML_RUN=marker))
    with Peaks("DOLPHINML_RUN=" + marker) as peaks:
        seen = sum(line.rstrip(b"\n").endswith(LINE.encode()) for line in process.stdout)
        if process.wait() != 0:
            raise SystemExit("exit code %d: %s" % (process.returncode, " ".join(argv)))
    return time.monotonic() - begin, peaks.of(process.pid), peaks.largest(but=process.pid), seen == lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("--megabytes", type=int, default=200)
    options = parser.parse_args()
    lines = (options.megabytes << 20) // (len(LINE) + 8)
    with tempfile.TemporaryDirectory() as directory:
        contestants = Contestants(options.python, Path(directory), printLimit=20 << 20)
        cell = dict(NOTEBOOK["cells"][0], source=SOURCE % lines)
        contestants.source.write_text(json.dumps(dict(NOTEBOOK, cells=[cell])))
        ours = watched(contestants.ours(), lines)
        bare = watched(contestants.bare() + ["--log-output"], lines)
    for name, (seconds, program, kernel, whole) in (("ours", ours), ("papermill", bare)):
        print("%s: %.1f s, program %d MB, kernel %d MB, %s" % (
            name, seconds, program, kernel, "every line logged" if whole else "lines are missing in the log"))
    print("ratios, ours to papermill: clock %.2f, program's memory %.2f, kernel's memory %.2f"
          % tuple(a / b for a, b in zip(ours[:3], bare[:3])))


if __name__ == "__main__":
    main()
