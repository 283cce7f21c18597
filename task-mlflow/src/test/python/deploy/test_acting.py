# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What root does as another user."""

import os
import pwd
import signal
import subprocess
import time

import pytest
from conftest import alive, wait_until

from dolphinml.common.program import TaskFailure
from dolphinml.deployments import acting

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root acts for other users")


@pytest.fixture
def number():
    return pwd.getpwnam("nobody").pw_uid


def test_it_says_and_returns_what_the_user_would(number):
    said = []

    def work(say):
        say([os.getresuid(), sorted(os.environ)])
        say("two\nlines")
        return {"in": os.getcwd()}

    assert acting.as_user(number, work, said.append) == {"in": "/"}
    (users, variables), text = said
    assert users == [number] * 3 and text == "two\nlines"
    assert set(variables) <= {"HOME", "USER", "LOGNAME", *acting.KEPT_VARIABLES}


def test_it_fails_with_the_users_reason(number):
    def fail(say):
        raise TaskFailure("no such thing")

    with pytest.raises(TaskFailure, match="^no such thing$"):
        acting.as_user(number, fail, print)
    with pytest.raises(TaskFailure, match="Permission denied.*shadow"):
        acting.as_user(number, lambda say: open("/etc/shadow").read(), print)


def test_a_child_that_is_ended_or_does_not_answer_is_reported(number):
    with pytest.raises(TaskFailure, match="'nobody' was ended in the middle"):
        acting.as_user(number, lambda say: os.kill(os.getpid(), signal.SIGKILL), print)
    with pytest.raises(TaskFailure, match="'nobody' has something that does not answer"):
        acting.as_user(number, lambda say: time.sleep(900), print, seconds=0)


def test_with_an_interrupt_goes_what_it_has_started(number):
    started = []

    def work(say):
        say(subprocess.Popen(["sleep", "900"]).pid)
        time.sleep(900)

    def interrupted(pid):
        started.append(pid)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acting.as_user(number, work, interrupted)
    wait_until(lambda: not alive(started[0]))
