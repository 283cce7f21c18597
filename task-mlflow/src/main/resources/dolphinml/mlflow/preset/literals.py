# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Parses `name=value;name=value`, where the values are Python literals. Nothing is ever executed.

A value that is a plain word (`kernel=rbf`, `objective=multi:softprob`) is returned as a `Word`, a text that the
caller may refuse; `true`, `false` and `none` may be in upper or lower case.
"""

import ast
import re
from typing import Any, Dict, List, Tuple

from dolphinml.mlflow.preset.training_failure import TrainingFailure

DEEPEST = 50

_OPENING = {"(": ")", "[": "]", "{": "}"}
_WORD = re.compile(r"^[^\W\d][\w.:/-]*$")
_CONSTANTS = {"true": True, "false": False, "none": None, "null": None}


class Word(str):
    """A text written without quotes."""


def parse_literals(text: str, field: str) -> Dict[str, Any]:
    """Returns the values by name, in order; `field` is the text's name in the form. Raises TrainingFailure."""
    values = {}
    for part in _split_at_semicolons(text or ""):
        if part.strip():
            name, value = _pair(part.strip(), field)
            if name in values:
                raise TrainingFailure("%s: '%s' is given twice; give each name once" % (field, name))
            values[name] = value
    return values


def _split_at_semicolons(text: str) -> List[str]:
    """Splits the text at the semicolons outside quotes and brackets."""
    parts, begin, closing, quote, escaped = [], 0, [], None, False
    for at, letter in enumerate(text):
        if quote:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == quote:
                quote = None
        elif letter in "'\"":
            quote = letter
        elif letter in _OPENING:
            closing.append(_OPENING[letter])
        elif closing and letter == closing[-1]:
            closing.pop()
        elif letter == ";" and not closing:
            parts.append(text[begin:at])
            begin = at + 1
    return parts + [text[begin:]]


def _pair(part: str, field: str) -> Tuple[str, Any]:
    name, equals, written = part.partition("=")
    name, written = name.strip(), written.strip()
    if not equals or not name.isidentifier():
        raise TrainingFailure("%s: '%s' is not of the form name=value; parts are separated by ';'" % (field, part))
    return name, _value(written, part, field)


def _value(written: str, part: str, field: str) -> Any:
    if not written:
        raise TrainingFailure("%s: '%s' has no value; write '' for an empty text" % (field, part))
    if written.lower() in _CONSTANTS:
        return _CONSTANTS[written.lower()]
    if sum(written.count(bracket) for bracket in _OPENING) > DEEPEST and _depth(written) > DEEPEST:
        raise TrainingFailure("%s: '%s...' is nested too deeply; at most %d levels" % (field, part[:40], DEEPEST))
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        if _WORD.match(written):
            return Word(written)
    raise not_a_literal(field, part)


def not_a_literal(field: str, part: str) -> TrainingFailure:
    return TrainingFailure(
        "%s: '%s' is not a Python literal; write a number, a text in quotes, True, False, None, or a list of these such as "
        "[1, 2]; parts are separated by ';'" % (field, part)
    )


def _depth(written: str) -> int:
    deepest = depth = 0
    for letter in written:
        depth += (letter in _OPENING) - (letter in _OPENING.values())
        deepest = max(deepest, depth)
    return deepest
