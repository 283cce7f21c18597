# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The private names of nbclient and ipykernel are what these releases of them have them for."""

import json
import os
import re
import subprocess

import pytest
from conftest import ROOTS

NBCLIENT = """
import inspect
from nbclient import NotebookClient, __version__
found = {
    "version": [int(number) for number in __version__.split(".")[:2]],
    "_async_poll_output_msg": list(inspect.signature(NotebookClient._async_poll_output_msg).parameters),
    "_async_check_alive": list(inspect.signature(NotebookClient._async_check_alive).parameters),
    "_async_poll_kernel_alive": hasattr(NotebookClient, "_async_poll_kernel_alive"),
}
"""

IPYKERNEL = """
import threading, zmq
from ipykernel import version_info
from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.session import Session
sender = IOPubThread(zmq.Context.instance().socket(zmq.PUB))
sender.start()
OutStream.flush_interval = 900
stream = OutStream(Session(), sender, "stdout")
stream.write("abc")
# An older ipykernel has the thread write what was printed.
ran = threading.Event()
sender.schedule(ran.set)
ran.wait(90)
buffers = getattr(stream, "_buffers", None)
texts = [stream._buffer] if buffers is None else list(buffers.values())
found = {
    "version": version_info[0],
    "waiting": sum(text.tell() for text in texts),
    "methods": [name for name in ("_schedule_flush", "_flush", "write", "flush") if callable(getattr(stream, name))],
    "sender": stream.pub_thread is sender and ran.is_set() and sender.thread.is_alive() and hasattr(sender.socket, "setsockopt"),
    "watches": getattr(stream, "_should_watch", False) and isinstance(stream.watch_fd_thread, threading.Thread),
}
"""


def found(runner, program):
    """What the program finds out in the environment of the notebooks."""
    file = runner.directory / "found.json"
    variables = dict(os.environ)
    # ipykernel leaves file descriptors alone where it sees it.
    variables.pop("PYTEST_CURRENT_TEST", None)
    end = "import json, os, sys\nwith open(sys.argv[1], 'w') as stream: json.dump(found, stream)\nos._exit(0)\n"
    subprocess.run([runner.python, "-c", program + end, str(file)], env=variables, check=True)
    return json.loads(file.read_text())


def test_nbclient(runner):
    facts = found(runner, NBCLIENT)
    assert facts["_async_poll_output_msg"] == ["self", "parent_msg_id", "cell", "cell_index"]
    assert facts["_async_check_alive"] == ["self"]
    assert facts["_async_poll_kernel_alive"] is (facts["version"] >= [0, 4])


def test_ipykernel(runner):
    facts = found(runner, IPYKERNEL)
    assert facts["waiting"] == 3 and facts["sender"] is True
    assert facts["methods"] == ["_schedule_flush", "_flush", "write", "flush"]
    assert facts["watches"] is (facts["version"] >= 6)


@pytest.mark.parametrize(
    "private, file",
    [
        (r"\._async_\w+|from nbclient[\w.]* import _", "observed_client.py"),
        (r"\b_?stream\._\w+|\._should_watch|\.watch_fd_thread|from ipykernel[\w.]* import _", "paced_output.py"),
    ],
    ids=["nbclient", "ipykernel"],
)
def test_no_other_program_uses_private_names(private, file):
    programs = sorted((ROOTS[-1] / "jupyter").glob("*.py"))
    assert [each.name for each in programs if re.search(private, each.read_text(encoding="utf-8"))] == [file]
