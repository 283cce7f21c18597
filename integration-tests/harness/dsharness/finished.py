# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A workflow that has run: states, outputs and logs of its tasks."""

import re

from dsharness.client import out_parameters
from dsharness.waiting import wait_until

#: What the server puts before each message of a task's log.
_HEAD = re.compile(r"^\[[A-Z]+\] \S+ \S+ [+-]\d{4} - ?")

#: Lines of the worker itself, before and after the task's own.
_OF_THE_WORKER = (
    "Begin to ",
    "Set task ",
    "End initialize",
    "TenantCode:",
    "ProcessExecDir:",
    "Resources:",
    "Task plugin:",
    "Success ",
    "task run command:",
    "process start",
    "process has exited",
    "Send task execute result",
    "Remove the current task",
    "The current execute mode",
    "FINALIZE_SESSION",
    "Get a exception",
    "#!/bin/bash",
    "BASEDIR=",
    "cd $BASEDIR",
    "source ",
    "exec env ",
)


class Finished:
    """One workflow instance at its end."""

    def __init__(self, project, instance, state):
        self.project = project
        self.instance = instance
        self.state = state

    def task(self, name):
        return self.project.task(self.instance, name)

    def attempts(self, name):
        """All task instances of that name, the first attempt first."""
        return sorted(self.project.attempts(self.instance, name), key=lambda each: each["id"])

    def logs(self, name):
        """The log of each attempt."""
        return [self.project.log(each["id"]) for each in self.attempts(name)]

    def outputs(self, name):
        return out_parameters(self.task(name))

    def log(self, name):
        return self.project.log(self.task(name)["id"])

    def printed(self, name, words):
        """Whether a line of the task begins so. The stock SHELL task of 3.1 may write its last lines after its end."""
        try:
            return wait_until(lambda: any(line.startswith(words) for line in self.lines(name)))
        except AssertionError:
            return False

    def lines(self, name):
        """What the task itself said, line by line, without the worker's frame."""
        return own_lines(self.log(name))


def own_lines(log):
    """The lines of a task's log that the task wrote: no heads, none of the worker's own messages."""
    lines = []
    for raw in log.splitlines():
        line = _HEAD.sub("", raw)
        if line.startswith("-> "):
            line = line[3:]
        elif line.startswith(" -> "):
            line = line[4:]
        elif raw.startswith("\t"):
            line = raw[1:]
        if line.strip() and not line.startswith(_OF_THE_WORKER):
            lines.append(line)
    return lines
