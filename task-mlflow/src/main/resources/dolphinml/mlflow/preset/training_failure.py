# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What ends a training early, in one sentence."""


class TrainingFailure(Exception):
    """The training cannot succeed. `str(failure)` is one sentence for people: the field, the fault, what is right."""


def first_line(error):
    """What an exception of a library says, in one line."""
    text = str(error).strip() or type(error).__name__
    return " ".join(text.split("\n\n")[0].split())


def reason(error):
    """The same with the exception's type, for errors that were not foreseen."""
    line = first_line(error)
    return line if line == type(error).__name__ else "%s: %s" % (type(error).__name__, line)
