# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Configures how kernels are started and read: no waiting longer than necessary, no output lost."""

import inspect
import os
from queue import Empty
from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from jupyter_client.client import KernelClient
    from jupyter_client.manager import KernelManager

    from dolphinml.jupyter.kernel_text import KernelText

# Python that runs inside the kernel.
_PACED_OUTPUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "paced_output.py")

# The program that starts an ipykernel.
_START = os.path.join(os.path.dirname(_PACED_OUTPUT), "start_ipykernel.py")

# How many messages may be unread at each end; a message has at most about a megabyte.
MOST_MESSAGES = 16

# How long ZeroMQ waits before it tries again to connect to a kernel, in milliseconds; its default is 100.
RECONNECT_MILLISECONDS = 10


def prepare_manager(manager: "KernelManager", kernel_text: "KernelText") -> "KernelManager":
    """Makes the manager's clients keep everything the kernel sends, and its processes write to `kernel_text`.

    By default ZeroMQ holds 1000 messages at each end for a slow reader and silently drops the rest, including the one
    that says that the cell has ended; a progress bar can send that many in a second.
    """
    import zmq

    make = manager.client

    def client(**kwargs: Any) -> "KernelClient":
        made = make(**kwargs)
        made.context.setsockopt(zmq.RCVHWM, 0)
        made.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
        _ready_when_idle(made)
        return made

    # Applies to the control socket, on which the shutdown is requested.
    manager.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)

    start = manager.start_kernel

    def start_kernel(**kwargs: Any) -> Any:
        return start(**dict(kwargs, stdout=kernel_text.writer, stderr=kernel_text.writer))

    manager.client, manager.start_kernel = client, start_kernel
    _leave_debugger_out(manager)
    return manager


def _ready_when_idle(client: "KernelClient") -> None:
    """Makes `wait_for_ready` return as soon as the kernel has published that it is idle.

    jupyter_client reads what a kernel publishes until nothing has come for 0.2 s. After the first request a kernel publishes
    that it is busy and then that it is idle: a client that has read both is subscribed, and what follows belongs to the
    notebook. If a kernel does not publish them, jupyter_client's own wait applies.
    """
    wait = client.wait_for_ready

    async def wait_for_ready(*args: Any, **kwargs: Any) -> None:
        channel = client.iopub_channel
        receive, idle = channel.get_msg, False

        async def get_msg(*args: Any, **kwargs: Any) -> Dict[str, Any]:
            nonlocal idle
            if idle:
                raise Empty
            message = await receive(*args, **kwargs)
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            return message

        channel.get_msg = get_msg
        try:
            ready = wait(*args, **kwargs)
            if inspect.isawaitable(ready):
                await ready
        finally:
            channel.get_msg = receive

    client.wait_for_ready = wait_for_ready


def _leave_debugger_out(manager: "KernelManager") -> None:
    command = manager.format_kernel_cmd

    def format_kernel_cmd(*args: Any, **kwargs: Any) -> List[str]:
        words = command(*args, **kwargs)
        for index, pair in enumerate(zip(words, words[1:])):
            if pair in (("-m", "ipykernel_launcher"), ("-m", "ipykernel")) and is_ipykernel(words):
                return words[:index] + [_START] + words[index + 2 :]
        return words

    manager.format_kernel_cmd = format_kernel_cmd


def pace_output(manager: "KernelManager", client: "KernelClient") -> None:
    """Makes the kernel pause while its output is unread, if it can; the output of other kernels is kept in memory.

    There is no need to wait for the reply, because the kernel handles requests in order.
    """
    if not is_ipykernel(manager.kernel_spec.argv):
        return
    import zmq

    with open(_PACED_OUTPUT, encoding="utf-8") as source:
        program = "exec(compile(%r, 'paced_output.py', 'exec'), {'shell': get_ipython(), 'most_messages': %d})"
        program %= source.read(), MOST_MESSAGES
    client.iopub_channel.socket.setsockopt(zmq.RCVHWM, MOST_MESSAGES)
    # Sent as an expression: while code runs, IPython 9 replaces the streams' method `write` and restores it afterwards.
    client.execute("", silent=True, store_history=False, user_expressions={"paced": program})


def is_ipykernel(argv: List[str]) -> bool:
    """Whether the kernel is a Python process on this machine and file system, not in a container or remote."""
    return os.path.basename(argv[0]).startswith("python") and any(word.startswith("ipykernel") for word in argv[1:4])
