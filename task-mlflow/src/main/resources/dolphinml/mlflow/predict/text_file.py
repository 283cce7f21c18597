# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the formats of text have in common: how a file is opened, and how far it has been read."""

import io
import os
from typing import Optional

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.predict import faults


class TextReader:
    """A file of UTF-8, with or without a byte order mark."""

    def __init__(self, path: str, newline: Optional[str] = None) -> None:
        self._path = path
        self._raw = open(path, "rb")
        self._stream = io.TextIOWrapper(self._raw, encoding="utf-8-sig", newline=newline)

    def share(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return self._raw.tell() / max(os.fstat(self._raw.fileno()).st_size, 1)

    def close(self) -> None:
        self._raw.close()

    def _not_utf8(self, line: int) -> TaskFailure:
        return faults.input_failure("'%s' is not in UTF-8 after line %d; save it as UTF-8" % (self._path, line))


class TextWriter:
    """A file of UTF-8 that is on the disk once it is closed."""

    def __init__(self, path: str, newline: Optional[str] = None) -> None:
        self._stream = open(path, "w", encoding="utf-8", newline=newline)

    def close(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
