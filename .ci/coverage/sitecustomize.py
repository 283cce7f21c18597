# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the line recorder in pytest and in our programs, and in no other Python process that has this folder on PYTHONPATH."""

import re
import sys

_OURS = re.compile(r"(^|\s|/(python|resources)/)dolphinml[./]|^pytest$")

# The recorder needs Python 3.9.
if sys.version_info >= (3, 9):
    with open("/proc/self/cmdline", encoding="utf-8", errors="replace") as _stream:
        _words = _stream.read().split("\0")[1:]
    if any(map(_OURS.search, _words)):
        import line_recorder

        line_recorder.start()
