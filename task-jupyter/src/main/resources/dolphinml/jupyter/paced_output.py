# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs inside an ipykernel: who prints waits while what was printed is not read, as at a full pipe.

By itself ipykernel takes in whatever is printed, ZeroMQ holds it in memory or drops it, and IPython 9 keeps it forever.
What is written to the file descriptors 1 and 2 goes the same way, once and in order.

What ipykernel keeps private about its streams no other file touches: it has no public way to make them wait.
test_kernel_internals.py fails where a release of ipykernel no longer has it.

Given: `shell`, the kernel's IPython, and `most_messages`. Old kernels run on old Pythons, so this is plain.
"""

import codecs
import os
import select
import sys
import threading
from typing import Any

MOST_CHARACTERS = 1 << 20

# Looking at the buffers takes longer than a small write: while writes are small, so many pass without a look.
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
        except (AttributeError, RuntimeError, ValueError):  # being sent just now
            return 0


class Descriptor(object):
    """Replaces the thread that watches a stream's file descriptor.

    ipykernel's own also writes what it reads to where the descriptor led before, and it reads whenever its turn comes: what
    a library writes there shows up after what Python prints later.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._write = stream.write
        self._flush = stream.flush
        self._process = os.getpid()
        # What a forked process has printed of a line that has not ended.
        self._forked = ""
        self._lock = threading.RLock()
        self._taking = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reader, writer = os.pipe()
        # An older ipykernel does not keep its number.
        os.dup2(writer, getattr(stream, "_original_stdstream_fd", {"stdout": 1, "stderr": 2}[stream.name]))
        os.close(writer)
        # The first one is used under the lock.
        self._poll, self._glance = select.poll(), select.poll()
        for poll in (self._poll, self._glance):
            poll.register(self._reader, select.POLLIN)
        stream.write, stream.flush = self.write, self.flush
        # The stream wakes and joins its thread when it is closed.
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
        """Prints what was written to the descriptor so far."""
        # A forked process reads nothing: its parent does.
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
        """Whether the descriptor has something that is not printed yet. Without the lock: most writes find nothing."""
        try:
            # In this order: what another thread takes is no longer in the pipe.
            return bool(self._glance.poll(0)) or self._taking
        except RuntimeError:  # another thread does the same at this moment
            return True

    def _write_forked(self, text: str) -> int:
        """A forked process sends each write over a connection of its own, and those may arrive in another order."""
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
    """Takes away what IPython keeps of a cell's print for its magic %notebook; of a small one it stays."""
    kept = getattr(history, "outputs", None) or {}
    for outputs in list(kept.values()):
        for output in outputs:
            del output.bundle.get("stream", [])[:]


def limit_messages(socket: Any, most_messages: int) -> None:
    """The thread that sends waits when so many are unread; by default ZeroMQ drops what is more than 1000."""
    import zmq

    try:
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        socket.setsockopt(zmq.SNDHWM, most_messages)
    except Exception:  # an older ZeroMQ can hold all or drop the rest
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
