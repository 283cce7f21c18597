# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts background programs and ends each with everything it started."""

import os
import signal
import subprocess
import time
import uuid

#: In the environment of all that a Program starts, whatever session or parent it ends up with.
MARKER = "DSHARNESS_RUN"


def python_path(*folders):
    """PYTHONPATH of a program that also finds modules in these folders, before those that this process finds by it."""
    return os.pathsep.join([str(folder) for folder in folders] + list(filter(None, [os.environ.get("PYTHONPATH")])))


class NotStarted(Exception):
    """A background program ended or stayed silent; the message holds the end of its log."""


def alive(pid):
    """Whether the process is there, and not only its exit code for its parent."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def signal_all(pids, number=signal.SIGKILL):
    """Sends the signal to those that still are there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def living(entry):
    """The ids of the processes with `entry` ("NAME=value") in their environment; needs /proc, else empty."""
    found, wanted = set(), os.fsencode(entry)
    if not os.path.isdir("/proc/self"):
        return found
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open("/proc/%s/environ" % name, "rb") as environ:
                if wanted in environ.read().split(b"\0"):
                    found.add(int(name))
        except OSError:
            pass
    return found


def end_all(marker, grace=0.0):
    """Ends every process of the run `marker`; those that live `grace` seconds after SIGTERM by SIGKILL."""
    entry = "%s=%s" % (MARKER, marker)
    deadline = time.monotonic() + grace
    number = signal.SIGTERM
    while True:
        left = living(entry)
        if not left:
            return
        if time.monotonic() >= deadline:
            number = signal.SIGKILL
        if time.monotonic() >= deadline + 60:
            raise NotStarted("these processes could not be ended: %s" % sorted(left))
        signal_all(left, number)
        time.sleep(0.1)


class Program:
    """One background program with a log file, in a session of its own."""

    def __init__(self, argv, log, env=None, cwd=None):
        self.log = log
        self.marker = uuid.uuid4().hex
        environment = dict(os.environ if env is None else env)
        environment[MARKER] = self.marker
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "ab") as stream:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self):
        return self.process.pid

    def tail(self, lines=20):
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def wait_until(self, ready, seconds, what):
        """Polls `ready()` until it is true; raises NotStarted when the program ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                raise NotStarted(
                    "%s ended with code %s; the end of %s:\n%s" % (what, self.process.returncode, self.log, self.tail())
                )
            if time.monotonic() > deadline:
                raise NotStarted("%s did not answer within %d s; the end of %s:\n%s" % (what, seconds, self.log, self.tail()))
            time.sleep(0.2)

    def stop(self, grace=15.0):
        """Ends the program by SIGTERM, after `grace` seconds by SIGKILL, and then all that it left behind."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(60)
        end_all(self.marker, grace=2.0)
