"""Runs inside an ipykernel: who prints waits while what was printed is not read, as at a full pipe.

By itself ipykernel takes in whatever is printed, ZeroMQ holds it in memory or drops it, and IPython 9 keeps it for ever.
Given: `shell`, the kernel's IPython, and `most_messages`. Old kernels run on old Pythons, so this is plain.
"""

import sys
import threading

MOST_CHARACTERS = 1 << 20


class Pace(object):
    """In the place of what a stream does after each write: sends a full buffer at once, and waits for it."""

    def __init__(self, stream, sender):
        self._schedule_flush = stream._schedule_flush
        self._stream = stream
        self._sender = sender
        self._waiting = 0
        self._sent = 0

    def __call__(self):
        self._schedule_flush()
        before, self._waiting = self._waiting, self._unsent()
        if self._waiting < before:
            self._sent += before
        if self._sent >= MOST_CHARACTERS:
            self._sent = 0
            forget_printed()
        if self._waiting >= MOST_CHARACTERS:
            self._wait()

    def _wait(self):
        thread = self._sender.thread
        if threading.current_thread() is thread:
            return
        sent = threading.Event()
        self._sender.schedule(self._stream._flush)
        self._sender.schedule(sent.set)
        while not sent.wait(1) and thread.is_alive():
            pass

    def _unsent(self):
        buffers = getattr(self._stream, "_buffers", None)
        try:
            texts = [self._stream._buffer] if buffers is None else list(buffers.values())
            return sum(text.tell() for text in texts)
        except (AttributeError, RuntimeError, ValueError):  # being sent just now
            return 0


def forget_printed():
    """Takes away what IPython keeps of a cell's print for its magic %notebook; of a small one it stays."""
    kept = getattr(shell.history_manager, "outputs", None) or {}  # noqa: F821
    for outputs in list(kept.values()):
        for output in outputs:
            del output.bundle.get("stream", [])[:]


def limit_messages(socket):
    """The thread that sends waits when so many are unread; by default ZeroMQ drops what is more than 1000."""
    import zmq

    try:
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        socket.setsockopt(zmq.SNDHWM, most_messages)  # noqa: F821
    except Exception:  # an older ZeroMQ can hold all or drop the rest
        socket.setsockopt(zmq.SNDHWM, 0)


def install(sender):
    sender.schedule(lambda: limit_messages(sender.socket))
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "pub_thread", None) is sender and hasattr(stream, "_schedule_flush"):
            stream._schedule_flush = Pace(stream, sender)


install(shell.kernel.iopub_thread)  # noqa: F821
