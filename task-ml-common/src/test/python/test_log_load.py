# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A task whose programs print a lot: the log takes all of it, and memory stays what it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "main/resources"

#: DOLPHINML_LOG_MEGABYTES=1024 makes it a gigabyte.
MEGABYTES = int(os.environ.get("DOLPHINML_LOG_MEGABYTES") or 50)

#: Tells the most memory of the process when it leaves.
PROGRAM = """
import os, subprocess, sys
sys.path.insert(0, %r)
from dolphinml.common import program
leave = os._exit
def tell(code):
    with open("/proc/self/status") as status, open(sys.argv[1] + ".peak", "w") as peak:
        peak.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
    leave(code)
os._exit = tell
program.run(lambda task: subprocess.check_call(["bash", "-c", task.request["command"]]) and None)
""" % str(RESOURCES)


class Watched:
    """A run of a program, with what it printed counted and its most memory in MB."""

    def __init__(self, directory, command):
        request = directory / "request.json"
        request.write_text(json.dumps({"command": command, "secrets": ["s3cret-value"]}))
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(request)],
            stdout=subprocess.PIPE,
            env=dict(os.environ, DOLPHINML_RUN="load-%d" % os.getpid()),
        )
        self.size, self.longest = 0, 0
        for line in process.stdout:
            self.size += len(line)
            self.longest = max(self.longest, len(line))
        assert process.wait() == 0
        self.megabytes = int((directory / "request.json.peak").read_text()) // 1024


def test_many_lines(tmp_path):
    little = Watched(tmp_path, "echo one").megabytes
    much = Watched(tmp_path, "yes %s | head -c %d" % ("x" * 99, MEGABYTES << 20))
    assert much.size >= MEGABYTES << 20
    assert much.megabytes - little < 30, "%d MB instead of %d MB" % (much.megabytes, little)


def test_one_line_of_50_mb(tmp_path):
    little = Watched(tmp_path, "echo one").megabytes
    much = Watched(tmp_path, "head -c 50000000 /dev/zero | tr '\\0' x; echo; echo end")
    assert much.longest <= 8001 and much.size < 8100
    assert much.megabytes - little < 30, "%d MB instead of %d MB" % (much.megabytes, little)
