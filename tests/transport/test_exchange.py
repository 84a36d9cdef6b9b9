"""Requests on a connection that has carried one like them: the same to the server, to the caller, and to whoever looks on."""

from __future__ import annotations

import contextlib
import errno
import gc
import http.client
import json
import logging
import time

import botocore.awsrequest
import botocore.httpsession
import pytest
import urllib3
import urllib3.connection
import urllib3.connectionpool
from peer import Peer, answer, answer_to, close, hang, reset, result_of, say

from pinpoint_users import (
    ConnectionLostError,
    EndpointSendConfiguration,
    PayloadTooLargeError,
    PinpointUsers,
    RequestError,
    SendUsersMessageRequest,
    Sent,
)
from pinpoint_users._transport import connections
from pinpoint_users._transport.failures import Moment

WARM = 3
"""Requests after which the next goes out on a connection that has carried one like it."""
OWN_VALUES = (b"amz-sdk-invocation-id", b"x-amz-date", b"authorization")


@pytest.fixture(params=["http", "https"])
def peer(request, certificates, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    with Peer(request.param, context=certificates.good) as peer:
        yield peer


@pytest.fixture
def exchanges(monkeypatch):
    """The requests that went without urllib3."""
    seen, exchange = [], connections.exchange

    def counted(connection, request):
        seen.append(request)
        return exchange(connection, request)

    monkeypatch.setattr(connections, "exchange", counted)
    return seen


@contextlib.contextmanager
def sender(peer, **how):
    scheme = "https" if peer.kind == "https" else "http"
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url=f"{scheme}://localhost:{peer.port}", **how) as pinpoint:
        yield pinpoint


def post(pinpoint, message, user="u-1"):
    request = SendUsersMessageRequest(message_configuration=message, users={user: EndpointSendConfiguration()})
    response = pinpoint.send_users_messages(request)
    return response.request_id, {*response.result}


def warm(pinpoint, message):
    for _ in range(WARM):
        post(pinpoint, message)


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

    with sender(peer, read_timeout=0.2) as pinpoint:
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


LOOKED_ON = [
    (http.client.HTTPConnection, "putheader"),
    (http.client.HTTPConnection, "endheaders"),
    (http.client.HTTPConnection, "getresponse"),
    (http.client.HTTPResponse, "begin"),
    (urllib3.connection.HTTPConnection, "request"),
    (urllib3.connectionpool.HTTPConnectionPool, "urlopen"),
    (urllib3.connectionpool.HTTPConnectionPool, "_make_request"),
    (botocore.awsrequest.AWSConnection, "request"),
    (botocore.httpsession.URLLib3Session, "send"),
    (botocore.httpsession.ProxyConfiguration, "proxy_url_for"),
    (urllib3.PoolManager, "connection_from_url"),
    (urllib3.HTTPResponse, "stream"),
    (http.client, "parse_headers"),
]


@pytest.mark.parametrize(("owner", "name"), LOOKED_ON, ids=lambda value: getattr(value, "__name__", value))
def test_who_looks_on_sees_each_request(message, monkeypatch, owner, name):
    calls, function = [], getattr(owner, name)

    def traced(*args, **kwargs):
        calls.append(name)
        return function(*args, **kwargs)

    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        monkeypatch.setattr(owner, name, traced)
        for number in range(1, 4):
            calls.clear()
            assert post(pinpoint, message, f"u-{number}") == ("r", {f"u-{number}"})
            assert calls
        monkeypatch.undo()


def test_who_looks_on_from_a_class_of_its_own_name_sees_each_request(message, monkeypatch):
    """`urlopen` is inherited there: what is put there wasn't there before."""
    owner, calls = botocore.awsrequest.AWSHTTPConnectionPool, []
    function = owner.urlopen

    def traced(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)

    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        monkeypatch.setattr(owner, "urlopen", traced, raising=False)
        post(pinpoint, message)
        post(pinpoint, message)
    assert len(calls) == 2


def test_what_python_adds_to_a_class_by_itself_changes_nothing(message, exchanges, monkeypatch):
    monkeypatch.setattr(botocore.awsrequest.AWSHTTPConnectionPool, "__note__", "added", raising=False)
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        before = len(exchanges)
        monkeypatch.setattr(botocore.awsrequest.AWSHTTPSConnectionPool, "__note__", "added", raising=False)
        post(pinpoint, message)
    assert len(exchanges) == before + 1


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_http_client_prints_each_answer(message, monkeypatch, capsys, when):
    if when == "before":
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
        capsys.readouterr()
        post(pinpoint, message)
        post(pinpoint, message)
    assert capsys.readouterr().out.count("reply: 'HTTP/1.1 200 OK") == 2


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

        connection._watch.reach(Moment.EXCHANGING)
        connection.send = send
        return exchange(connection, request)

    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        exchange = connections.exchange
        monkeypatch.setattr(connections, "exchange", fails)
        assert fault_of(pinpoint, message) == (ConnectionLostError, Sent.PERHAPS_SENT)
    assert len(peer.requests) == WARM


def test_urllib3_s_log_has_each_request(message, caplog):
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        with caplog.at_level(logging.DEBUG, logger="urllib3.connectionpool"):
            post(pinpoint, message)
    assert "users-messages HTTP/1.1" in caplog.text


def test_headers_that_are_not_plain_go_urllib3_s_way(message, exchanges, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "tökén")
    with Peer() as peer, sender(peer) as pinpoint:
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges
    assert all("tökén".encode(encoding) in head for head, encoding in zip(peer.heads, ["utf-8", *["latin-1"] * 4], strict=True))


def test_headers_that_are_written_in_another_way_go_urllib3_s_way(message, exchanges, monkeypatch):
    """By whatever was there before the client was."""
    putheader = http.client.HTTPConnection.putheader

    def in_small_letters(self, name, *values):
        putheader(self, name.lower(), *values)

    monkeypatch.setattr(http.client.HTTPConnection, "putheader", in_small_letters)
    with Peer() as peer, sender(peer) as pinpoint:
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges
    assert all(b"content-length: " in head for head in peer.heads)


def test_a_connection_of_somebody_else_s_is_left_to_urllib3(message, exchanges, monkeypatch):
    class Connection(botocore.awsrequest.AWSHTTPConnection):
        pass

    with Peer() as peer, sender(peer) as pinpoint:
        monkeypatch.setattr(botocore.awsrequest.AWSHTTPConnectionPool, "ConnectionCls", Connection)
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges


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
