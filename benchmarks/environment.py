#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What an environment costs a task that finds it: a requirements file in the cache against a ready prefix.

    python3 benchmarks/environment.py [--runs 31]

Three scripts as the worker's shell runs them, whole processes, in turn: bash alone; a prefix that is activated; a
requirements file whose environment is in the cache. What each adds is the difference; both clock and processor time
are printed, since the clock of a shared machine is a poor witness. Where CONDA_SH names the conda.sh of a real conda, and
CONDA_ENV an environment of it, `conda activate` takes part as well.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import frame

ACTIVATE = "source %s/shell/activate.sh condaEnvName '' '%s' home papermill || exit $?\n"
PREPARE = "source %s/shell/prepare.sh condaEnvName %s/environment/prepare_environment.py %s || exit $?\n"
# Where the task's program would start.
END = "exec true\n"


class Bench:
    def __init__(self, directory):
        self.directory = directory
        self.code = frame.stage(
            directory / "python", *(("task-ml-common", folder) for folder in ("common", "data", "environment", "shell"))
        )
        (directory / "requirements.txt").write_text("# nothing: the cost does not depend on what is in it\n")
        self.request = directory / "environment.json"
        self.variables = dict(os.environ, DOLPHINML_RUN="benchmark")

    def script(self, name, text):
        path = self.directory / name
        path.write_text("set -u\n" + text + END)
        return path

    def write_request(self):
        """The program removes it as soon as it has read it, so each run gets one of its own."""
        self.request.write_text(
            json.dumps(
                {
                    "field": "condaEnvName",
                    "source": str(self.directory / "requirements.txt"),
                    "kind": "requirements",
                    "cacheDir": str(self.directory / "cache"),
                    "builder": "venv",
                    "addIfMissing": [],
                    "task": {},
                }
            )
        )

    def run(self, script):
        """(seconds, processor seconds) of one run."""
        self.write_request()
        begin = time.monotonic()
        process = subprocess.Popen(
            ["bash", str(script)], env=self.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        said = process.stdout.read()
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = status
        if status:
            raise SystemExit(said.decode("utf-8", "replace"))
        return seconds, used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=31)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        prefix = bench.directory / "ready"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(prefix)], check=True)
        scripts = {
            "bash alone": bench.script("bash.sh", ""),
            "a ready prefix": bench.script("ready.sh", ACTIVATE % (bench.code, prefix)),
            "requirements in the cache": bench.script(
                "cached.sh", PREPARE % (bench.code, bench.code, bench.request) + ACTIVATE % (bench.code, "")
            ),
        }
        if os.environ.get("CONDA_SH"):
            scripts["conda activate"] = bench.script(
                "conda.sh", "set +u\nsource %s\nconda activate %s\n" % (os.environ["CONDA_SH"], os.environ["CONDA_ENV"])
            )
        seen = dict(zip(scripts, frame.alternate(list(scripts.values()), bench.run, options.runs)))
    report = frame.Report("environment", frame.versions(sys.executable))
    base = [statistics.median(column) for column in zip(*seen["bash alone"])]
    rows = []
    for name, results in seen.items():
        clock, processor = (statistics.median(column) for column in zip(*results))
        rows.append([name, *("%.1f ms" % (1000 * value) for value in (clock, clock - base[0], processor, processor - base[1]))])
    report.table("What an environment costs", ("", "clock", "adds", "processor", "adds"), rows, options.runs)


if __name__ == "__main__":
    main()
