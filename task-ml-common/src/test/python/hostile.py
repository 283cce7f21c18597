# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Texts that break careless programs, for the tests that hand them through our programs to the tools.

DOLPHINML_FUZZ_CASES and DOLPHINML_FUZZ_SEED say how many cases there are, and which. Half surrogates are not among the
texts: the worker refuses them (InjectionFuzzTest).
"""

import contextlib
import os
import random
import re

CASES = int(os.environ.get("DOLPHINML_FUZZ_CASES") or 300)
SEED = int(os.environ.get("DOLPHINML_FUZZ_SEED") or 1)

#: Whoever runs one of these texts leaves a file of this name.
CANARY = "CANARY"

PIECES = [
    "'",
    '"',
    "''",
    "'\\''",
    "\\",
    "\\\\",
    "\\n",
    "$(touch CANARY)",
    "`touch CANARY`",
    ";touch CANARY;",
    "&& touch CANARY",
    "|touch CANARY",
    "> CANARY\n",
    "<(touch CANARY)",
    "\n>CANARY\n",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "  ",
    "\0",
    "-",
    "--",
    "-c",
    "--help",
    "-rf /",
    "-P",
    "*",
    "[a-z]*",
    "{a,b}",
    "{a}",
    "{",
    "}",
    "{{",
    "~",
    "!",
    "!!",
    "#",
    " # ",
    "%s%n%d",
    "%(a)s",
    "$",
    "$$",
    "$HOME",
    "${nope}",
    "${x:-$(touch CANARY)}",
    "$((1+1))",
    "$'\\x41'",
    "EOF\n",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "|",
    "&",
    "=",
    "a=b",
    ",",
    ":",
    ": ",
    "- ",
    "@",
    "\x01",
    "\x1b[31m",
    "\x7f",
    "\x85",
    "\xa0",
    "\u2028",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "\uffff",
    "中文",
    "ß",
    "e\u0301",
    "\U0001f600",
    "word",
    "x",
    "0",
    "007",
    "1.0",
    "nan",
    "null",
    "true",
    "yes",
    "../../etc/hosts",
    "/",
    "//",
    ".",
    "..",
    "-- -x",
    "<script>",
    "'; DROP TABLE t; --",
    "?",
    "\\u0000",
    "%00",
    "\nRUN touch CANARY\n",
    "*anchor",
    "&anchor x",
    "!!python/x",
]


class Texts:
    """The same seed and the same name give the same texts."""

    def __init__(self, name):
        self.random = random.Random("%s %d" % (name, SEED))

    def text(self):
        """Any text: mostly some pieces, at times an empty or a very long one."""
        kind = self.random.randrange(60)
        if kind == 0:
            return ""
        return "".join(self.random.choice(PIECES) for _ in range(3000 if kind == 1 else self.random.randint(1, 6)))

    def texts(self, most=3):
        return [self.text() for _ in range(self.random.randint(0, most))]

    def maybe(self, usual, of=3):
        """A hostile text once in so many times, else the usual one."""
        return self.text() if self.random.randrange(of) == 0 else usual


def cases(name):
    """Yields Texts once for each case; says the seed, and how to have the cases again."""
    print("The seed is %d; DOLPHINML_FUZZ_SEED=%d DOLPHINML_FUZZ_CASES=%d gives the same cases." % (SEED, SEED, CASES))
    for number in range(CASES):
        print("case %d" % number, end="\r")
        yield Texts("%s %d" % (name, number))


def is_refusal(sentence, fields):
    """Whether this is a refusal as people need it: it begins with one of the fields, and says what would be right."""
    return re.match(r"(%s): .*[;(]" % "|".join(map(re.escape, fields)), sentence, re.DOTALL) is not None


class Recorder:
    """Stands for a program: writes how it was started, and exits with 1 where `fails` (bash) is true."""

    def __init__(self, directory, name, fails="false"):
        self._records = directory / (name + ".records")
        program = directory / name
        program.write_text("#!/bin/bash\nprintf '%%s\\0' \"$#\" \"$@\" >>'%s'\nif %s; then exit 1; fi\n" % (self._records, fails))
        program.chmod(0o755)

    def starts(self):
        """The argument lists of all starts since the last call."""
        if not self._records.exists():
            return []
        words, starts = self._records.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1], []
        while words:
            count = int(words[0])
            starts.append(words[1 : count + 1])
            del words[: count + 1]
        self._records.unlink()
        return starts


@contextlib.contextmanager
def nothing_else_ran(directory):
    """Fails if a text was run as a command in this directory, or by a shell that stands in it."""
    before = os.getcwd()
    os.chdir(str(directory))
    try:
        yield
        assert not (directory / CANARY).exists(), "a text was run"
    finally:
        os.chdir(before)
