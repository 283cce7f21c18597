#!/usr/bin/env python3
"""A cell that prints a lot: our program against the bare `papermill --log-output` of the same environment, in one run.

    python3 benchmarks/printing.py PYTHON [--megabytes 200]

PYTHON is the Python of an environment with papermill and ipykernel. Looked at are the seconds from start to exit, the
most memory of the program and of its kernel, and whether every line is in the log.
"""

import argparse
import json
import os
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

from notebook_process import NOTEBOOK, Contestants

LINE = "x" * 90
SOURCE = "for number in range(%%d): print(number, '%s')" % LINE


def memory(marker):
    """Process id to megabytes, the most so far, of the living processes that carry the marker."""
    entry = ("DOLPHINML_RUN=" + marker).encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if entry in (process / "environ").read_bytes().split(b"\0"):
                status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
                found[int(process.name)] = int(status["VmHWM"].split()[0]) // 1024
        except (OSError, KeyError):  # it has ended
            continue
    return found


def watched(argv, lines):
    """(seconds, megabytes of the program, megabytes of its kernel, whether all lines are in the log)."""
    marker = uuid.uuid4().hex
    begin = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=dict(os.environ, DOLPHINML_RUN=marker))
    most = {}

    def watch():
        while process.poll() is None:
            most.update(memory(marker))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    seen = sum(line.rstrip(b"\n").endswith(LINE.encode()) for line in process.stdout)
    if process.wait() != 0:
        raise SystemExit("exit code %d: %s" % (process.returncode, " ".join(argv)))
    seconds = time.monotonic() - begin
    watcher.join()
    program = most.pop(process.pid)
    return seconds, program, max(most.values()), seen == lines


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
