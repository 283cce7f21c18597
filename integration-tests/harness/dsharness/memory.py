# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How much memory processes take."""

import threading

from dsharness.processes import living


class Peaks:
    """The most memory of each process with `entry` ("NAME=value") in its environment, in MB, watched while this is open."""

    def __init__(self, entry):
        self._entry = entry
        self._most = {}
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self):
        self._watcher.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._watcher.join()

    def _watch(self):
        while not self._done.wait(0.05):
            for pid in living(self._entry):
                try:
                    with open("/proc/%d/status" % pid, encoding="utf-8") as status:
                        found = dict(line.split(":", 1) for line in status)
                except OSError:  # it has ended
                    continue
                if "VmHWM" in found:
                    self._most[pid] = int(found["VmHWM"].split()[0]) // 1024

    def of(self, pid):
        return self._most[pid]

    def largest(self, but=None):
        """That of the process with the most, `but` one."""
        return max(most for pid, most in self._most.items() if pid != but)
