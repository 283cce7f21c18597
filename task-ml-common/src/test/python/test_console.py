# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The log: whole lines, plain, masked, bounded."""

import io
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "main/resources"))

from dolphinml.common.console import LONGEST_LINE, Console, LineFolder, bounded, plain  # noqa: E402
from dolphinml.common.masking import Secrets  # noqa: E402


class Log:
    def __init__(self, *secrets, margin=""):
        self.stream = io.BytesIO()
        self.console = Console(self.stream, Secrets(secrets))
        self.now = 0.0
        self.folder = LineFolder(self.console, margin, clock=lambda: self.now)

    @property
    def lines(self):
        return self.stream.getvalue().decode("utf-8").split("\n")[:-1]


@pytest.fixture
def log():
    return Log()


def test_what_a_worker_no_longer_reads_goes_into_a_file(tmp_path):
    reader, writer = os.pipe()
    rest = tmp_path / "rest"
    console = Console(os.fdopen(writer, "wb", 0), Secrets(["s3cret"]), str(rest))
    console.line("read")
    assert os.read(reader, 100) == b"read\n" and not rest.exists()
    os.close(reader)
    console.line("not read, s3cret")
    console.block(["the", "end"])
    assert rest.read_text() == "not read, ******\nthe\nend\n" and rest.stat().st_mode & 0o777 == 0o600


def test_nothing_breaks_when_the_file_cannot_be_written_either(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    console = Console(os.fdopen(writer, "wb", 0), rest=str(tmp_path / "removed" / "rest"))
    console.line("lost")
    console.line("lost too")


def test_a_text_is_written_as_lines(log):
    log.console.line("a\r\nb\rc\x00\x1b[31md\x1b[0m\te")
    assert log.lines == ["a", "b", "cd\te"]


def test_a_signal_in_the_middle_of_a_write_loses_nothing():
    reader, writer = os.pipe()
    interrupted = []
    before = signal.signal(signal.SIGUSR1, lambda *_: interrupted.append(True))
    text = "x" * 99 + "\n"
    read = []

    def read_slowly():
        # The pipe is full when the signal comes, and the writer waits in the middle of its data.
        while select.select([], [writer], [], 0)[1]:
            time.sleep(0.01)
        while not interrupted:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
            time.sleep(0.1)
        for data in iter(lambda: os.read(reader, 65536), b""):
            read.append(data)

    thread = threading.Thread(target=read_slowly)
    thread.start()
    try:
        with os.fdopen(writer, "wb", 0) as stream:
            Console(stream).line(text * 20000)
    finally:
        signal.signal(signal.SIGUSR1, before)
        thread.join()
        os.close(reader)
    assert b"".join(read).decode() == text * 20000 + "\n"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("\x1b[1;32mx\x1b[0m", "x"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[?25lx\x1b[2K", "x"),
        ("\x1bMx", "x"),
        ("a\bb", "ab"),
        ("中文\u00e9", "中文\u00e9"),
    ],
)
def test_terminal_sequences_are_left_out(text, expected):
    assert plain(text) == expected


def test_a_long_line_is_cut_with_its_size(log):
    log.console.line("中" * LONGEST_LINE)
    assert len(log.lines[0].encode("utf-8")) <= LONGEST_LINE
    assert log.lines[0].endswith(" ... [line cut, %d bytes in all]" % (3 * LONGEST_LINE))
    assert bounded("x" * LONGEST_LINE) == "x" * LONGEST_LINE


def test_what_cannot_be_encoded_does_no_harm(log):
    log.console.line("lone \udc80 surrogate")
    assert log.lines == ["lone ? surrogate"]


def test_pieces_become_lines():
    log = Log(margin="  | ")
    for piece in ("a", "b\nc", "\n\nd"):
        log.folder.feed(piece)
    assert log.lines == ["  | ab", "  | c", "  | "]
    log.folder.close()
    assert log.lines[-1] == "  | d"
    log.folder.close()
    assert len(log.lines) == 4


def test_windows_line_ends(log):
    log.folder.feed("a\r\nb\r")
    log.folder.feed("\nc\r\n")
    assert log.lines == ["a", "b", "c"]


def test_a_bar_is_shown_now_and_then_and_at_its_end(log):
    for step in range(1001):
        log.now += 0.01
        log.folder.feed("\r%d%%" % (step // 10))
    log.folder.feed("\n")
    assert log.lines == ["0%", "50%", "100%"]


def test_a_bar_that_clears_itself_keeps_its_last_state(log):
    log.folder.feed("\r 50%\r100%")
    log.folder.feed("\r     \r")
    log.folder.close()
    assert log.lines[-1] == "100%"


def test_a_bar_in_one_piece(log):
    log.folder.feed("".join("\r%d/3000" % step for step in range(3001)) + "\nafter\n")
    assert log.lines == ["3000/3000", "after"]


def test_nested_bars_do_not_flood(log):
    """As tqdm prints them: down by a line end, the inner bar, and up again."""
    for step in range(500):
        log.now += 0.01
        log.folder.feed("\router %d" % step)
        log.folder.feed("\n\rinner %d\x1b[A" % step)
    log.folder.feed("\ndone\n")
    assert len(log.lines) < 8
    assert log.lines[-1] == "done"


def test_a_line_without_end_takes_no_memory_and_is_shown_with_its_size(log):
    for _ in range(1000):
        log.folder.feed("x" * 50000)
    assert len(log.folder._line.text) <= 4 * LONGEST_LINE
    assert log.lines == []
    log.folder.feed("\nnext\n")
    assert log.lines[0].endswith("[line cut, 50000000 bytes in all]")
    assert log.lines[1] == "next"


def test_a_secret_that_comes_in_pieces_is_masked():
    log = Log("s3cret-value")
    for character in "token s3cret-value\n":
        log.folder.feed(character)
    assert log.lines == ["token ******"]


@pytest.mark.parametrize("at", range(LONGEST_LINE - 40, LONGEST_LINE + 5, 3))
def test_no_half_of_a_secret_where_a_line_is_cut(at):
    log = Log("s3cret-value")
    log.folder.feed("x" * at + "s3cret-value" + "y" * 100000 + "\n")
    assert "s3c" not in log.lines[0] and len(log.lines[0]) <= LONGEST_LINE


def test_a_coloured_secret_is_masked():
    log = Log("s3cret-value")
    log.console.line("s3c\x1b[31mret-va\x1b[0mlue")
    assert log.lines == ["******"]


def test_many_lines_at_once(log):
    """Were each line to cost as much as all after it, this would take hours."""
    text = "".join("line %d of many with some text in it\n" % number for number in range(300000))
    begin = time.monotonic()
    log.folder.feed(text)
    assert time.monotonic() - begin < 300
    assert len(log.lines) == 300000


def test_secrets_in_the_spellings_of_json_and_python():
    secret = "a\"b\\c'd 中文"
    log = Log(secret)
    log.console.line("%s|%r|%s" % (secret, secret, __import__("json").dumps(secret)))
    assert "中文" not in log.lines[0] and "4e2d" not in log.lines[0] and 'a"b' not in log.lines[0]


def test_each_line_of_a_secret_and_no_short_word():
    secrets = Secrets(["first line\nsecond line", "ab"])
    assert secrets.mask("the second line, and ab") == "the ******, and ab"
