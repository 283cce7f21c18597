# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the text formats share: opening a file, and the progress of reading it."""

import io
import os
from typing import Optional

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.predict import faults


class TextReader:
    """Reads a UTF-8 file, with or without a byte order mark."""

    def __init__(self, path: str, newline: Optional[str] = None) -> None:
        self._path = path
        self._raw = open(path, "rb")
        self._stream = io.TextIOWrapper(self._raw, encoding="utf-8-sig", newline=newline)

    def share(self) -> float:
        """Returns the fraction of the file that has been read, from 0 to 1."""
        return self._raw.tell() / max(os.fstat(self._raw.fileno()).st_size, 1)

    def close(self) -> None:
        self._raw.close()

    def _not_utf8(self, line: int) -> TaskFailure:
        return faults.input_failure("'%s' is not in UTF-8 after line %d; save it as UTF-8" % (self._path, line))


class TextWriter:
    """Writes a UTF-8 file; closing it syncs it to disk."""

    def __init__(self, path: str, newline: Optional[str] = None) -> None:
        self._stream = open(path, "w", encoding="utf-8", newline=newline)

    def close(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
