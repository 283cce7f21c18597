"""A task whose programs print a lot: the log takes all of it, and memory stays what it is."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "main/resources"

#: DOLPHINML_LOG_MEGABYTES=1024 makes it a gigabyte.
MEGABYTES = int(os.environ.get("DOLPHINML_LOG_MEGABYTES") or 50)

PROGRAM = """
import subprocess, sys
sys.path.insert(0, %r)
from dolphinml.common import program
program.run(lambda task: subprocess.check_call(["bash", "-c", task.request["command"]]) and None)
""" % str(RESOURCES)


class Watched:
    """A run of a program, with what it printed counted and its most memory in MB."""

    def __init__(self, directory, command):
        request = directory / "request.json"
        request.write_text(json.dumps({"command": command, "secrets": ["s3cret-value"]}))
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(request)], stdout=subprocess.PIPE,
                                   env=dict(os.environ, DOLPHINML_RUN="load-%d" % os.getpid()))
        self._memory = {}
        watcher = threading.Thread(target=self._watch, args=(process.pid,))
        watcher.start()
        self.size, self.longest = 0, 0
        for line in process.stdout:
            self.size += len(line)
            self.longest = max(self.longest, len(line))
        assert process.wait() == 0
        watcher.join()

    def _watch(self, pid):
        try:
            while True:
                with open("/proc/%d/status" % pid) as status:
                    found = dict(line.split(":", 1) for line in status)
                if "VmHWM" not in found:
                    return
                self._memory = found
                time.sleep(0.02)
        except OSError:
            pass

    @property
    def megabytes(self):
        return int(self._memory["VmHWM"].split()[0]) // 1024


def test_many_lines(tmp_path):
    little = Watched(tmp_path, "echo one; sleep 0.5").megabytes
    much = Watched(tmp_path, "yes %s | head -c %d" % ("x" * 99, MEGABYTES << 20))
    assert much.size >= MEGABYTES << 20
    assert much.megabytes - little < 30, "%d MB instead of %d MB" % (much.megabytes, little)


def test_one_line_of_50_mb(tmp_path):
    little = Watched(tmp_path, "echo one; sleep 0.5").megabytes
    much = Watched(tmp_path, "head -c 50000000 /dev/zero | tr '\\0' x; echo; echo end; sleep 0.5")
    assert much.longest <= 8001 and much.size < 8100
    assert much.megabytes - little < 30, "%d MB instead of %d MB" % (much.megabytes, little)
