"""As much of HTTP/1.1 as a relay needs: heads, and where a body ends. Everything else passes through untouched."""

import re

LONGEST_HEAD = 64 * 1024

_TOKEN = re.compile(rb"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_VERSION = re.compile(rb"^HTTP/1\.[01]$")

# Fields that speak about one connection and not about the message.
_HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"upgrade"}

# A client that names these in its Connection field would change where the next server sees the body end.
_NEVER_DROPPED = {b"content-length", b"transfer-encoding", b"host"}

NO_BODY = "none"
LENGTH = "length"
CHUNKED = "chunked"
UNTIL_CLOSE = "until close"


class BadMessage(Exception):
    """What came is not HTTP/1.1 as the relay accepts it."""


class Framing:
    """How a body ends: `kind` is one of the four above, `length` counts for LENGTH."""

    def __init__(self, kind, length=0):
        self.kind = kind
        self.length = length


class Head:
    """A start line in three parts and the header fields in their order, all bytes."""

    def __init__(self, start, fields):
        self.start = start
        self.fields = fields

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name]

    def tokens(self, name):
        found = set()
        for value in self.values(name):
            found.update(part.strip().lower() for part in value.split(b","))
        return found - {b""}

    def encode(self, extra=()):
        """The head for the next connection: fields of the last one are left out, `extra` are added."""
        dropped = _HOP_BY_HOP | (self.tokens(b"connection") - _NEVER_DROPPED)
        lines = [b" ".join(self.start)]
        lines += [name + b": " + value for name, value in self.fields if name.lower() not in dropped]
        lines += [name + b": " + value for name, value in extra]
        return b"\r\n".join(lines) + b"\r\n\r\n"


def _fields(lines):
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        # A folded line, or a blank before the colon, is read differently by different servers: never passed on.
        if not colon or not _TOKEN.match(name):
            raise BadMessage("a header line is malformed")
        value = value.strip(b" \t")
        if b"\0" in value or b"\r" in value or b"\n" in value:
            raise BadMessage("a header value has control characters")
        fields.append((name, value))
    return fields


def _lines(data):
    if b"\n" in data.replace(b"\r\n", b""):
        raise BadMessage("a line of the head does not end with CR LF")
    return data[: -len(b"\r\n\r\n")].split(b"\r\n")


def parse_request(data):
    """The head of a request, from its first byte to the empty line."""
    lines = _lines(data)
    start = lines[0].split(b" ")
    if len(start) != 3 or not _TOKEN.match(start[0]) or not start[1] or not _VERSION.match(start[2]):
        raise BadMessage("the request line is malformed")
    return Head(start, _fields(lines[1:]))


def parse_response(data):
    lines = _lines(data)
    start = lines[0].split(b" ", 2)
    if len(start) < 2 or not _VERSION.match(start[0]) or not re.match(rb"^[1-5][0-9][0-9]$", start[1]):
        raise BadMessage("the status line is malformed")
    return Head(start, _fields(lines[1:]))


def _declared(head):
    """The framing that the header fields declare, or None."""
    codings = head.values(b"transfer-encoding")
    lengths = set(head.values(b"content-length"))
    if codings:
        if lengths:
            raise BadMessage("both Transfer-Encoding and Content-Length are set")
        if b",".join(codings).strip().lower() != b"chunked":
            raise BadMessage("the transfer coding is not 'chunked'")
        return Framing(CHUNKED)
    if not lengths:
        return None
    if len(lengths) > 1 or not re.match(rb"^[0-9]{1,18}$", next(iter(lengths))):
        raise BadMessage("Content-Length is not one number")
    length = int(next(iter(lengths)))
    return Framing(LENGTH, length) if length else Framing(NO_BODY)


def request_framing(head):
    return _declared(head) or Framing(NO_BODY)


def response_framing(head, method):
    status = int(head.start[1])
    if method == b"HEAD" or status < 200 or status in (204, 304):
        return Framing(NO_BODY)
    return _declared(head) or Framing(UNTIL_CLOSE)


def keeps_alive(head):
    """Whether the client of this request expects the connection to stay."""
    tokens = head.tokens(b"connection")
    if head.start[2] == b"HTTP/1.0":
        return b"keep-alive" in tokens
    return b"close" not in tokens


def chunk_size(line):
    """The size that a chunk's first line tells; the extension is ignored."""
    text = line.split(b";", 1)[0].strip()
    if not re.match(rb"^[0-9A-Fa-f]{1,15}$", text):
        raise BadMessage("a chunk's size is malformed")
    return int(text, 16)
