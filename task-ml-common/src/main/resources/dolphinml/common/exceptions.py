# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Turns exceptions of libraries into one line of text, and finds their causes."""

import errno
import socket
from typing import Iterator, Optional


def message(error: BaseException) -> str:
    """Returns the first paragraph of the exception's message; the name of its type if it has no message."""
    text = str(error).strip() or type(error).__name__
    return " ".join(text.split("\n\n")[0].split())


def message_with_type(error: BaseException) -> str:
    """Returns the message with the exception's type, for unexpected errors."""
    name, line = type(error).__name__, message(error)
    return line if line == name else "%s: %s" % (name, line)


def connection_failure(error: object) -> str:
    """Returns why a server did not answer; `error` is an exception, or the reason in a URLError."""
    if isinstance(error, socket.timeout):
        return "no answer in time"
    strerror = getattr(error, "strerror", None)
    if strerror:
        return strerror
    cause = getattr(error, "reason", None) if isinstance(error, OSError) else None
    return connection_failure(cause) if cause is not None else str(error) or type(error).__name__


def with_causes(error: Optional[BaseException]) -> Iterator[BaseException]:
    """The error and the errors that caused it, each once."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def is_disk_full(error: BaseException) -> bool:
    """Whether a full disk, or a used-up quota, caused the error."""
    return any(isinstance(each, OSError) and each.errno in (errno.ENOSPC, errno.EDQUOT) for each in with_causes(error))
