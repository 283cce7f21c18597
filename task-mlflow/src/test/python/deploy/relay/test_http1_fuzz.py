# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The relay's parser against h11's: what one takes and the other refuses is decided here, and nothing else may differ.

DOLPHINML_FUZZ_CASES and DOLPHINML_FUZZ_SEED choose how many messages and which; a build tries some thousand.
"""

import os
import random

import h11
import pytest
from test_http1_cases import REFUSED, TAKEN

from dolphinml.mlflow.deploy.relay import http1

CASES = int(os.environ.get("DOLPHINML_FUZZ_CASES", "5000"))
SEED = int(os.environ.get("DOLPHINML_FUZZ_SEED", "1"))

NAMES = [
    b"Host",
    b"Content-Length",
    b"Transfer-Encoding",
    b"Connection",
    b"Expect",
    b"A",
    b"content-length",
    b"TE",
    b"Trailer",
    b"X-" + 40 * b"y",
    b"Upgrade",
    b"Transfer_Encoding",
    b"Content-Length\x0b",
    b"",
    b"A b",
]
VALUES = [
    b"x",
    b"",
    b"0",
    b"3",
    b"5",
    b"03",
    b"+3",
    b"-1",
    b"3, 3",
    b"3,4",
    b"0x3",
    b"1_0",
    b"chunked",
    b"Chunked",
    b"gzip, chunked",
    b"chunked, chunked",
    b"chunked;a",
    b" chunked",
    b"\tchunked ",
    b"close",
    b"keep-alive",
    b"close, x",
    b"100-continue",
    b"\xe9",
    b"a\x00b",
    b"a\x01b",
    b"a\x7fb",
    b"a\tb",
    b"a\rb",
    b"localhost:80",
    b"99999999999999999999",
    b"x y",
    b"x/y",
]
TARGETS = [
    b"/",
    b"/a?b",
    b"*",
    b"http://x/",
    b"x",
    b"/\xe9",
    b"/a b",
    b"",
    b"/a#b",
    b"x:80",
    b"//x",
    b"/" + 300 * b"a",
    b"https://y",
]
METHODS = [b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT", b"get", b"P OST", b"", b"SPAM", b"G\x01T", b"PUT", b"G(T"]
VERSIONS = [b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.10", b"HTTP/0.9", b"", b"HTTP/11"]
ENDS = [b"\r\n"] * 30 + [b"\n", b"\r", b"\r\r\n", b" \r\n", b"\r\n "]
SIZES = [
    b"3",
    b"03",
    b"3;a",
    b'3;a="b"',
    b"3 ",
    b"3 ;a",
    b" 3",
    b"0x3",
    b"",
    b"g",
    b"-3",
    b"+3",
    b"3" + 20 * b"0",
    b"00000000000000000003",
    b"3;a\x01",
]


def mostly(chance, usual, others, share=0.85):
    return usual if chance.random() < share else chance.choice(others)


def head(chance):
    end = lambda: mostly(chance, b"\r\n", ENDS, 0.97)  # noqa: E731
    lines = [b" ".join((mostly(chance, b"POST", METHODS), mostly(chance, b"/", TARGETS), chance.choice(VERSIONS))) + end()]
    fields = [(b"Host", b"x")] if chance.random() < 0.9 else []
    if chance.random() < 0.5:
        fields.append((b"Content-Length", mostly(chance, b"3", VALUES)))
    if chance.random() < 0.4:
        fields.append((b"Transfer-Encoding", mostly(chance, b"chunked", VALUES)))
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        fields.append((chance.choice(NAMES), chance.choice(VALUES)))
    chance.shuffle(fields)
    for name, value in fields:
        lines.append(name + mostly(chance, b": ", [b":", b" : ", b":\t", b" :", b";"], 0.95) + value + end())
    return b"".join(lines) + end()


def chunks(chance):
    parts = []
    for _ in range(chance.choice([0, 1, 1, 2])):
        parts.append(
            mostly(chance, b"3", SIZES)
            + mostly(chance, b"\r\n", ENDS, 0.97)
            + mostly(chance, b"abc", [b"ab", b"abcd", b"\r\n\r"], 0.95)
            + mostly(chance, b"\r\n", ENDS, 0.97)
        )
    trailer = mostly(
        chance, b"", [b"A: b\r\n", b"A\r\n", b" A: b\r\n", b"A : b\r\n", b"Content-Length: 5\r\n", b"A: \x00\r\n", b"A: b\n"]
    )
    return b"".join(parts) + mostly(chance, b"0", [b"00", b"0;a", b"0 ", b"", b"-0"], 0.95) + b"\r\n" + trailer + b"\r\n"


def message(chance):
    kind = chance.random()
    if kind < 0.05:
        data = chance.choice(REFUSED).sent
    elif kind < 0.1:
        data = chance.choice(TAKEN).sent
    else:
        data = head(chance)
        data += chunks(chance) if b"chunked" in data.lower() else b"abc"[: chance.choice([3, 3, 3, 0, 2])]
    for _ in range(chance.choice([0, 0, 0, 0, 1, 2])):
        place = chance.randrange(len(data) + 1)
        data = chance.choice(
            [
                data[:place] + bytes([chance.randrange(256)]) + data[place:],
                data[:place] + data[place + 1 :],
                data[:place] + chance.choice([b"\r\n", b"\n", b"\r", b" ", b"\0", b":", b","]) + data[place:],
            ]
        )
    return data


#: What a reader makes of a message: "refused", "incomplete", or (method, target, version 1.0, body, rest).


def ours(data, step):
    """Fed in pieces, as the relay does."""
    try:
        rest, position, request = b"", 0, None
        while request is None:
            if position >= len(data):
                return "incomplete"
            rest += data[position : position + step]
            position += step
            request, rest = http1.read_request(rest)
        if request.kind == http1.NO_BODY:
            return request.method, request.target, request.is_1_0, b"", rest + data[position:]
        if request.kind == http1.LENGTH:
            rest += data[position:]
            if len(rest) < request.length:
                return "incomplete"
            return request.method, request.target, request.is_1_0, rest[: request.length], rest[request.length :]
        reader, body = http1.ChunkedBody(), b""
        while True:
            pieces, rest = reader.feed(rest)
            body += b"".join(pieces)
            if reader.done:
                return request.method, request.target, request.is_1_0, body, rest + data[position:]
            if position >= len(data):
                return "incomplete"
            rest = data[position : position + step]
            position += step
    except http1.BadMessage:
        return "refused"


def of_h11(data):
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=http1.LONGEST_HEAD)
    reader.receive_data(data)
    body, request = b"", None
    try:
        while True:
            event = reader.next_event()
            if event is h11.NEED_DATA:
                return "incomplete"
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return "refused"
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return request.method, request.target, request.http_version == b"1.0", body, reader.trailing_data[0]
    except h11.RemoteProtocolError:
        return "refused"


def fields_of(data):
    return data.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")


def values(data, name):
    found = []
    for line in fields_of(data)[1:]:
        field, _, value = line.partition(b":")
        if field.strip(b" \t\r").lower() == name:
            found.append(value.strip(b" \t\r"))
    return found


def has_bare_line_ends(data):
    whole = data.replace(b"\r\n", b"")
    return b"\n" in whole or b"\r" in whole


def has_control_characters(data):
    return any(byte < 32 and byte not in (9, 10, 13) or byte == 127 for byte in data)


#: Where we refuse and h11 does not: (the decision, whether it is about this message).
STRICTER = [
    ("LF alone is not an end of a line, CR alone neither: RFC 9112, 2.2", has_bare_line_ends),
    ("no control characters in a head, a trailer or an extension: RFC 9110, 5.5", has_control_characters),
    (
        "one Content-Length, though the same number may come twice: RFC 9110, 8.6",
        lambda data: len(values(data, b"content-length")) > 1 or b"," in b"".join(values(data, b"content-length")),
    ),
    (
        "a length has up to 18 digits: more is not a length of a request",
        lambda data: any(len(value) > 18 for value in values(data, b"content-length")),
    ),
    (
        "length and chunked together are an attack: RFC 9112, 6.1",
        lambda data: values(data, b"content-length") and values(data, b"transfer-encoding"),
    ),
    (
        "HTTP/1.0 has no chunked: RFC 9112, 6.1",
        lambda data: b"HTTP/1.0" in fields_of(data)[0] and values(data, b"transfer-encoding"),
    ),
    (
        "a version other than 1.0 and 1.1 is not spoken here: RFC 9110, 2.5",
        lambda data: fields_of(data.lstrip(b"\r\n"))[0].rpartition(b" ")[2].strip() not in (b"HTTP/1.1", b"HTTP/1.0"),
    ),
    (
        "a target is a path, a URL of http, or * for OPTIONS; CONNECT is refused: RFC 9112, 3.2",
        lambda data: not fields_of(data.lstrip(b"\r\n"))[0].partition(b" ")[2].startswith(b"/"),
    ),
    (
        "a Host field names a host: RFC 9112, 3.2",
        lambda data: any(not http1._HOST.match(value) for value in values(data, b"host")),
    ),
    ("two Host fields, in HTTP/1.0 too: RFC 9112, 3.2", lambda data: len(values(data, b"host")) > 1),
    (
        "an expectation other than 100-continue: RFC 9110, 10.1.1",
        lambda data: any(value.lower() != b"100-continue" for value in values(data, b"expect")),
    ),
    (
        "a chunk's size has up to 15 digits, zeros before it included",
        lambda data: any(len(line.partition(b";")[0].strip()) > 15 for line in data.split(b"\r\n")),
    ),
    ("a folded line is refused: RFC 9112, 5.2", lambda data: b"\n " in data or b"\n\t" in data),
    ("a head has up to 256 fields", lambda data: len(fields_of(data)) > 256),
    ("what cannot become a request is refused before it is whole", lambda data: of_h11(data) == "incomplete"),
]

#: Where we take and h11 does not.
LOOSER = [
    ("an empty line may precede a request: RFC 9112, 2.2", lambda data: data[:2] == b"\r\n"),
    ("extensions are thrown away, so what is in them need not be well-formed: RFC 9112, 7.1.1", lambda data: b";" in data),
    (
        "trailers are thrown away, so what they say of a length counts for nothing: RFC 9110, 6.5.1",
        lambda data: b"content-length" in data.partition(b"\r\n\r\n")[2].lower(),
    ),
]


def test_each_message_is_read_as_h11_reads_it_or_a_decision_says_why():
    chance = random.Random(SEED)
    used, undecided, kinds = {}, [], {}
    for _ in range(CASES):
        data = message(chance)
        step = chance.choice([1, 2, 7, 100000]) if len(data) < 1000 else 5000
        own, theirs = ours(data, step), of_h11(data)
        if isinstance(theirs, tuple) and isinstance(own, tuple):
            own_target, their_target = own[1], theirs[1]
            if their_target != own_target and their_target.lower().startswith(b"http"):
                own = own[:1] + (their_target,) + own[2:]  # the same, without the host: RFC 9112, 3.2.2
        kind = "%s/%s" % tuple(each if isinstance(each, str) else "taken" for each in (own, theirs))
        kinds[kind] = kinds.get(kind, 0) + 1
        if own == theirs:
            continue
        rules = STRICTER if own == "refused" else LOOSER
        reason = next((text for text, applies in rules if applies(data)), None)
        if reason is None:
            undecided.append((own, theirs, data))
        used[reason] = used.get(reason, 0) + 1
    print(kinds)
    print("\n".join("%6d %s" % (number, text) for text, number in sorted(used.items(), key=str)))
    assert undecided == [], undecided[:5]
    # The messages reach all that there is to decide, or this test would say nothing.
    assert min(kinds.get(each, 0) for each in ("taken/taken", "refused/refused", "refused/taken")) > CASES / 50


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case.name)
def test_pieces_make_no_difference(case):
    for step in (1, 2, 3, 5, 100):
        assert ours(case.sent, step) == ours(case.sent, len(case.sent))


def test_what_is_relayed_is_what_h11_reads_in_the_same_way():
    """The head and the chunks as they are written again: the server must see the message that the relay saw."""
    chance, seen = random.Random(SEED + 1), 0
    for _ in range(CASES):
        data = message(chance)
        read = ours(data, 100000)
        if isinstance(read, str):
            continue
        seen += 1
        (request, _), body = http1.read_request(data), read[3]
        if request.kind == http1.CHUNKED:
            body = http1.encode_chunks([body] if body else []) + http1.LAST_CHUNK
        again = of_h11(request.encode(None if request.names_host else b"h:1", b"127.0.0.1") + body + b"GET /next")
        assert again == (read[0], read[1], False, read[3], b"GET /next"), data
    assert seen > CASES / 20
