# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs inside an ipykernel: code that prints waits while its output is unread, as it would at a full pipe.

By default ipykernel accepts whatever is printed, ZeroMQ holds it in memory or drops it, and IPython 9 keeps it forever.
Text written to the file descriptors 1 and 2 takes the same path, once and in order.

This is the only file that uses private parts of ipykernel's streams, which have no public way to make them wait.
test_kernel_internals.py fails if a release of ipykernel no longer has them.

Defined by the caller: `shell`, the kernel's IPython, and `most_messages`. The syntax is plain, because old kernels run on
old Pythons.
"""

import codecs
import os
import select
import sys
import threading
from typing import Any

MOST_CHARACTERS = 1 << 20

# Checking the buffers takes longer than a small write, so this many small writes go through without a check.
MOST_UNSEEN_WRITES = 15
LITTLE = MOST_CHARACTERS // 64


class Pace(object):
    """Replaces what a stream does after each write: sends a full buffer at once, and waits for it."""

    def __init__(self, stream: Any, sender: Any, history: Any) -> None:
        self._schedule_flush = stream._schedule_flush
        self._history = history
        self._stream = stream
        self._sender = sender
        self._waiting = 0
        self._sent = 0
        self._unseen = 0

    def __call__(self) -> None:
        self._schedule_flush()
        if self._unseen:
            self._unseen -= 1
            return
        before, self._waiting = self._waiting, self._unsent()
        if self._waiting - before < LITTLE:
            self._unseen = MOST_UNSEEN_WRITES
        if self._waiting < before:
            self._sent += before
        if self._sent >= MOST_CHARACTERS:
            self._sent = 0
            forget_printed(self._history)
        if self._waiting >= MOST_CHARACTERS:
            self._wait()

    def _wait(self) -> None:
        thread = self._sender.thread
        if threading.current_thread() is thread:
            return
        sent = threading.Event()
        self._sender.schedule(self._stream._flush)
        self._sender.schedule(sent.set)
        while not sent.wait(1) and thread.is_alive():
            pass

    def _unsent(self) -> int:
        buffers = getattr(self._stream, "_buffers", None)
        try:
            texts = [self._stream._buffer] if buffers is None else list(buffers.values())
            return sum(text.tell() for text in texts)
        except (AttributeError, RuntimeError, ValueError):  # it is being sent
            return 0


class Descriptor(object):
    """Replaces the thread that watches a stream's file descriptor.

    ipykernel's own thread also writes what it reads to the descriptor's original target, and it reads whenever it is
    scheduled: text that a library writes there shows up after what Python prints later.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._write = stream.write
        self._flush = stream.flush
        self._process = os.getpid()
        # The unfinished line of a forked process.
        self._forked = ""
        self._lock = threading.RLock()
        self._taking = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reader, writer = os.pipe()
        # An older ipykernel does not store the descriptor's number.
        os.dup2(writer, getattr(stream, "_original_stdstream_fd", {"stdout": 1, "stderr": 2}[stream.name]))
        os.close(writer)
        # _poll is used under the lock, _glance without it.
        self._poll, self._glance = select.poll(), select.poll()
        for poll in (self._poll, self._glance):
            poll.register(self._reader, select.POLLIN)
        stream.write, stream.flush = self.write, self.flush
        # The stream wakes and joins this thread when it is closed.
        stream.watch_fd_thread = threading.Thread(target=self._watch, name="descriptor")
        stream.watch_fd_thread.daemon = True
        stream.watch_fd_thread.start()

    def _watch(self) -> None:
        waiting = select.poll()
        waiting.register(self._reader, select.POLLIN)
        while self._stream._should_watch:
            # An older ipykernel joins this thread without waking it.
            if waiting.poll(1000):
                self.take()

    def take(self) -> None:
        """Prints what has been written to the descriptor so far."""
        # In a forked process only the parent reads.
        if os.getpid() != self._process:
            return
        with self._lock:
            if self._stream._should_watch and self._poll.poll(0):
                self._taking = True
                try:
                    self._write(self._decoder.decode(os.read(self._reader, 65536)))
                finally:
                    self._taking = False

    def write(self, text: str) -> int:
        if os.getpid() != self._process:
            return self._write_forked(text)
        if text != "\n" and self._may_be_first():
            self.take()
        return self._write(text)

    def _may_be_first(self) -> bool:
        """Whether the descriptor has text that is not printed yet. Takes no lock, because most writes find nothing."""
        try:
            # The order matters: what another thread is taking is no longer in the pipe.
            return bool(self._glance.poll(0)) or self._taking
        except RuntimeError:  # another thread is polling too
            return True

    def _write_forked(self, text: str) -> int:
        """Buffers a forked process's writes into lines: each write uses a new connection, and those may be reordered."""
        self._forked += text
        if "\n" in text:
            self._send_forked()
        return len(text)

    def _send_forked(self) -> None:
        text, self._forked = self._forked, ""
        if text:
            self._write(text)

    def flush(self) -> None:
        self._send_forked()
        self.take()
        return self._flush()


def forget_printed(history: Any) -> None:
    """Drops the printed text that IPython keeps for its magic %notebook, unless it is small."""
    kept = getattr(history, "outputs", None) or {}
    for outputs in list(kept.values()):
        for output in outputs:
            del output.bundle.get("stream", [])[:]


def limit_messages(socket: Any, most_messages: int) -> None:
    """Makes the sending thread wait at `most_messages` unread messages; by default ZeroMQ drops those beyond 1000."""
    import zmq

    try:
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        socket.setsockopt(zmq.SNDHWM, most_messages)
    except Exception:  # an older ZeroMQ can only keep everything or drop the rest
        socket.setsockopt(zmq.SNDHWM, 0)


def install(shell: Any, most_messages: int) -> None:
    sender = shell.kernel.iopub_thread
    sender.schedule(lambda: limit_messages(sender.socket, most_messages))
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "pub_thread", None) is sender and hasattr(stream, "_schedule_flush"):
            stream._schedule_flush = Pace(stream, sender, shell.history_manager)
            if getattr(stream, "_should_watch", False):
                Descriptor(stream)


if "most_messages" in globals():
    install(globals()["shell"], globals()["most_messages"])
