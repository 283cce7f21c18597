# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the relay does with connections that break, stall or flood, and how it chooses and keeps its servers."""

import os
import random
import socket
import threading
import time

import pytest
from conftest import ENOUGH, wait_until
from relayed import OK, Relayed, Server, handles
from test_http1_cases import REFUSED, get, post

from dolphinml.mlflow.deploy.relay import http1, stream
from dolphinml.mlflow.deploy.relay import relay as relays
from dolphinml.mlflow.deploy.relay.backend import Backend

HOSTILE_CONNECTIONS = int(os.environ.get("DOLPHINML_HOSTILE_CONNECTIONS", "10000"))
CHUNKED = b"Transfer-Encoding: chunked"


@pytest.fixture
def relayed():
    made = Relayed()
    yield made
    made.close()


def served(relayed):
    with relayed.connect() as client:
        return client.send(get()).until(b"\r\n\r\nok")


# -- every end of the reading side ends the request


@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize(
    "sent",
    [
        post(b"Content-Length: 1000", body=b"abc"),
        post(CHUNKED, body=b"5\r\nab"),
        post(CHUNKED, body=b"5;x"),
        post(b"Expect: 100-continue", b"Content-Length: 3"),
        post(b"Content-Length: 300000", body=200000 * b"a"),
    ],
)
def test_a_client_that_goes_in_the_middle_of_its_request_ends_it(relayed, sent, how):
    client = relayed.connect().send(sent)
    wait_until(lambda: relayed.requests == 1)
    client.reset() if how == "reset" else client.socket.close()
    wait_until(relayed.is_idle)
    wait_until(lambda: not relayed.do(lambda: relayed.server.open))


def test_a_size_line_over_the_limit_ends_the_request(relayed):
    with relayed.connect() as client:
        client.send(post(CHUNKED, body=b"1\r\na\r\n"))
        wait_until(lambda: relayed.requests == 1)
        assert client.send(100000 * b"1").rest().startswith(b"HTTP/1.1 400 ")
    wait_until(relayed.is_idle)


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_client_that_goes_while_the_server_thinks_ends_its_request(relayed, how, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_HALF_CLOSED", 0.5)
    relayed.server.answers[b"/"] = None
    client = relayed.connect().send(get())
    wait_until(lambda: relayed.requests == 1)
    client.reset() if how == "reset" else client.socket.close()
    wait_until(relayed.is_idle)
    assert relayed.do(lambda: relayed.backend.statistics.codes) == {relays.CLIENT_GONE: 1}


def test_a_client_that_goes_in_the_middle_of_its_answer_ends_it(relayed):
    relayed.server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + 1000000 * b"a"
    client = relayed.connect().send(get())
    client.until(b"\r\n\r\na")
    client.reset()
    wait_until(relayed.is_idle)


def attack(port, chance):
    """One broken or hostile connection."""
    sent = (
        chance.choice(REFUSED).sent
        if chance.random() < 0.3
        else chance.choice(
            [
                get(),
                post(b"Content-Length: 5", body=b"abcde"),
                post(CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"),
                get() * 5,
                get().replace(b"GET /", b"GET /cut"),
                get().replace(b"GET /", b"GET /until"),
                b"",
                b"\r",
                post(b"Content-Length: 70000", body=70000 * b"a"),
            ]
        )
    )
    way = chance.choice(["cut and closed", "cut and reset", "closed at once", "reset at once", "half closed", "read"])
    if way.startswith("cut"):
        sent = sent[: chance.randrange(len(sent) + 1)]
    with socket.create_connection(("127.0.0.1", port), ENOUGH) as client:
        try:
            client.sendall(sent)
            if way == "half closed":
                client.shutdown(socket.SHUT_WR)
            elif way == "read":
                client.settimeout(0.05)
                client.recv(65536)
        except OSError:
            pass
        if way.endswith("reset") or way == "reset at once":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_after_ten_thousand_hostile_connections_nothing_is_left(relayed, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_HALF_CLOSED", 1.0)
    relayed.server.answers.update(
        {
            b"/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc" + Server.RESET,
            b"/until": b"HTTP/1.1 200 OK\r\n\r\nabc" + Server.CLOSE,
        }
    )
    served(relayed)
    wait_until(lambda: relayed.is_idle() and not relayed.do(lambda: relayed.server.open))
    before, chance = handles(), random.Random(1)
    for _ in range(HOSTILE_CONNECTIONS):
        attack(relayed.port, chance)
    wait_until(lambda: relayed.is_idle() and not relayed.do(lambda: relayed.server.open))
    wait_until(lambda: handles() <= before, what="no file left open")
    assert relayed.tasks() == []
    assert served(relayed).startswith(b"HTTP/1.1 200 ")


# -- what is slow


def test_a_head_that_does_not_come_is_given_up(relayed, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_FOR_HEAD", 0.5)
    with relayed.connect() as client:
        assert client.send(b"GET / HTTP/1.1\r\nHost").rest().startswith(b"HTTP/1.1 408 ")
    wait_until(relayed.is_idle)


def test_a_head_that_drips_is_given_up_too(relayed, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_FOR_HEAD", 1.0)
    with relayed.connect() as client:
        client.socket.settimeout(0.1)
        client.send(b"GET / HTTP/1.1\r\nHost: ")
        answer, deadline = b"", time.monotonic() + ENOUGH
        while not answer and time.monotonic() < deadline:
            client.send(b"a")
            try:
                answer = client.socket.recv(65536)
            except socket.timeout:
                pass
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_stalls_is_given_up(relayed, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_STALLED", 0.5)
    with relayed.connect() as client:
        assert client.send(post(b"Content-Length: 5", body=b"a")).rest().startswith(b"HTTP/1.1 408 ")
    wait_until(relayed.is_idle)


def test_a_connection_without_a_request_is_closed(relayed, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_IDLE", 0.5)
    with relayed.connect() as client:
        assert client.rest() == b""
    with relayed.connect() as client:
        client.send(get()).until(b"\r\n\r\nok")
        assert client.rest() == b""
    wait_until(relayed.is_idle)


def waiting(relayed):
    """Bytes that the relay holds for its clients."""
    return relayed.do(lambda: sum(client.stream.unsent for client in relayed.relay.clients))


def test_a_client_that_reads_slowly_takes_little_memory_and_gets_all(relayed):
    size = 40 * 1024 * 1024
    relayed.server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + size * b"a"
    with relayed.connect() as client:
        client.send(get())
        wait_until(lambda: relayed.do(lambda: any(each.stream.crowded for each in relayed.relay.clients)))
        client.until(b"\r\n\r\n")
        got, client._read = len(client._read), b""
        while got < size:
            assert waiting(relayed) <= stream.MUCH + stream.PIECE
            got += len(client.socket.recv(1024 * 1024))
        assert got == size
        relayed.server.answers.clear()
        client.send(get()).until(b"\r\n\r\nok")


def test_a_client_that_takes_nothing_of_its_answer_is_given_up(relayed, monkeypatch):
    monkeypatch.setattr(relays, "SECONDS_STALLED", 0.5)
    size = 40 * 1024 * 1024
    relayed.server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + size * b"a"
    with relayed.connect() as client:
        client.send(get())
        wait_until(lambda: relayed.requests == 1)
        wait_until(relayed.is_idle)


def test_a_client_that_sends_requests_and_reads_no_answers_takes_little_memory(relayed):
    relayed.server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + 60000 * b"a"
    with relayed.connect() as client:
        client.socket.setblocking(False)
        sent, quiet_since = 0, time.monotonic()
        while sent < 20000000 and time.monotonic() - quiet_since < 1:
            try:
                sent += client.socket.send(get() * 1000)
                quiet_since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            assert waiting(relayed) <= stream.MUCH + 2 * stream.PIECE
        assert sent < 20000000
        client.socket.setblocking(True)
        for _ in range(100):
            client.until(b"\r\n\r\n")
    wait_until(relayed.is_idle)


def test_an_upload_is_as_fast_as_the_server_takes_it_and_takes_little_memory(relayed):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        relayed.do(lambda: setattr(relayed.relay, "backend", Backend("127.0.0.1", server.getsockname()[1])))
        size = 40 * 1024 * 1024
        with relayed.connect() as client:
            sending = threading.Thread(
                target=lambda: client.send(post(b"Content-Length: %d" % size, body=size * b"a")), daemon=True
            )
            sending.start()
            taking, _ = server.accept()
            with taking:
                wait_until(
                    lambda: relayed.do(lambda: any(each.exchange._upstream.stream.crowded for each in relayed.relay.clients))
                )
                got = 0
                while got < size:
                    held = relayed.do(lambda: max(each.exchange._upstream.stream.unsent for each in relayed.relay.clients))
                    assert held <= stream.MUCH + stream.PIECE
                    got += len(taking.recv(1024 * 1024))
                taking.sendall(OK)
                client.until(b"\r\n\r\nok")
            sending.join(ENOUGH)


def fails(*_):
    raise RuntimeError("a fault")


@pytest.mark.parametrize("where, answer", [("read_request", b""), ("parse_response", b"HTTP/1.1 502 Bad Gateway")])
def test_a_fault_of_the_relay_ends_the_request_that_meets_it(relayed, monkeypatch, where, answer):
    logged = []
    relayed.do(lambda: relayed.loop.set_exception_handler(lambda loop, context: logged.append(context["exception"])))
    with relayed.connect() as other:
        other.send(get()).until(b"\r\n\r\nok")
        with monkeypatch.context() as patch:
            patch.setattr(http1, where, fails)
            with relayed.connect() as client:
                assert client.send(post(b"Content-Length: 1", body=b"a")).rest().partition(b"\r\n")[0] == answer
        wait_until(lambda: [str(each) for each in logged] == ["a fault"])
        other.send(get()).until(b"\r\n\r\nok")
    wait_until(relayed.is_idle)


# -- the servers


def test_connections_to_the_server_are_kept_for_a_moment(relayed):
    with relayed.connect() as client:
        for _ in range(20):
            client.send(get()).until(b"\r\n\r\nok")
    assert relayed.server.connections == 1
    wait_until(lambda: not relayed.do(lambda: relayed.server.open))


def test_a_head_whose_body_is_still_to_come_is_passed_on(relayed):
    relayed.server.answers.update({b"early /": OK[:-2], b"/": OK[-2:]})
    with relayed.connect() as client:
        client.send(post(b"Content-Length: 1")).until(b"\r\n\r\n")
        assert client.send(b"a").rest() == b"ok"
    wait_until(relayed.is_idle)


def test_what_comes_of_an_answer_is_acknowledged_at_once(relayed):
    """A server may hold back the rest of its answer until then."""
    relayed.server.answers[b"/waits"] = OK[:-2]
    with relayed.connect() as client:
        for _ in range(20):  # until the kernel takes its time to acknowledge
            client.send(get()).until(b"\r\n\r\nok")
        client.send(get().replace(b" / ", b" /waits "))

        def acknowledges():
            """Of the connection to the server, once the head of the answer has come."""
            (exchange,) = [each.exchange for each in relayed.relay.clients]
            if exchange is None or exchange.response is None:
                return None
            return exchange._upstream.stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK)

        found = None
        while found is None:
            found = relayed.do(acknowledges)
        assert found == 1


def test_heads_are_remembered_in_little_memory(relayed):
    """The same head again and again is the same request; heads that are all different, or long, leave no trace."""
    with relayed.connect() as client:
        for number in range(3 * http1.MOST_REMEMBERED):
            value = b"%d" % number if number % 3 else b"a" * http1.LONGEST_REMEMBERED
            client.send(get(b"A: " + value)).until(b"\r\n\r\nok")
            client.send(get(b"B: c")).until(b"\r\n\r\nok")
    seen = relayed.server.requests
    assert [dict(request[2])[b"b"] for request in seen[1::2]] == [b"c"] * (len(seen) // 2)
    assert sorted({dict(request[2])[b"a"] for request in seen[0::2]} - {b"a" * http1.LONGEST_REMEMBERED}, key=int) == [
        b"%d" % number for number in range(3 * http1.MOST_REMEMBERED) if number % 3
    ]
    assert len(http1.REQUESTS) <= http1.MOST_REMEMBERED and len(http1.RESPONSES) <= http1.MOST_REMEMBERED
    assert max(map(len, http1.REQUESTS)) <= http1.LONGEST_REMEMBERED


def test_a_kept_connection_that_the_server_closed_is_not_used_again(relayed):
    with relayed.connect() as client:
        for _ in range(50):
            client.send(post(b"Content-Length: 1", body=b"a")).until(b"\r\n\r\nok")
            relayed.do(lambda: [transport.abort() for transport in list(relayed.server.open)])
    assert relayed.server.connections == 50


def test_a_kept_connection_that_breaks_at_its_next_request_costs_only_what_cannot_be_repeated(relayed):
    for sent, status in ((get(), 200), (post(b"Content-Length: 1", body=b"a"), 502)):
        relayed.server.answers.clear()
        with relayed.connect() as client:
            client.send(get()).until(b"\r\n\r\nok")
            relayed.server.answers[b"/"] = Server.RESET
            handled = len(relayed.server.requests)

            def repaired():
                if len(relayed.server.requests) > handled:
                    relayed.server.answers.clear()
                else:
                    relayed.loop.call_later(0.0, repaired)

            relayed.do(repaired)
            client.send(sent.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            assert client.rest().startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    "backend, said",
    [
        (None, b"503 Service Unavailable"),
        (Backend(None, 80), b"503 Service Unavailable"),
        (Backend("127.0.0.1", 9), b"502 Bad Gateway"),
    ],
)
def test_without_a_server_each_request_is_refused_at_once(relayed, backend, said):
    relayed.do(lambda: setattr(relayed.relay, "backend", backend))
    for sent in (get(), post(b"Content-Length: 5", body=b"abcde"), post(b"Content-Length: 500000", body=b"a")):
        with relayed.connect() as client:
            assert client.send(sent).rest().startswith(b"HTTP/1.1 " + said)
    wait_until(relayed.is_idle)
    assert backend is None or relayed.do(lambda: backend.requests) == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"])
def test_it_never_relays_to_itself(relayed, host):
    """As a front container whose model has no address, on the port that both listen on."""
    relayed.do(lambda: relayed.relay.own_ports.add(relayed.port))
    relayed.do(lambda: setattr(relayed.relay, "backend", Backend(host, relayed.port)))
    before = handles()
    with relayed.connect() as client:
        assert client.send(get()).rest().startswith(b"HTTP/1.1 502 ")
    wait_until(relayed.is_idle)
    assert handles() <= before


def test_a_head_request_that_is_refused_has_no_body(relayed):
    relayed.do(lambda: setattr(relayed.relay, "backend", None))
    with relayed.connect() as client:
        assert client.send(get().replace(b"GET", b"HEAD")).rest().endswith(b"\r\n\r\n")


def test_requests_on_a_kept_connection_follow_a_change_of_servers(relayed):
    async def another():
        server = Server()
        server.answers[b"/"] = OK.replace(b"ok", b"hi")
        return server, Backend("127.0.0.1", await server.start())

    import asyncio

    server, backend = asyncio.run_coroutine_threadsafe(another(), relayed.loop).result(ENOUGH)
    with relayed.connect() as client:
        client.send(get()).until(b"\r\n\r\nok")
        relayed.do(lambda: setattr(relayed.relay, "backend", backend))
        relayed.do(relayed.backend.retire)
        client.send(get()).until(b"\r\n\r\nhi")
    relayed.do(backend.retire)
    relayed.do(server.close)


# -- a candidate beside the current server


@pytest.fixture
def candidate(relayed):
    import asyncio

    async def start():
        server = Server()
        server.answers[b"/"] = OK.replace(b"ok", b"hi")
        return server, Backend("127.0.0.1", await server.start())

    server, backend = asyncio.run_coroutine_threadsafe(start(), relayed.loop).result(ENOUGH)

    def offer(share):
        relayed.relay.candidate, relayed.relay.share = backend, share

    yield server, backend, lambda share: relayed.do(lambda: offer(share))
    relayed.do(backend.retire)
    relayed.do(server.close)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 1.0])
def test_a_candidate_gets_its_share(relayed, candidate, share):
    server, backend, offer = candidate
    offer(share)
    with relayed.connect() as client:
        for _ in range(400):
            client.send(get()).until(b"\r\n\r\n")
            client.until(b"i") if client._read[:1] == b"h" else client.until(b"k")
    assert abs(len(server.requests) - 400 * share) <= 3
    assert len(server.requests) + len(relayed.server.requests) == 400
    counted = relayed.do(lambda: (backend.statistics.requests, relayed.backend.statistics.requests))
    assert counted == (len(server.requests), len(relayed.server.requests))


def test_what_a_candidate_does_not_take_the_current_server_gets(relayed, candidate):
    server, backend, offer = candidate
    offer(1.0)
    relayed.do(server.close)
    with relayed.connect() as client:
        for _ in range(10):
            client.send(post(b"Content-Length: 1", body=b"a")).until(b"\r\n\r\nok")
    assert relayed.do(lambda: (backend.statistics.errors, backend.requests)) == (10, 0)
    assert relayed.do(lambda: relayed.backend.statistics.codes) == {200: 10}
    assert relayed.requests == 0


def test_what_is_counted_tells_errors_and_latencies(relayed, candidate):
    server, backend, offer = candidate
    relayed.server.answers[b"/"] = b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nok"
    with relayed.connect() as client:
        for _ in range(5):
            client.send(get()).until(b"\r\n\r\nok")
    early = relayed.do(relayed.backend.statistics.copy)
    relayed.server.answers.clear()
    with relayed.connect() as client:
        client.send(get()).until(b"\r\n\r\nok")
    said = relayed.do(relayed.backend.statistics.summary)
    assert (said["requests"], said["errors5xx"], said["codes"], said["measured"]) == (6, 5, {"200": 1, "500": 5}, 6)
    assert 0 < said["median"] <= said["p95"] <= said["p99"] < ENOUGH
    assert relayed.do(lambda: relayed.backend.statistics.since(early).summary())["codes"] == {"200": 1}
