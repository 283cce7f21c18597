# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads an answer of OpenMLDB's API server piece by piece, so that a large one need not fit into memory.

{"code": 0, "msg": "ok", "dbs": [names], "data": {"schema": [types], "data": [[value, ...], ...]}}
"""

import codecs
import json
from typing import Any, Callable, Iterator, List, Optional

CHUNK = 1 << 16

_DECODER = json.JSONDecoder()


class SqlAnswer:
    """`rows` are the first ones, `total` says how many there were. `code` is 0 for what was carried out."""

    def __init__(self) -> None:
        self.code = -1
        self.message = ""
        self.databases: List[str] = []
        self.types: List[str] = []
        self.rows: List[Any] = []
        self.total = 0


def read_answer(stream: Any, rows: int, write: Optional[Callable[[List[Any]], Any]] = None) -> SqlAnswer:
    """Reads an SqlAnswer that keeps the first `rows`; `write(row)` gets each of them. ValueError if it is something else."""
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
    """The API server writes dates as 2020-5-1."""
    parts = text.split("-")
    return "-".join([parts[0]] + [part.zfill(2) for part in parts[1:]]) if len(parts) == 3 else text


class _Text:
    """JSON from a stream of bytes: objects key by key, arrays item by item, everything else as a whole."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._text = ""
        self._position = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._ended = False

    def keys(self) -> Iterator[Any]:
        """The keys of the object that comes next; after each of them its value must be read."""
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
        """The items of the array that comes next."""
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
            # A number at the end of what was read may be incomplete.
            if end < len(self._text) or not self._more():
                self._position = end
                return value

    def peek(self) -> str:
        """The next character that is not white space."""
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
        """Reads on; False at the end."""
        if self._ended:
            return False
        # What is kept grows with what is missing, so a long value is not scanned again for each chunk.
        data = self._stream.read(max(CHUNK, len(self._text) - self._position))
        if not data:
            self._ended = True
            return False
        self._text = self._text[self._position :] + self._decoder.decode(data)
        self._position = 0
        return True
