# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The relay as a parser on an open port: what it takes, what it refuses, and how it passes things on.

Each case is a decision after RFC 9112 (HTTP/1.1) and RFC 9110 (HTTP semantics); the section is in its row. A refused
message is answered at once with the status in its row, and no byte of it reaches the server.
"""

import collections

import h11
import pytest
from conftest import ENOUGH, wait_until
from relayed import OK, Relayed, Server

from dolphinml.mlflow.deploy.relay import http1, relay

Refused = collections.namedtuple("Refused", "name section sent status")
Taken = collections.namedtuple("Taken", "name section sent expected")
Answer = collections.namedtuple("Answer", "name section request answer expected")


def get(*lines):
    return b"\r\n".join((b"GET / HTTP/1.1", b"Host: x") + lines) + b"\r\n\r\n"


def post(*lines, body=b""):
    return b"\r\n".join((b"POST / HTTP/1.1", b"Host: x") + lines) + b"\r\n\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"

REFUSED = [
    # Where the message ends could be read in two ways.
    Refused("two lengths that differ", "9112 6.3", post(b"Content-Length: 1", b"Content-Length: 2", body=b"ab"), 400),
    Refused("two lengths that agree", "9110 8.6", post(b"Content-Length: 1", b"Content-Length: 1", body=b"a"), 400),
    Refused("a list of lengths", "9110 8.6", post(b"Content-Length: 1, 1", body=b"a"), 400),
    Refused("a length with a sign", "9110 8.6", post(b"Content-Length: +1", body=b"a"), 400),
    Refused("a negative length", "9110 8.6", post(b"Content-Length: -1"), 400),
    Refused("a length in hexadecimal", "9110 8.6", post(b"Content-Length: 0x1", body=b"a"), 400),
    Refused("a length with an underscore", "9110 8.6", post(b"Content-Length: 1_0"), 400),
    Refused("an empty length", "9110 8.6", post(b"Content-Length:"), 400),
    Refused("a length of 19 digits", "9110 8.6", post(b"Content-Length: 1" + 18 * b"0"), 400),
    Refused("length and chunked", "9112 6.1", post(b"Content-Length: 4", CHUNKED, body=b"0\r\n\r\n"), 400),
    Refused("chunked and length", "9112 6.1", post(CHUNKED, b"Content-Length: 4", body=b"0\r\n\r\n"), 400),
    Refused("chunked twice", "9112 7", post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 501),
    Refused("chunked, chunked", "9112 7", post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), 501),
    Refused("chunked is not the last", "9112 6.3", post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"), 501),
    Refused("another coding", "9112 6.1", post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 501),
    Refused("identity", "9112 7", post(b"Transfer-Encoding: identity"), 501),
    Refused("a coding that looks like chunked", "9112 7", post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
    Refused("a coding with a vertical tab", "9110 5.5", post(b"Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n"), 400),
    Refused("an empty coding", "9112 7", post(b"Transfer-Encoding:", body=b"0\r\n\r\n"), 501),
    Refused("chunked in HTTP/1.0", "9112 6.1", post(CHUNKED, body=b"0\r\n\r\n").replace(b"1.1", b"1.0"), 400),
    Refused("a folded line", "9112 5.2", get(b"A: b", b" c"), 400),
    Refused("a folded coding", "9112 5.2", post(b"Transfer-Encoding:", b" chunked", body=b"0\r\n\r\n"), 400),
    Refused("a space before the colon", "9112 5.1", post(b"Content-Length : 1", body=b"a"), 400),
    Refused("a tab before the colon", "9112 5.1", get(b"A\t: b"), 400),
    Refused("a space before the first field", "9112 2.2", b"GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n", 400),
    Refused("no field name", "9112 5", get(b": b"), 400),
    Refused("a line without a colon", "9112 5", get(b"Content-Length"), 400),
    Refused("a name that is not a token", "9110 5.1", get(b"A(b): c"), 400),
    Refused("a name outside of ASCII", "9110 5.1", get(b"A\xc3\xa9: c"), 400),
    Refused("a bare CR in a value", "9112 2.2", get(b"A: b\rContent-Length: 5"), 400),
    Refused("a bare CR at a line's end", "9112 2.2", b"GET / HTTP/1.1\rHost: x\r\n\r\n", 400),
    Refused("bare LF as line end", "9112 2.2", b"GET / HTTP/1.1\nHost: x\n\n", 400),
    Refused("one bare LF among CR LF", "9112 2.2", b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
    Refused("a NUL in a value", "9110 5.5", get(b"A: b\0c"), 400),
    Refused("another control character in a value", "9110 5.5", get(b"A: b\x08c"), 400),
    # The request line and the host.
    Refused("two Host fields", "9112 3.2", get(b"Host: y"), 400),
    Refused("no Host field", "9112 3.2", b"GET / HTTP/1.1\r\n\r\n", 400),
    Refused("a Host field with a path", "9112 3.2", b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    Refused("two spaces in the request line", "9112 3", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("a tab in the request line", "9112 3", b"GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("a space in the target", "9112 3.2", b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("a target outside of ASCII", "9112 3.2", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("a target that is not a path", "9112 3.2", b"GET index.html HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("an asterisk for GET", "9112 3.2.4", b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("HTTP/0.9", "9112 2.3", b"GET /\r\n\r\n", 400),
    Refused("HTTP/2 without TLS", "9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Refused("HTTP/1.2", "9110 2.5", b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505),
    Refused("a version in lower case", "9112 2.3", b"GET / http/1.1\r\nHost: x\r\n\r\n", 400),
    Refused("CONNECT", "9110 9.3.6", b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", 501),
    Refused("another expectation", "9110 10.1.1", post(b"Expect: 200-ok", b"Content-Length: 1", body=b"a"), 417),
    # Refused before it is whole.
    Refused("TLS", "-", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    Refused("SSH", "-", b"SSH-2.0-OpenSSH_9.2\r\n", 400),
    Refused("binary", "-", b"\x00\x01\x02", 400),
    Refused("bare LF after the request line only", "9112 2.2", b"GET / HTTP/1.1\n", 400),
    Refused("more empty lines than one or two", "9112 2.2", 6 * b"\r\n", 400),
    Refused("a head that is too long", "6585 5", b"GET / HTTP/1.1\r\nHost: x\r\nA: " + 70000 * b"a", 431),
    Refused("a target that is too long", "6585 5", b"GET /" + 70000 * b"a", 431),
    Refused("too many fields", "6585 5", get(*[b"A: b"] * 300), 431),
    # Chunks.
    Refused("no size", "9112 7.1", post(CHUNKED, body=b"\r\n"), 400),
    Refused("a size that is not hexadecimal", "9112 7.1", post(CHUNKED, body=b"xyz\r\n"), 400),
    Refused("a size with 0x", "9112 7.1", post(CHUNKED, body=b"0x1\r\na\r\n"), 400),
    Refused("a size with a sign", "9112 7.1", post(CHUNKED, body=b"+1\r\na\r\n"), 400),
    Refused("a space before the size", "9112 7.1", post(CHUNKED, body=b" 1\r\na\r\n"), 400),
    Refused("a size of 16 digits", "9112 7.1", post(CHUNKED, body=b"f" * 16 + b"\r\n"), 400),
    Refused("bare LF after the size", "9112 7.1", post(CHUNKED, body=b"1\na\r\n0\r\n\r\n"), 400),
    Refused("bare CR after the size", "9112 7.1", post(CHUNKED, body=b"1\ra\r\n0\r\n\r\n"), 400),
    Refused("bare CR in an extension", "9112 7.1.1", post(CHUNKED, body=b"1;a\rb\r\na\r\n0\r\n\r\n"), 400),
    Refused("a chunk longer than its size", "9112 7.1", post(CHUNKED, body=b"1\r\nabc"), 400),
    Refused("bare LF after a chunk", "9112 7.1", post(CHUNKED, body=b"1\r\na\n0\r\n\r\n"), 400),
    Refused("a size line that is too long", "9112 7.1.1", post(CHUNKED, body=b"1;" + 5000 * b"a"), 400),
    Refused("a trailer without a colon", "9112 7.1.2", post(CHUNKED, body=b"0\r\nabc\r\n\r\n"), 400),
    Refused("a trailer that is too long", "9112 7.1.2", post(CHUNKED, body=b"0\r\n" + 9 * (b"A: " + 2000 * b"a" + b"\r\n")), 431),
]

TAKEN = [
    Taken("a plain request", "9112 3", get(), {}),
    Taken("a body by its length", "9112 6.3", post(b"Content-Length: 3", body=b"abc"), {"body": b"abc"}),
    Taken("a length of zero", "9112 6.3", post(b"Content-Length: 0"), {"body": b""}),
    Taken("a length with zeros before it", "9110 8.6", post(b"Content-Length: 003", body=b"abc"), {"body": b"abc"}),
    Taken("chunks", "9112 7.1", post(CHUNKED, body=b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), {"body": b"abc0123456789"}),
    Taken("Chunked in other letters", "9112 7", post(b"transfer-encoding: ChUnKeD", body=b"1\r\na\r\n0\r\n\r\n"), {"body": b"a"}),
    Taken("extensions are left out", "9112 7.1.1", post(CHUNKED, body=b'1;a="b;c"\r\na\r\n0;x\r\n\r\n'), {"body": b"a"}),
    Taken("a blank after the size", "9112 7.1", post(CHUNKED, body=b"1 \r\na\r\n0\r\n\r\n"), {"body": b"a"}),
    Taken(
        "trailers are left out",
        "9110 6.5.1",
        post(CHUNKED, body=b"0\r\nContent-Length: 5\r\nA: b\r\n\r\n"),
        {"body": b"", "without": b"a"},
    ),
    Taken("an empty line before it", "9112 2.2", b"\r\n" + get(), {}),
    Taken("an empty value", "9110 5.5", get(b"A:"), {"fields": {b"a": b""}}),
    Taken("blanks around a value", "9112 5.1", get(b"A: \t b c \t"), {"fields": {b"a": b"b c"}}),
    Taken("a value outside of ASCII", "9110 5.5", get(b"A: \xc3\xa9\xff"), {"fields": {b"a": b"\xc3\xa9\xff"}}),
    Taken(
        "a target with everything",
        "9112 3.2",
        b"GET /a%20b;c?d=e&f[]=g#h HTTP/1.1\r\nHost: x\r\n\r\n",
        {"target": b"/a%20b;c?d=e&f[]=g#h"},
    ),
    Taken(
        "a whole URL as target",
        "9112 3.2.2",
        b"GET http://y:80/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
        {"target": b"/a?b", "fields": {b"host": b"y:80"}},
    ),
    Taken("a URL without a path", "9112 3.2.2", b"GET http://y?b HTTP/1.1\r\nHost: x\r\n\r\n", {"target": b"/?b"}),
    Taken("OPTIONS for the server", "9112 3.2.4", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {"target": b"*"}),
    Taken("a method of one's own", "9110 9.1", b"SPAM / HTTP/1.1\r\nHost: x\r\n\r\n", {"method": b"SPAM"}),
    Taken("HTTP/1.0 without Host", "9112 3.2", b"GET / HTTP/1.0\r\n\r\n", {"closes": True, "has": b"host"}),
    Taken(
        "HTTP/1.0 ignores expectations",
        "9110 10.1.1",
        b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
        {"closes": True, "without": b"expect", "body": b"a"},
    ),
    Taken(
        "HTTP/1.0 with keep-alive",
        "9112 9.3",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        {"head": b"\r\nConnection: keep-alive\r\n"},
    ),
    Taken(
        "close is obeyed",
        "9112 9.6",
        get(b"Connection: close"),
        {"closes": True, "without": b"connection", "head": b"\r\nConnection: close\r\n"},
    ),
    Taken(
        "fields that Connection names go no further", "9110 7.6.1", get(b"Connection: a, keep-alive", b"A: b"), {"without": b"a"}
    ),
    Taken(
        "Connection cannot take away the framing",
        "9110 7.6.1",
        post(b"Connection: content-length, host", b"Content-Length: 3", body=b"abc"),
        {"body": b"abc", "has": b"host"},
    ),
    Taken(
        "an upgrade is refused by being ignored",
        "9110 7.8",
        get(b"Connection: upgrade", b"Upgrade: websocket"),
        {"without": b"upgrade"},
    ),
    Taken("TE goes no further", "9110 10.1.4", get(b"TE: trailers"), {"without": b"te"}),
]

ANSWERS = [
    Answer("a body by its length", "9112 6.3", get(), b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    Answer(
        "chunks",
        "9112 7.1",
        get(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\n",
        b"abc",
    ),
    Answer("until the end of the connection", "9112 6.3", get(), b"HTTP/1.1 200 OK\r\n\r\nabc<close>", b"abc"),
    Answer("a reason that is empty", "9112 4", get(), b"HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    Answer("no reason and no space", "9112 4", get(), b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    Answer("a server of HTTP/1.0", "9112 2.3", get(), b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc<close>", b"abc"),
    Answer("a blank before the colon is removed", "9112 5.1", get(), b"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc", b"abc"),
    Answer("HEAD", "9110 9.3.2", get().replace(b"GET", b"HEAD"), b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b""),
    Answer("204", "9112 6.3", get(), b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", b""),
    Answer("304", "9112 6.3", get(), b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", b""),
    Answer(
        "1xx before it",
        "9110 15.2",
        get(),
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"abc",
    ),
    Answer(
        "both framings", "9112 6.3", get(), b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 502
    ),
    Answer("two lengths", "9112 6.3", get(), b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 502),
    Answer("a folded line", "9112 5.2", get(), b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 3\r\n\r\nabc", 502),
    Answer("bare LF", "9112 2.2", get(), b"HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\nabc", 502),
    Answer("not HTTP", "9112 4", get(), b"hello\r\n\r\n", 502),
    Answer(
        "an upgrade that nobody asked for", "9110 15.2.2", get(), b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 502
    ),
    Answer("nothing", "-", post(b"Content-Length: 1", body=b"a"), b"<close>", 502),
    Answer("a reset", "-", post(b"Content-Length: 1", body=b"a"), b"<reset>", 502),
    Answer("half a head", "-", get(), b"HTTP/1.1 200 OK\r\nConte<close>", 502),
]


@pytest.fixture
def relayed():
    made = Relayed()
    yield made
    made.close()


def ids(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@ids(REFUSED)
def test_refused(relayed, case):
    with relayed.connect() as client:
        answer = client.send(case.sent).rest()
    assert answer.startswith(b"HTTP/1.1 %d " % case.status), answer
    assert b"\r\nConnection: close\r\n" in answer and answer.count(b"\r\n\r\n") == 1
    assert relayed.server.requests == []
    wait_until(relayed.is_idle)


@ids(REFUSED)
def test_refused_when_it_comes_byte_by_byte_after_a_good_request(relayed, case, monkeypatch):
    """The connection is one that has served already, and the fault comes in pieces; long ones in larger ones."""
    # What comes after the refusal is still taken, however slowly it comes.
    monkeypatch.setattr(relay, "SECONDS_LINGERING", ENOUGH)
    step = max(1, len(case.sent) // 200)
    with relayed.connect() as client:
        assert client.send(get()).until(b"\r\n\r\nok").startswith(b"HTTP/1.1 200 ")
        for begin in range(0, len(case.sent), step):
            client.send(case.sent[begin : begin + step])
        assert client.rest().startswith(b"HTTP/1.1 %d " % case.status)
    assert len(relayed.server.requests) == 1
    wait_until(relayed.is_idle)


@pytest.mark.parametrize("pieces", ["at once", "byte by byte"])
@ids(TAKEN)
def test_taken(relayed, case, pieces):
    expected = case.expected
    with relayed.connect() as client:
        if pieces == "at once":
            client.send(case.sent)
        else:
            for number in range(len(case.sent)):
                client.send(case.sent[number : number + 1])
        head = client.until(b"\r\n\r\nok")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n") and expected.get("head", b"") in head
        ((method, target, fields, body),) = relayed.server.requests
        fields = dict(fields)
        if expected.get("closes"):
            assert client.rest() == b""
        else:  # what follows is another request
            client.send(get()).until(b"\r\n\r\nok")
    assert body == expected.get("body", b"")
    assert target == expected.get("target", target)
    assert method == expected.get("method", method)
    assert expected.get("without") not in fields and expected.get("has", b"host") in fields
    assert {name: fields[name] for name in expected.get("fields", {})} == expected.get("fields", {})
    assert fields[b"x-forwarded-for"] == b"127.0.0.1"
    wait_until(relayed.is_idle)


@ids(ANSWERS)
def test_answers_of_the_server(relayed, case):
    relayed.server.answers[b"/"] = case.answer
    with relayed.connect() as client:
        client.send(case.request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        data = client.rest()
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="HEAD" if case.request[:4] == b"HEAD" else "GET", target="/", headers=[("Host", "x")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(data)
    reader.receive_data(b"")
    events = []
    while not events or not isinstance(events[-1], (h11.EndOfMessage, h11.ConnectionClosed)):
        events.append(reader.next_event())
    answer = [each for each in events if isinstance(each, h11.Response)][0]
    if isinstance(case.expected, int):
        assert answer.status_code == case.expected
    else:
        assert answer.status_code == int(case.answer.split(b"HTTP/1.", 2)[-1].split()[1])
        assert b"".join(bytes(each.data) for each in events if isinstance(each, h11.Data)) == case.expected
    wait_until(relayed.is_idle)


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef",
    ],
)
@pytest.mark.parametrize("how", [Server.CLOSE, Server.RESET])
def test_an_answer_that_is_cut_off_never_looks_whole(relayed, cut, how):
    relayed.server.answers[b"/"] = cut + how
    for version in (b"1.1", b"1.0"):
        with relayed.connect() as client:
            # The end of a connection may be taken for the end of the body, a reset never is.
            with pytest.raises(ConnectionResetError):
                client.send(get().replace(b"1.1", version)).rest()
    wait_until(relayed.is_idle)
    assert relayed.do(lambda: relayed.backend.statistics.codes[502]) == 2


def test_chunks_for_a_client_of_http_1_0_come_without_their_sizes(relayed):
    relayed.server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with relayed.connect() as client:
        head, _, body = client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").rest().partition(b"\r\n\r\n")
    assert body == b"abcde" and b"Transfer-Encoding" not in head


def test_a_head_is_encoded_where_neither_the_host_nor_the_client_is_added():
    request = http1.parse_request(b"GET /never-sent HTTP/1.1\r\nHost: it\r\n\r\n")
    assert request.encode(None, None) == b"GET /never-sent HTTP/1.1\r\nHost: it\r\n\r\n"


def test_pipelined_requests_are_answered_in_their_order(relayed):
    for number in range(20):
        relayed.server.answers[b"/%d" % number] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<%02d>" % number
    requests = [
        get().replace(b"GET /", b"GET /%d" % number)
        if number % 2
        else post(b"Content-Length: 2", body=b"\r\n").replace(b"POST /", b"POST /%d" % number)
        for number in range(20)
    ]
    with relayed.connect() as client:
        client.send(b"".join(requests))
        for number in range(20):
            client.until(b"<%02d>" % number)
    assert [request[1] for request in relayed.server.requests] == [b"/%d" % number for number in range(20)]


def test_a_client_that_waits_for_100_continue_gets_it_from_the_server(relayed):
    relayed.server.answers[b"early /"] = b"HTTP/1.1 100 Continue\r\n\r\n"
    with relayed.connect() as client:
        client.send(post(b"Expect: 100-continue", b"Content-Length: 3"))
        client.until(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.send(b"abc").until(b"\r\n\r\nok")
    assert relayed.server.requests[0][3] == b"abc"


def test_an_answer_before_the_end_of_the_request_ends_the_connection(relayed):
    relayed.server.answers[b"early /"] = b"HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno"
    with relayed.connect() as client:
        answer = client.send(post(b"Expect: 100-continue", b"Content-Length: 3")).rest()
    assert answer.startswith(b"HTTP/1.1 413 Too Much\r\n") and b"\r\nConnection: close\r\n" in answer
    wait_until(relayed.is_idle)


def test_a_client_that_closes_its_side_after_the_request_is_answered(relayed):
    with relayed.connect() as client:
        client.send(get())
        client.socket.shutdown(1)
        assert client.rest().endswith(b"\r\n\r\nok")
    wait_until(relayed.is_idle)


def test_bytes_after_an_answer_are_dropped(relayed):
    """A server that says more than it announced must not answer the next client with it."""
    relayed.server.answers[b"/"] = OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    relayed.server.answers[b"/next"] = OK
    with relayed.connect() as client:
        client.send(get()).until(b"\r\n\r\nok")
        client.send(get().replace(b"GET /", b"GET /next")).until(b"\r\n\r\nok")
        client.send(get(b"Connection: close").replace(b"GET /", b"GET /next"))
        assert b"evil" not in client.rest()
    assert relayed.server.connections == 2
