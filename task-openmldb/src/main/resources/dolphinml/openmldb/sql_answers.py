# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads an answer of OpenMLDB's API server as a stream, so that a large one need not fit into memory.

{"code": 0, "msg": "ok", "dbs": [names], "data": {"schema": [types], "data": [[value, ...], ...]}}
"""

import codecs
import json
from typing import Any, Callable, Iterator, List, Optional

CHUNK = 1 << 16

_DECODER = json.JSONDecoder()


class SqlAnswer:
    """An answer: `rows` are the first rows, `total` is their number in all, `code` is 0 if the statement was carried out."""

    def __init__(self) -> None:
        self.code = -1
        self.message = ""
        self.databases: List[str] = []
        self.types: List[str] = []
        self.rows: List[Any] = []
        self.total = 0


def read_answer(stream: Any, rows: int, write: Optional[Callable[[List[Any]], Any]] = None) -> SqlAnswer:
    """Reads an SqlAnswer that keeps the first `rows`; calls `write(row)` for every row. Raises ValueError if it is invalid."""
    answer = SqlAnswer()
    text = _Text(stream)
    for key in text.keys():
        if key == "data" and text.peek() == "{":
            for inner in text.keys():
                if inner == "schema":
                    answer.types = text.value() or []
                elif inner == "data" and text.peek() == "[":
                    for row in text.items():
                        _take(answer, row, rows, write)
                else:
                    text.value()
        elif key == "code":
            answer.code = text.value()
        elif key == "msg":
            answer.message = text.value()
        elif key == "dbs":
            answer.databases = text.value() or []
        else:
            text.value()
    return answer


def _take(answer: SqlAnswer, row: List[Any], rows: int, write: Optional[Callable[[List[Any]], Any]]) -> None:
    for at, kind in enumerate(answer.types[: len(row)]):
        if kind == "Date" and isinstance(row[at], str):
            row[at] = _date(row[at])
    answer.total += 1
    if len(answer.rows) < rows:
        answer.rows.append(row)
    if write is not None:
        write(row)


def _date(text: str) -> str:
    """Pads a date to two digits each; the API server writes 2020-5-1."""
    parts = text.split("-")
    return "-".join([parts[0]] + [part.zfill(2) for part in parts[1:]]) if len(parts) == 3 else text


class _Text:
    """Parses JSON from a stream of bytes: objects key by key, arrays item by item, everything else at once."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._text = ""
        self._position = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._ended = False

    def keys(self) -> Iterator[Any]:
        """Yields the keys of the next object; the caller must read the value after each key."""
        self._expect("{")
        if self.peek() == "}":
            self._expect("}")
            return
        while True:
            key = self.value()
            self._expect(":")
            yield key
            if self._expect(",}") == "}":
                return

    def items(self) -> Iterator[Any]:
        """Yields the items of the next array."""
        self._expect("[")
        if self.peek() == "]":
            self._expect("]")
            return
        while True:
            yield self.value()
            if self._expect(",]") == "]":
                return

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except ValueError:
                if not self._more():
                    raise ValueError("its answer ended early")
                continue
            # A number at the end of the buffer may be incomplete.
            if end < len(self._text) or not self._more():
                self._position = end
                return value

    def peek(self) -> str:
        """Returns the next character that is not white space."""
        while True:
            while self._position < len(self._text) and self._text[self._position] in " \t\r\n":
                self._position += 1
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._more():
                raise ValueError("its answer ended early")

    def _expect(self, characters: str) -> str:
        found = self.peek()
        if found not in characters:
            raise ValueError("its answer is not the JSON of an API server")
        self._position += 1
        return found

    def _more(self) -> bool:
        """Reads the next chunk; returns False at the end."""
        if self._ended:
            return False
        # The chunk grows with the buffer, so that a long value is not rescanned for every small chunk.
        data = self._stream.read(max(CHUNK, len(self._text) - self._position))
        if not data:
            self._ended = True
            return False
        self._text = self._text[self._position :] + self._decoder.decode(data)
        self._position = 0
        return True
