# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a model server printed before it ended, and what of it is the cause."""

import subprocess
import sys

import pytest
from conftest import wait_until

from dolphinml.mlflow.deploy.serving import causes, crash_loop

WRAPPER = """Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "mlflow/pyfunc/backend.py", line 326, in serve
    raise Exception(
Exception: Command '['bash', '-c', 'exec uvicorn']' returned non zero return code. Return code = 1
"""
OWN = """Traceback (most recent call last):
  File "<dynamic-code>", line 9, in load_context
KeyError: 'weights'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "<dynamic-code>", line 11, in load_context
    raise ValueError(
    ^^^^^^^^^^^^^^^^^
ValueError: the weights are not there
"""


@pytest.mark.parametrize(
    "printed, cause",
    [
        ("", None),
        ("INFO: started\nWARNING: Exception: not at the end of a traceback", None),
        (OWN, "ValueError: the weights are not there"),
        (OWN + WRAPPER, "ValueError: the weights are not there"),
        (WRAPPER, "Exception: Command '['bash', '-c', 'exec uvicorn']' returned non zero return code. Return code = 1"),
        (
            "Process SpawnProcess-2:\n" + OWN + "INFO:     Waiting for child process [3158]\n",
            "ValueError: the weights are not there",
        ),
        ("".join("[12] " + line + "\n" for line in OWN.splitlines()) + "[12] bye", "ValueError: the weights are not there"),
        # The other stream's lines come between.
        (OWN.replace("    raise", "about to load\nINFO:     Waiting\n    raise"), "ValueError: the weights are not there"),
        (OWN.replace("ValueError: the", "it has ended\nValueError: the"), "ValueError: the weights are not there"),
        ("Traceback (most recent call last):\n" + "bye\n" * 6 + "Later: not of it", None),
        (
            OWN.replace("ValueError", "botocore.exceptions.NoCredentialsError"),
            "botocore.exceptions.NoCredentialsError: the weights are not there",
        ),
        (
            OWN + 'Traceback (most recent call last):\n  File "gunicorn/arbiter.py"\ngunicorn.errors.HaltServer: '
            "<HaltServer 'Worker failed to boot.' 3>\n",
            "ValueError: the weights are not there",
        ),
    ],
)
def test_the_last_exception_that_is_the_servers_own(printed, cause):
    assert causes.last_exception(printed.splitlines()) == cause


def test_a_missing_package_is_named():
    assert causes.missing_package("ModuleNotFoundError: No module named 'lightgbm.basic'") == "lightgbm"
    assert causes.missing_package("ValueError: No module named 'lightgbm'") is None
    assert causes.missing_package(None) is None


PARENT = """
import subprocess, sys
def child():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(%s)  # worker" % sys.argv[1]])
children = [child(), child()]
while True:
    for place, one in enumerate(children):
        if one.poll() is not None:
            children[place] = child()
    if sys.stdin in __import__("select").select([sys.stdin], [], [], 0.05)[0]:
        break
for one in children:
    one.kill()
    one.wait()
"""


@pytest.fixture(params=["0.3", "900"])
def server(request):
    """A process with two workers, which live so many seconds each."""
    started = subprocess.Popen([sys.executable, "-c", PARENT, request.param], stdin=subprocess.PIPE)
    started.fails = request.param != "900"
    yield started
    started.stdin.close()
    started.wait()


def test_workers_that_die_again_and_again_are_seen(server):
    watch, looks = crash_loop.CrashLoop(2), []

    def look():
        looks.append(watch.has_failed(crash_loop.descendants(server.pid)))
        return looks[-1] or not server.fails and len(looks) > 50

    wait_until(look)
    assert looks[-1] == server.fails


def test_helpers_of_a_start_are_no_workers():
    watch = crash_loop.CrashLoop(2)
    for number in range(100):
        assert not watch.has_failed([(1, 0, "server"), (2, 1, "worker"), (10 + number, 2, "compile file-%s.c" % ("x" * number))])
