"""Requests on a connection that has carried one like them: the same to the server, to the caller, and to whoever looks on."""

from __future__ import annotations

import errno
import gc
import json
import time

import botocore.awsrequest
import botocore.httpsession
import pytest
from exchanging import WARM, post, sender, warm
from peer import Peer, answer, answer_to, close, hang, reset, result_of, say

from pinpoint_users import (
    ConnectionLostError,
    PayloadTooLargeError,
    RequestError,
    Sent,
)
from pinpoint_users._transport import connections
from pinpoint_users._transport.failures import Moment

OWN_VALUES = (b"amz-sdk-invocation-id", b"x-amz-date", b"authorization")


@pytest.fixture(params=["http", "https"])
def peer(request, certificates, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    with Peer(request.param, context=certificates.good) as peer:
        yield peer


def test_what_the_server_gets_is_the_same(peer, message, exchanges):
    with sender(peer) as pinpoint:
        for number in range(WARM + 3):
            assert post(pinpoint, message, f"u-{number}") == ("r", {f"u-{number}"})
    assert len(exchanges) == 4
    assert len(peer.connections) == 1
    heads = {
        tuple(sorted(line for line in head.split(b"\r\n")[1:] if line.split(b":")[0].lower() not in OWN_VALUES))
        for head in peer.heads
    }
    assert len(heads) == 1, heads
    assert len({head.split(b"\r\n")[0] for head in peer.heads}) == 1
    # As it went out by urllib3, line for line.
    names = [[line.split(b":")[0] for line in head.split(b"\r\n")] for head in peer.heads[1:]]
    assert names == [names[0]] * len(names)


def content(body, length=None):
    result = result_of(json.loads(body)["Users"])
    return result + b" " * ((length or len(result)) - len(result))


def chunked(body):
    whole = content(body)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(whole), whole)


def until_the_end(body):
    return b"HTTP/1.1 200 OK\r\n\r\n" + content(body)


def of_http_1_0(body):
    return answer_to(body).replace(b"HTTP/1.1", b"HTTP/1.0")


def folded(body):
    return answer_to(body, headers="X-Long: a\r\n  b\r\n")


ODD = {
    "long": lambda body: answer(content(body, 3_000_000)),
    "kept alive": lambda body: answer_to(body, headers="Connection: Keep-Alive\r\n"),
    "closing": lambda body: answer_to(body, headers="Connection: close\r\n"),
    "twice the same header": lambda body: answer_to(body, headers="X: 1\r\nX: 2\r\n"),
    "long, with a long head": lambda body: answer(content(body, 3_000_000), headers=f"X: {'x' * 20_000}\r\nX: 2\r\n"),
    "a long head": lambda body: answer_to(body, headers=f"X: {'x' * 20_000}\r\n"),
    "no reason": lambda body: answer_to(body).replace(b" 200 OK", b" 200"),
    "bytes in a header": lambda body: answer_to(body).replace(b"Content-Type", b"X: \xff\r\nContent-Type"),
    "folded": folded,
    "chunked": chunked,
    "until the end": until_the_end,
    "of HTTP/1.0": of_http_1_0,
    "chunked, and more": lambda body: chunked(body).replace(b": chunked", b": gzip, Chunked"),
    "a length of thousands of digits": lambda body: answer_to(body).replace(b"Length: ", b"Length: " + b"0" * 5000),
}


ENDING = {"closing", "until the end", "of HTTP/1.0", "chunked, and more", "a length of thousands of digits"}


@pytest.mark.parametrize("odd", ODD)
def test_an_unusual_answer_is_read(peer, message, exchanges, odd):
    with sender(peer) as pinpoint:
        warm(pinpoint, message)
        peer.answers = ODD[odd]
        if odd in ENDING:  # as such a server does
            peer.is_failing, peer.at = True, "request"
            peer.act = lambda peer, sock: sock.sendall(peer.answers(peer.requests[-1]))
        for number in range(3):
            assert post(pinpoint, message, f"u-{number}") == ("r", {f"u-{number}"})
    assert len(exchanges) >= 2


def fault_of(pinpoint, message):
    with pytest.raises(RequestError) as caught:
        post(pinpoint, message)
    return type(caught.value), caught.value.sent


FAULTS = {
    "closed": close,
    "reset": reset,
    "nothing in time": hang,
    "cut off in its head": say(b"HTTP/1.1 200 OK\r\nContent-"),
    "cut off after its head": say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
    "cut off": say(b'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{"Result": '),
    "cut off, and very long": say(b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{"Result": '),
    "cut off in a chunk": say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n{"),
    "slow, then nothing": say(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"', hang),
    "not HTTP": say(b"hello\r\n\r\n"),
    "HTTP/3.0": say(b"HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "no content": say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "a wrong length": say(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"),
    "two lengths": say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "two lengths that are none": say(b"HTTP/1.1 200 OK\r\nContent-Length: a\r\nContent-Length: 3\r\n\r\n{}"),
    "two lengths, chunked": say(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ),
    "503": say(answer(b'{"Message": "not now"}', status="503 Service Unavailable")),
    "429": say(answer(b'{"Message": "slower"}', status="429 Too Many Requests", headers="Retry-After: 7\r\n")),
    "400": say(answer(b'{"Message": "bad"}', status="400 Bad Request", headers="x-amzn-ErrorType: BadRequestException\r\n")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_is_what_it_is_on_a_new_connection(peer, message, exchanges, fault):
    peer.at, peer.act = "request", FAULTS[fault]

    def met():
        count, ended, peer.is_failing = len(peer.requests), peer.ended, True
        error = fault_of(pinpoint, message)
        peer.is_failing = False
        assert len(peer.requests) == count + 1, "it went again"
        while peer.ended == ended and "nothing" not in fault:
            time.sleep(0.001)  # else the next request may meet the end of the connection
        return error

    # Where nothing comes, the time is waited through; elsewhere a busy machine is to have as much as it needs.
    with sender(peer, read_timeout=1 if "nothing" in fault else 30) as pinpoint:
        at_first = met()
        warm(pinpoint, message)
        before = len(exchanges)
        assert met() == at_first
        assert len(exchanges) == before + 1
        assert post(pinpoint, message) == ("r", {"u-1"})


def test_what_is_said_of_it_names_the_address(message):
    with Peer(at="request", act=close) as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        peer.is_failing = True
        with pytest.raises(
            ConnectionLostError, match=rf"http://localhost:{peer.port}/v1/apps/app/users-messages.*may have been sent"
        ):
            post(pinpoint, message)


@pytest.mark.parametrize("broken", [BrokenPipeError(errno.EPIPE, "pipe"), ConnectionResetError(errno.ECONNRESET, "reset")])
def test_an_answer_that_came_before_the_connection_broke_is_read(peer, message, exchanges, monkeypatch, broken):
    """As from a server that refuses a request by its head, and doesn't read on: so does urllib3."""

    def breaks_off(connection, request):
        send = connection.send

        def send_and_break(data):
            send(data)
            raise broken

        connection.send = send_and_break
        return exchange(connection, request)

    with sender(peer) as pinpoint:
        warm(pinpoint, message)
        peer.answers = lambda _: answer(b'{"Message": "too much"}', status="413 Payload Too Large")
        exchange = connections.exchange
        monkeypatch.setattr(connections, "exchange", breaks_off)
        assert fault_of(pinpoint, message) == (PayloadTooLargeError, Sent.NOT_SENT)
    assert len(exchanges) == 2


def test_a_request_that_cannot_be_written_fails(message, monkeypatch):
    def fails(connection, request):
        def send(_data):
            raise OSError(errno.EHOSTUNREACH, "unreachable")

        connection.watch.reach(Moment.EXCHANGING)
        connection.send = send
        return exchange(connection, request)

    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        exchange = connections.exchange
        monkeypatch.setattr(connections, "exchange", fails)
        with pytest.raises(ConnectionLostError, match="may have been sent") as caught:
            post(pinpoint, message)
    assert caught.value.__cause__.__cause__.errno == errno.EHOSTUNREACH
    assert len(peer.requests) == WARM


def test_connections_that_were_closed_meanwhile_are_made_again(message, exchanges):
    """As `close()` of botocore's client does, and urllib3 with those that were used least, where there are many."""
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        before = len(exchanges)
        for session in [each for each in gc.get_objects() if type(each) is botocore.httpsession.URLLib3Session]:
            pools = [session._manager.pools[key] for key in [*session._manager.pools.keys()] if key.key_port == peer.port]
            if pools:
                session.close()
            for pool in pools:
                pool.close()  # as urllib3 1.26 does then
        assert post(pinpoint, message) == ("r", {"u-1"})
    assert len(exchanges) == before
    assert len(peer.connections) == 2
