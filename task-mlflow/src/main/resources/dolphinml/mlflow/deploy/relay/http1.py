# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 as the relay accepts it: parses heads, finds the end of a body, and encodes what is forwarded.

Strict where two parsers could see different messages in the same bytes (RFC 9112, section 11.2): such a message is
rejected, never repaired. Forwarded heads are re-encoded from their parts, so the next parser sees one form only.
A table in test_http1_cases.py lists the decision for each case.
"""

import re
from typing import Callable, Dict, FrozenSet, Iterable, List, Optional, Set, Tuple, TypeVar

LONGEST_HEAD = 64 * 1024
MOST_FIELDS = 256
LONGEST_CHUNK_LINE = 4 * 1024
LONGEST_TRAILER = 16 * 1024
MOST_EMPTY_LINES = 4

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_BEGINNING = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}(\Z| )")
_VERSION = re.compile(rb"HTTP/[0-9]\.[0-9]\Z")
_TARGET = re.compile(rb"[\x21-\x7e]+\Z")
_ABSOLUTE = re.compile(rb"[hH][tT][tT][pP][sS]?://([^/?#]+)(.*)\Z", re.DOTALL)
_HOST = re.compile(rb"[0-9A-Za-z._~!$&'()*+,;=:%\[\]-]*\Z")
_LENGTH = re.compile(rb"[0-9]{1,18}\Z")
_STATUS = re.compile(rb"[1-5][0-9][0-9]\Z")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?\Z", re.DOTALL)

# Every byte allowed in a head, including line ends: RFC 9110, section 5.5.
_TEXT = bytes([9, 10, 13]) + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))

# Fields that apply to one connection, not to the message.
_HOP_BY_HOP: FrozenSet[bytes] = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"))

# A client that lists these in its Connection field would change the message that the next server sees.
_NEVER_DROPPED = frozenset((b"content-length", b"transfer-encoding", b"host"))

_FRAMING = frozenset((b"content-length", b"transfer-encoding"))

# Common field names and their lower case; a cache that saves most of the checking.
_KNOWN_NAMES: Dict[bytes, bytes] = {}
_MOST_KNOWN_NAMES = 512

#: Parsed heads by their bytes: a client repeats the same head, and so does a server within one second.
REQUESTS: Dict[bytes, "Request"] = {}
RESPONSES: Dict[Tuple[bytes, bytes], "Response"] = {}
MOST_REMEMBERED = 256
LONGEST_REMEMBERED = 2048

NO_BODY = "none"
LENGTH = "length"
CHUNKED = "chunked"
UNTIL_CLOSE = "until close"

LAST_CHUNK = b"0\r\n\r\n"

#: Methods that may be retried although the server may have received the first request: RFC 9110, section 9.2.2.
IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))


_Key = TypeVar("_Key")
_Head = TypeVar("_Head", "Request", "Response")

#: A field's name, its value, and its name in lower case.
Field = Tuple[bytes, bytes, bytes]
#: The values of each field, by its name in lower case.
Values = Dict[bytes, List[bytes]]


class BadMessage(Exception):
    """The message is not HTTP/1.1 as the relay accepts it; `status` is the status to answer a client with."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Request:
    """The head of a request, immutable once parsed. `fields` are (name, value, name in lower case); `kind`
    and `length` say how the body ends."""

    __slots__ = ("method", "target", "is_1_0", "fields", "kind", "length", "keeps_alive", "dropped", "names_host", "_encoded")
    method: bytes
    target: bytes
    is_1_0: bool
    fields: List[Field]
    kind: str
    length: int
    keeps_alive: bool
    dropped: FrozenSet[bytes]
    names_host: bool
    #: Cache of the last `encode`: its arguments and its result.
    _encoded: Optional[Tuple[Optional[bytes], Optional[bytes], bytes]]

    def encode(self, host: Optional[bytes], forwarded_for: Optional[bytes]) -> bytes:
        """Returns the head to forward; `host` is used if an HTTP/1.0 client sent no Host field."""
        encoded = self._encoded
        if encoded is None or encoded[:2] != (host, forwarded_for):
            encoded = self._encoded = (host, forwarded_for, self._encode(host, forwarded_for))
        return encoded[2]

    def _encode(self, host: Optional[bytes], forwarded_for: Optional[bytes]) -> bytes:
        lines = [self.method + b" " + self.target + b" HTTP/1.1"]
        dropped = self.dropped
        lines += [name + b": " + value for name, value, lower in self.fields if lower not in dropped]
        if host is not None:
            lines.append(b"Host: " + host)
        if forwarded_for is not None:
            lines.append(b"X-Forwarded-For: " + forwarded_for)
        lines.append(b"\r\n")
        return b"\r\n".join(lines)

    @property
    def repeatable(self) -> bool:
        return self.method in IDEMPOTENT and self.kind == NO_BODY


class Response:
    """The head of a response, immutable once parsed; `kind` and `length` say how the body ends."""

    __slots__ = ("status", "reason", "fields", "kind", "length", "keeps_alive", "dropped", "_encoded")
    status: int
    reason: bytes
    fields: List[Field]
    kind: str
    length: int
    keeps_alive: bool
    dropped: FrozenSet[bytes]
    _encoded: Optional[Tuple[Optional[bytes], bool, bytes]]

    def encode(self, connection: Optional[bytes], without_framing: bool = False) -> bytes:
        """Returns the head to send to the client; `connection` is the value of its Connection field, or None."""
        encoded = self._encoded
        if encoded is None or encoded[:2] != (connection, without_framing):
            encoded = self._encoded = (connection, without_framing, self._encode(connection, without_framing))
        return encoded[2]

    def _encode(self, connection: Optional[bytes], without_framing: bool) -> bytes:
        lines = [b"HTTP/1.1 %d " % self.status + self.reason]
        dropped = self.dropped
        if without_framing:
            dropped = dropped | {b"transfer-encoding"}
        lines += [name + b": " + value for name, value, lower in self.fields if lower not in dropped]
        if connection is not None:
            lines.append(b"Connection: " + connection)
        lines.append(b"\r\n")
        return b"\r\n".join(lines)


def _header_lines(data: bytes) -> List[bytes]:
    """Returns the lines of a head; `data` reaches from its first byte to the empty line."""
    if data.translate(None, _TEXT):
        raise BadMessage("the header has control characters")
    lines = data.split(b"\r\n")
    if data.count(b"\n") != len(lines) - 1 or data.count(b"\r") != len(lines) - 1:
        raise BadMessage("a line of the header does not end with CR LF")
    if len(lines) > MOST_FIELDS + 3:
        raise BadMessage("the header has more than %d fields" % MOST_FIELDS, 431)
    return lines[:-2]


def _lower(name: bytes) -> bytes:
    lower = _KNOWN_NAMES.get(name)
    if lower is None:
        # Servers disagree about folded lines and about whitespace before the colon.
        if not _TOKEN.match(name):
            raise BadMessage("a header line is malformed")
        lower = name.lower()
        if len(_KNOWN_NAMES) < _MOST_KNOWN_NAMES and len(name) < 64:
            _KNOWN_NAMES[name] = lower
    return lower


def _fields(lines: List[bytes], blanks_before_colon: bool = False) -> List[Field]:
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadMessage("a header line has no colon")
        if blanks_before_colon:
            name = name.rstrip(b" \t") if name[:1] not in (b" ", b"\t") else name
        fields.append((name, value.strip(b" \t"), _lower(name)))
    return fields


def _values_of_field(fields: List[Field], wanted: bytes) -> List[bytes]:
    return [value for _, value, lower in fields if lower == wanted]


def _tokens(values: Iterable[bytes]) -> Set[bytes]:
    return {part.strip(b" \t").lower() for value in values for part in value.split(b",")} - {b""}


def _start_of_request(line: bytes) -> Tuple[bytes, bytes, bool]:
    """Returns (method, target, whether it is HTTP/1.0)."""
    start = line.split(b" ")
    if len(start) != 3 or not _TOKEN.match(start[0]) or not _TARGET.match(start[1]):
        raise BadMessage("the request line is malformed")
    method, target, version = start
    if version == b"HTTP/1.1":
        return method, target, False
    if version == b"HTTP/1.0":
        return method, target, True
    if _VERSION.match(version):
        raise BadMessage("the version is neither HTTP/1.1 nor HTTP/1.0", 505)
    raise BadMessage("the request line is malformed")


def _remembered(heads: Dict[_Key, _Head], key: _Key, data: bytes, head: _Head) -> _Head:
    if len(data) <= LONGEST_REMEMBERED:
        if len(heads) >= MOST_REMEMBERED:
            heads.clear()
        heads[key] = head
    return head


def parse_request(data: bytes) -> Request:
    """Parses the head of a request, from its first byte to the empty line."""
    return REQUESTS.get(data) or _remembered(REQUESTS, data, data, _parse_request(data))


def _parse_request(data: bytes) -> Request:
    lines = _header_lines(data)
    request = Request()
    request._encoded = None
    request.method, request.target, request.is_1_0 = _start_of_request(lines[0])
    request.fields = _fields(lines[1:])
    names: Values = {}
    for _, value, lower in request.fields:
        names.setdefault(lower, []).append(value)
    _check_host(request, names)
    request.names_host = b"host" in names
    _frame_request(request, names)
    tokens = _tokens(names[b"connection"]) if b"connection" in names else ()
    request.keeps_alive = b"keep-alive" in tokens if request.is_1_0 else b"close" not in tokens
    request.dropped = _HOP_BY_HOP.union(tokens) - _NEVER_DROPPED if tokens else _HOP_BY_HOP
    if b"expect" in names:
        _check_expectation(request, names[b"expect"])
    return request


def _check_host(request: Request, names: Values) -> None:
    hosts = names.get(b"host", ())
    if len(hosts) > 1 or not hosts and not request.is_1_0:
        raise BadMessage("there is not one Host field")
    if hosts and not _HOST.match(hosts[0]):
        raise BadMessage("the Host field is malformed")
    target = request.target
    if target[:1] == b"/" or target == b"*" and request.method == b"OPTIONS":
        return
    if request.method == b"CONNECT":
        raise BadMessage("this server is not a proxy", 501)
    absolute = _ABSOLUTE.match(target)
    if not absolute or not _HOST.match(absolute.group(1)):
        raise BadMessage("the request target is malformed")
    # An absolute target overrides the Host field: RFC 9112, section 3.2.2.
    host, rest = absolute.groups()
    request.target = rest if rest[:1] == b"/" else b"/" + rest
    request.fields = [field for field in request.fields if field[2] != b"host"] + [(b"Host", host, b"host")]


def _frame_request(request: Request, names: Values) -> None:
    codings, lengths = names.get(b"transfer-encoding"), names.get(b"content-length")
    if codings is not None:
        if lengths is not None:
            raise BadMessage("both Transfer-Encoding and Content-Length are set")
        if request.is_1_0:
            raise BadMessage("HTTP/1.0 has no Transfer-Encoding")
        if len(codings) != 1 or codings[0].lower() != b"chunked":
            raise BadMessage("the transfer coding is not 'chunked'", 501)
        request.kind, request.length = CHUNKED, 0
    else:
        request.length = _length(lengths) if lengths is not None else 0
        request.kind = LENGTH if request.length else NO_BODY


def _length(lengths: List[bytes]) -> int:
    if len(lengths) != 1 or not _LENGTH.match(lengths[0]):
        raise BadMessage("Content-Length is not one number")
    return int(lengths[0])


def _check_expectation(request: Request, values: List[bytes]) -> None:
    if request.is_1_0:
        request.dropped = request.dropped | {b"expect"}
    elif _tokens(values) != {b"100-continue"}:
        raise BadMessage("the expectation is not '100-continue'", 417)


def read_request(data: bytes) -> Tuple[Optional[Request], bytes]:
    """Returns (the request that `data` begins with, or None while its head is incomplete; the bytes after the head)."""
    begin = 0
    while data[begin : begin + 2] == b"\r\n":  # an empty line or two may come first: RFC 9112, section 2.2
        begin += 2
        if begin > 2 * MOST_EMPTY_LINES:
            raise BadMessage("there are empty lines in place of a request")
    end = data.find(b"\r\n\r\n", begin)
    if end < 0 or end - begin > LONGEST_HEAD:
        beginning = data[begin:]
        if beginning not in (b"", b"\r"):
            _check_beginning(beginning)
        return None, data
    return parse_request(data[begin : end + 4]), data[end + 4 :]


def _check_beginning(data: bytes) -> None:
    """Rejects early data that cannot become the head of a request, whatever follows."""
    if data[0] == 0x16:
        raise BadMessage("TLS was spoken, and this port takes plain HTTP")
    if len(data) > LONGEST_HEAD:
        raise BadMessage("the header is longer than %d bytes" % LONGEST_HEAD, 431)
    if not _BEGINNING.match(data):
        raise BadMessage("the request line is malformed")
    whole = data[:-1] if data[-1:] == b"\r" else data
    ends = whole.count(b"\r\n")
    if whole.count(b"\n") != ends or whole.count(b"\r") != ends:
        raise BadMessage("a line of the header does not end with CR LF")
    line, end, _ = data.partition(b"\r\n")
    if end:
        _start_of_request(bytes(line))


def parse_response(data: bytes, method: bytes) -> Response:
    """Parses the head of the response to a request with this method."""
    key = data, method
    return RESPONSES.get(key) or _remembered(RESPONSES, key, data, _parse_response(data, method))


def _parse_response(data: bytes, method: bytes) -> Response:
    lines = _header_lines(data)
    version, _, rest = lines[0].partition(b" ")
    status, _, reason = rest.partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or not _STATUS.match(status):
        raise BadMessage("the status line is malformed")
    response = Response()
    response._encoded = None
    response.status, response.reason = int(status), reason
    response.fields = _fields(lines[1:], blanks_before_colon=True)
    tokens = _tokens(_values_of_field(response.fields, b"connection"))
    response.dropped = _HOP_BY_HOP.union(tokens) - _NEVER_DROPPED if tokens else _HOP_BY_HOP
    response.keeps_alive = b"close" not in tokens and version == b"HTTP/1.1"
    _frame_response(response, method)
    return response


def _frame_response(response: Response, method: bytes) -> None:
    response.kind, response.length = NO_BODY, 0
    codings = _values_of_field(response.fields, b"transfer-encoding")
    lengths = _values_of_field(response.fields, b"content-length")
    if response.status < 200 or response.status == 204:
        response.dropped = response.dropped | _FRAMING
        return
    if codings and (lengths or len(codings) != 1 or codings[0].lower() != b"chunked"):
        raise BadMessage("where the body ends is not clear")
    if lengths:
        response.length = _length(lengths)
    if method == b"HEAD" or response.status == 304:
        response.length = 0
    elif codings:
        response.kind = CHUNKED
    elif not lengths:
        response.kind, response.keeps_alive = UNTIL_CLOSE, False
    elif response.length:
        response.kind = LENGTH


class ChunkedBody:
    """Decodes a chunked body incrementally. Chunk extensions and trailers are checked and dropped."""

    def __init__(self) -> None:
        self.done = False
        self._line = b""
        self._left = 0  # bytes left of the current chunk
        self._reads: Callable[[bytes], None] = self._size
        self._trailer: List[bytes] = []
        self._trailer_length = 0

    def feed(self, data: bytes) -> Tuple[List[bytes], bytes]:
        """Returns (pieces of the body, the bytes after its end)."""
        pieces = []
        position, end = 0, len(data)
        while position < end and not self.done:
            if self._left:
                piece = data[position : position + self._left]
                pieces.append(piece)
                self._left -= len(piece)
                position += len(piece)
                if not self._left:
                    self._reads = self._end_of_chunk
                continue
            newline = data.find(b"\n", position)
            stop = newline + 1 if newline >= 0 else end
            self._line += data[position:stop]
            position = stop
            if self._reads == self._end_of_chunk and not b"\r\n".startswith(self._line):
                raise BadMessage("a chunk is longer than its size")
            if len(self._line) > LONGEST_CHUNK_LINE:
                raise BadMessage("a line of the chunked body is longer than %d bytes" % LONGEST_CHUNK_LINE)
            if newline < 0:
                # A CR that is not the last byte is not followed by LF.
                if b"\r" in self._line[:-1]:
                    raise BadMessage("a line of the chunked body does not end with CR LF")
                continue
            if self._line[-2:-1] != b"\r" or b"\r" in self._line[:-2]:
                raise BadMessage("a line of the chunked body does not end with CR LF")
            line, self._line = self._line[:-2], b""
            self._reads(line)
        return pieces, data[position:]

    def _size(self, line: bytes) -> None:
        found = _CHUNK_LINE.match(line)
        if not found or line.translate(None, _TEXT):
            raise BadMessage("a chunk's size is malformed")
        self._left = int(found.group(1), 16)
        if not self._left:
            self._reads = self._trailer_line

    def _end_of_chunk(self, _: bytes) -> None:
        self._reads = self._size

    def _trailer_line(self, line: bytes) -> None:
        if not line:
            _fields(self._trailer)
            self.done = True
            return
        self._trailer_length += len(line)
        if self._trailer_length > LONGEST_TRAILER or len(self._trailer) >= MOST_FIELDS:
            raise BadMessage("the trailer is longer than %d bytes" % LONGEST_TRAILER, 431)
        if line.translate(None, _TEXT):
            raise BadMessage("the trailer has control characters")
        self._trailer.append(line)


def encode_chunks(pieces: List[bytes]) -> bytes:
    parts: List[bytes] = []
    for piece in pieces:
        parts += (b"%x\r\n" % len(piece), piece, b"\r\n")
    return b"".join(parts)
