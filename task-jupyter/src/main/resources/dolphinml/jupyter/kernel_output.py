# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""How kernels are started and read: all that they print arrives, and never waits in memory for a slow log."""

import os

# Python that runs inside the kernel.
_PACED_OUTPUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "paced_output.py")

# The program that starts an ipykernel.
_START = os.path.join(os.path.dirname(_PACED_OUTPUT), "start_ipykernel.py")

# What may be unread at each end, of at most about a megabyte each.
MOST_MESSAGES = 16


def keep_all_output(manager, kernel_text):
    """Has the manager's clients keep whatever the kernel sends, and its processes write to `kernel_text`.

    By default ZeroMQ holds 1000 messages at each end for a slow reader and drops the rest silently, the one that says
    that the cell has ended as well; a progress bar sends as many in a second.
    """
    make = manager.client

    def client(**kwargs):
        import zmq

        made = make(**kwargs)
        made.context.setsockopt(zmq.RCVHWM, 0)
        return made

    start = manager.start_kernel

    def start_kernel(**kwargs):
        return start(**dict(kwargs, stdout=kernel_text.writer, stderr=kernel_text.writer))

    manager.client, manager.start_kernel = client, start_kernel
    _leave_debugger_out(manager)
    return manager


def _leave_debugger_out(manager):
    command = manager.format_kernel_cmd

    def format_kernel_cmd(*args, **kwargs):
        words = command(*args, **kwargs)
        for index, pair in enumerate(zip(words, words[1:])):
            if pair in (("-m", "ipykernel_launcher"), ("-m", "ipykernel")) and is_ipykernel(words):
                return words[:index] + [_START] + words[index + 2 :]
        return words

    manager.format_kernel_cmd = format_kernel_cmd


def pace_output(manager, client):
    """Has a kernel that can wait do so while its output is not read; of others all is kept, in memory.

    Nobody waits for the answer: the kernel does things in their order.
    """
    if not is_ipykernel(manager.kernel_spec.argv):
        return
    import zmq

    with open(_PACED_OUTPUT, encoding="utf-8") as source:
        program = "exec(compile(%r, 'paced_output.py', 'exec'), {'shell': get_ipython(), 'most_messages': %d})"
        program %= source.read(), MOST_MESSAGES
    client.iopub_channel.socket.setsockopt(zmq.RCVHWM, MOST_MESSAGES)
    # As an expression: while code runs, IPython 9 replaces the streams' method `write`, and puts the old one back after it.
    client.execute("", silent=True, store_history=False, user_expressions={"paced": program})


def is_ipykernel(argv):
    """Whether the kernel is a Python process of this machine and this file system, and no container or remote one."""
    return os.path.basename(argv[0]).startswith("python") and any(word.startswith("ipykernel") for word in argv[1:4])
