# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hashes files while a transfer writes them, so that little is left to read when the transfer ends."""

import collections
import hashlib
import os
import threading
from types import TracebackType
from typing import Dict, Optional, Tuple, Type

from dolphinml.data.checksums import BLOCK

# One thread hashes as fast as most stores deliver.
THREADS = 2
SECONDS_BETWEEN_LOOKS = 0.01


class Arrival:
    """Verifies files while the block that it guards writes them: `with Arrival({path: md5}) as arrival: transfer()`

    The transfer must write each byte of a file exactly once, in any order. A file is left for the caller to verify if its
    MD5 does not match, which is also the case for DVC 2's checksum of a text with Windows line ends.
    """

    def __init__(self, expected: Dict[str, str]) -> None:
        self._waiting = collections.deque(expected.items())
        self._verified: Dict[str, tuple] = {}
        self._ended = threading.Event()
        self._failed = False
        self._threads = [threading.Thread(target=self._work, name="arrival", daemon=True) for _ in range(THREADS)]

    def __enter__(self) -> "Arrival":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._waiting.clear()
        self._failed = kind is not None
        self._ended.set()
        if not self._failed:
            for thread in self._threads:
                thread.join()

    def is_verified(self, path: str) -> bool:
        """Whether the file at this path had the expected MD5 when it was read and has not been changed since."""
        return path in self._verified and self._verified[path] == _stamp(os.stat(path))

    def _work(self) -> None:
        while True:
            try:
                path, md5 = self._waiting.popleft()
            except IndexError:
                return
            try:
                self._follow(path, md5)
            except OSError:
                # The caller meets the same error when it reads the file.
                continue

    def _follow(self, path: str, md5: str) -> None:
        descriptor = self._open(path)
        try:
            digest, position = hashlib.md5(), 0
            while not self._failed:
                ended = self._ended.is_set()
                block = os.pread(descriptor, _readable(descriptor, position, ended), position)
                if block:
                    digest.update(block)
                    position += len(block)
                    continue
                state = os.fstat(descriptor)
                if state.st_size == position and digest.hexdigest() == md5:
                    self._verified[path] = _stamp(state)
                    return
                if ended or state.st_size < position:
                    return
                self._ended.wait(SECONDS_BETWEEN_LOOKS)
        finally:
            os.close(descriptor)

    def _open(self, path: str) -> int:
        while True:
            ended = self._ended.is_set()
            try:
                return os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                if ended:
                    raise
                self._ended.wait(SECONDS_BETWEEN_LOOKS)


def _readable(descriptor: int, position: int, complete: bool) -> int:
    """Returns how many bytes to read next: up to the next hole, which has not been written yet, or BLOCK if complete."""
    if complete:
        return BLOCK
    try:
        return min(BLOCK, os.lseek(descriptor, position, os.SEEK_HOLE) - position)
    except OSError:  # the position is at the end of the file
        return 0


def _stamp(state: os.stat_result) -> Tuple[int, int, int, int]:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
