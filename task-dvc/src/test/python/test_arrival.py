# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checksums that are taken while a file arrives: they count only for what is there in the end."""

import hashlib
import os
import time

import pytest
from conftest import wait_until

from dolphinml.data.arrival import Arrival

SIZE = 3 << 20
CONTENT = os.urandom(SIZE)
MD5 = hashlib.md5(CONTENT).hexdigest()


def in_order(path):
    with open(path, "wb", buffering=0) as stream:
        for position in range(0, SIZE, 1 << 20):
            stream.write(CONTENT[position : position + (1 << 20)])
            time.sleep(0.05)


def last_part_first(path):
    """As stores do that send parts of a large object side by side."""
    with open(path, "wb", buffering=0) as stream:
        stream.truncate(SIZE)
        for position in reversed(range(0, SIZE, 1 << 20)):
            stream.seek(position)
            stream.write(CONTENT[position : position + (1 << 20)])
            time.sleep(0.05)


def renamed(path):
    in_order(path + ".tmp")
    os.rename(path + ".tmp", path)


@pytest.mark.parametrize("transfer", [in_order, last_part_first, renamed])
def test_a_file_is_verified_while_the_transfer_still_runs(tmp_path, transfer):
    path = str(tmp_path / "data")
    with Arrival({path: MD5}) as arrival:
        transfer(path)
        wait_until(lambda: arrival.is_verified(path), what="the file is verified")
    assert arrival.is_verified(path)


def test_what_is_unread_at_the_end_of_the_transfer_is_read(tmp_path):
    path = tmp_path / "data"
    for _ in range(20):
        with Arrival({str(path): MD5}) as arrival:
            wait_until(lambda arrival=arrival: not arrival._waiting)
            path.write_bytes(CONTENT)
        assert arrival.is_verified(str(path))
        path.unlink()


def test_a_file_with_true_gaps(tmp_path):
    """A copy that leaves zeros out: only the end of the transfer tells that they are no missing parts."""
    path, content = str(tmp_path / "data"), bytes(SIZE) + b"end"
    with Arrival({path: hashlib.md5(content).hexdigest()}) as arrival:
        with open(path, "wb") as stream:
            stream.seek(SIZE)
            stream.write(b"end")
        wait_until(lambda: not arrival._waiting)
    assert arrival.is_verified(path)


def flipped(path):
    with open(path, "wb") as stream:
        stream.write(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))


def cut(path):
    with open(path, "wb") as stream:
        stream.write(CONTENT[:-1])


def longer(path):
    with open(path, "wb") as stream:
        stream.write(CONTENT + b"x")


def nothing(path):
    assert not os.path.exists(path)


@pytest.mark.parametrize("transfer", [flipped, cut, longer, nothing])
def test_other_content_is_not_verified(tmp_path, transfer):
    path, other = str(tmp_path / "data"), str(tmp_path / "other")
    with Arrival({path: MD5, other: MD5}) as arrival:
        transfer(path)
        in_order(other)
        wait_until(lambda: not arrival._waiting)
    assert not arrival.is_verified(path)
    assert arrival.is_verified(other)


def replaced(path):
    flipped(path + ".new")
    os.replace(path + ".new", path)


def written_again(path):
    with open(path, "r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(bytes([CONTENT[-1] ^ 1]))


@pytest.mark.parametrize("change", [replaced, written_again, longer, cut])
def test_what_changes_after_it_was_verified_is_not_verified_any_more(tmp_path, change):
    path = str(tmp_path / "data")
    with Arrival({path: MD5}) as arrival:
        in_order(path)
        wait_until(lambda: arrival.is_verified(path), what="the file is verified")
        change(path)
    assert not arrival.is_verified(path)


def test_a_transfer_that_begins_again_with_other_content(tmp_path):
    path = str(tmp_path / "data")
    with Arrival({path: MD5}) as arrival:
        with open(path, "wb", buffering=0) as stream:
            stream.write(CONTENT[: 1 << 20])
        time.sleep(0.05)
        os.unlink(path)
        flipped(path)
    assert not arrival.is_verified(path)


def test_a_transfer_that_fails_does_not_wait(tmp_path):
    with pytest.raises(ConnectionError):
        with Arrival({str(tmp_path / name): MD5 for name in "abcdefgh"}) as arrival:
            raise ConnectionError
    for thread in arrival._threads:
        wait_until(lambda thread=thread: not thread.is_alive(), what="the thread has ended")
